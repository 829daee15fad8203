"""`gazelled demo`."""

from __future__ import annotations

import click

from gazelled.demo import main
from gazelled.units import parse_duration


def _seconds(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option(
    "--for",
    "seconds",
    metavar="TIME",
    callback=_seconds,
    help="End by itself after a time, like 30s.",
)
@click.pass_context
def demo(ctx: click.Context, seconds: float | None) -> None:
    """Show it at work on a pretend tracker; nothing leaves this machine."""
    ctx.exit(main(seconds))
