"""`gazelled replay`: send again what a watch reported."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from gazelled.cli import completion, output
from gazelled.cli.options import DataCommand, Duration, confirmed
from gazelled.cli.settings import Settings
from gazelled.text import counted

if TYPE_CHECKING:
    from gazelled.explain.results import Replay


@click.command(cls=DataCommand)
@click.argument("watch", shell_complete=completion.watches)
@click.option("--since", type=Duration(), default="7d", show_default=True, help="Go back so far.")
@click.option("--to", metavar="TARGET", default="", shell_complete=completion.targets,
              help="Only to this target; else to all targets of WATCH.")  # fmt: skip
@click.option("--item", "items", metavar="ID", multiple=True,
              help="Only what is about this item; may be repeated.")  # fmt: skip
@click.option("--as-now", is_flag=True, help="Send what fits the rule of now and wasn't reported.")
@click.option("--yes", is_flag=True, help="Send without asking.")
@click.pass_obj
def replay(
    settings: Settings,
    watch: str,
    *,
    since: float,
    to: str,
    items: tuple[str, ...],
    as_now: bool,
    yes: bool,
) -> None:
    """
    Send again what a watch reported, without asking the tracker.

    It lists what would be sent, and asks. After widening a rule, --as-now sends what is kept, fits
    now and wasn't reported.
    """
    from gazelled.cli.client import ask  # noqa: PLC0415 - completion needs none
    from gazelled.service.control.codec import encode  # noqa: PLC0415 - likewise
    from gazelled.service.control.protocol import ReplayRequest  # noqa: PLC0415 - likewise

    request = ReplayRequest(watch, since, to, items, as_now)
    listed = ask(settings, request)
    targets, messages = (
        ", ".join(listed.targets),
        counted(len(listed.events), "message", "messages"),
    )
    if not settings.as_json:
        _print(listed, "SEEN" if as_now else "REPORTED")
    what = f"{messages} to {targets}"
    if not listed.events:
        output.message("There is nothing to send again.")
    elif not targets:
        output.message(f"{watch} has no target; choose one with --to.")
    elif confirmed(what, f"{what}. Send?", yes=yes):
        keys = tuple(each.key for each in listed.events)
        listed = ask(settings, replace(request, send=keys))
        output.message(f"{messages} on the way to {targets}.")
    else:
        output.message(f"{what}: not sent; add --yes to confirm.")
    if settings.as_json:
        output.as_json(encode(listed))


def _print(listed: Replay, at: str) -> None:
    output.table(
        listed.events,
        {
            "SENDS": lambda each: ", ".join(each.items),
            "KIND": lambda each: each.kind,
            at: lambda each: output.moment(each.at),
            "TITLE": lambda each: each.title,
        },
    )
