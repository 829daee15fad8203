"""`gazelled deliveries`: what waits, failed or is dead; retrying and dropping it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from gazelled.cli import completers
from gazelled.cli.exit_codes import ExitCode
from gazelled.cli.options import DataCommand, DataGroup
from gazelled.cli.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

STATES = ("waiting", "held", "sending", "done", "failed", "dead")


def _choosing(command: F) -> F:
    """Add the options that choose deliveries."""
    options = (
        click.option("--target", metavar="TARGET", default="", shell_complete=completers.targets,
                     help="Only deliveries to this target."),
        click.option("--watch", metavar="WATCH", default="", shell_complete=completers.watches,
                     help="Only deliveries of this watch."),
        click.option("--state", type=click.Choice(STATES), help="Only deliveries in this state."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


_KEYS = click.argument("keys", metavar="[KEY]...", nargs=-1, shell_complete=completers.deliveries)


@click.group(cls=DataGroup, invoke_without_command=True)
@_choosing
@click.pass_context
def deliveries(ctx: click.Context, *, target: str, watch: str, state: str | None) -> None:
    """
    List deliveries that are not done, in the order of the events.

    With --state done, those that are. What is dead is kept for 30 days.
    """
    if not ctx.invoked_subcommand:
        from gazelled.cli import delivery_requests  # noqa: PLC0415 - completers needs none

        delivery_requests.print_chosen(ctx.ensure_object(Settings), target, watch, state or "")
    elif target or watch or state:
        raise click.UsageError(f"put the options behind {ctx.invoked_subcommand}")


@deliveries.command(cls=DataCommand)
@click.argument("key", shell_complete=completers.deliveries)
@click.pass_obj
def show(settings: Settings, key: str) -> None:
    """
    Show all that is known of a delivery.

    KEY is that of a delivery, such as yeast:new:63@phone, or of an event: then all of its
    deliveries are shown.
    """
    from gazelled.cli import delivery_requests  # noqa: PLC0415 - completers needs none

    delivery_requests.print_details(settings, key)


@deliveries.command(cls=DataCommand)
@_KEYS
@_choosing
@click.pass_obj
def retry(
    settings: Settings, keys: tuple[str, ...], *, target: str, watch: str, state: str | None
) -> ExitCode:
    """
    Try deliveries again at once that failed or are dead.

    What is held, by quiet hours for example, stays held.
    """
    from gazelled.cli import delivery_requests  # noqa: PLC0415 - completers needs none

    _require(keys, target, watch, state)
    return delivery_requests.retry(settings, keys, target, watch, state or "")


@deliveries.command(cls=DataCommand)
@_KEYS
@_choosing
@click.option("--yes", is_flag=True, help="Drop several without asking.")
@click.pass_obj
def drop(
    settings: Settings,
    keys: tuple[str, ...],
    *,
    target: str,
    watch: str,
    state: str | None,
    yes: bool,
) -> ExitCode:
    """
    Drop deliveries that are not done: they are never sent, and do not count as dead.

    Their events stay, and gazelled replay can send them again.
    """
    from gazelled.cli import delivery_requests  # noqa: PLC0415 - completers needs none

    _require(keys, target, watch, state)
    return delivery_requests.drop(settings, keys, target, watch, state or "", yes=yes)


def _require(keys: tuple[str, ...], target: str, watch: str, state: str | None) -> None:
    if not (keys or target or watch or state):
        raise click.UsageError("which deliveries? Choose with KEY, --target, --watch or --state")
