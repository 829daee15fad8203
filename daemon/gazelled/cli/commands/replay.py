"""`gazelled replay`: send past messages of a watch again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from gazelled.cli import completers, output
from gazelled.cli.options import DataCommand, Duration, confirmed
from gazelled.cli.settings import Settings
from gazelled.text import counted

if TYPE_CHECKING:
    from gazelled.explain.results import Replay


@click.command(cls=DataCommand)
@click.argument("watch", shell_complete=completers.watches)
@click.option(
    "--since", type=Duration(), default="7d", show_default=True, help="How far to go back."
)
@click.option("--to", metavar="TARGET", default="", shell_complete=completers.targets,
              help="Send to this target only, not to all targets of WATCH.")  # fmt: skip
@click.option("--item", "items", metavar="ID", multiple=True,
              help="Only messages about this item; may be repeated.")  # fmt: skip
@click.option(
    "--as-now", is_flag=True, help="Send items that match the current rule and were not reported."
)
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
    Send past messages of a watch again, without a request to the tracker.

    The messages are listed first, and sent once you confirm. After you widened a rule, --as-now
    sends stored items that match now and were not reported.
    """
    from gazelled.cli.client import ask  # noqa: PLC0415 - completion needs none
    from gazelled.service.control.codec import encode  # noqa: PLC0415 - likewise
    from gazelled.service.control.protocol import ReplayRequest  # noqa: PLC0415 - likewise

    request = ReplayRequest(watch, since, to, items, as_now)
    listed = ask(settings, request)
    targets = ", ".join(listed.targets)
    messages = counted(len(listed.events), "message", "messages")
    if not settings.as_json:
        _print(listed, "SEEN" if as_now else "REPORTED")
    sending = f"{messages} to {targets}"
    if not listed.events:
        output.message("There are no messages to send again.")
    elif not targets:
        output.message(f"{watch} has no target; choose one with --to.")
    elif confirmed(sending, f"{sending}. Send?", yes=yes):
        keys = tuple(event.key for event in listed.events)
        listed = ask(settings, replace(request, send=keys))
        output.message(f"{messages} queued for {targets}.")
    else:
        output.message(f"{sending}: not sent; add --yes to confirm.")
    if settings.as_json:
        output.as_json(encode(listed))


def _print(listed: Replay, at: str) -> None:
    output.table(
        listed.events,
        {
            "SENDS": lambda event: ", ".join(event.items),
            "KIND": lambda event: event.kind,
            at: lambda event: output.moment(event.at),
            "TITLE": lambda event: event.title,
        },
    )
