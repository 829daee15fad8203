"""`gazelled replay`: send again what a watch told."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from gazelled.cli import completion, options, output
from gazelled.cli.settings import Settings, with_json


@click.command()
@click.argument("watch", shell_complete=completion.watches)
@click.option("--since", type=options.Since(), default="7d", show_default=True)
@click.option(
    "--to",
    metavar="TARGET",
    help="Only to this target; else to all that WATCH tells.",
    shell_complete=completion.targets,
)
@click.option("--item", "items", metavar="ID", multiple=True, help="Only this one; several times.")
@click.option("--as-now", is_flag=True, help="Send what fits the rule of now and wasn't told.")
@click.option("--yes", is_flag=True, help="Send without asking.")
@with_json
@click.pass_obj
def replay(
    settings: Settings,
    watch: str,
    *,
    since: float,
    to: str | None,
    items: tuple[str, ...],
    as_now: bool,
    yes: bool,
) -> None:
    """
    Send again what a watch told; nothing is asked from the tracker.

    It lists what would be sent and asks. After widening a rule, --as-now sends what is kept, fits
    now and wasn't told.
    """
    from gazelled.cli.client import only, says, set_up_logs  # noqa: PLC0415 - completion needs none

    set_up_logs(settings)
    given: dict[str, object] = {
        "watch": watch,
        "since": since,
        "to": to,
        "items": [*items],
        "as_now": as_now,
    }
    listed: Any = asyncio.run(only(says(settings, "replay", given)))
    events, targets = listed["events"], ", ".join(listed["targets"])
    if not settings.as_json:
        now = output.now()
        output.table(
            ["SENDS", "KIND", "TOLD" if not as_now else "SEEN", "TITLE"],
            [
                [
                    ", ".join(each["items"]),
                    each["kind"],
                    output.moment(each["at"], now),
                    each["title"],
                ]
                for each in events
            ],
        )
    many = "1 message" if len(events) == 1 else f"{len(events)} messages"
    if events and targets and _agreed(f"{many} to {targets}", yes=yes):
        keys = [each["key"] for each in events]
        listed = asyncio.run(only(says(settings, "replay", given | {"send": keys})))
        output.words(f"{many} on the way to {targets}.")
    elif not events:
        output.words("There is nothing to send again.")
    elif not targets:
        output.words(f"{watch} tells nobody; choose with --to.")
    if settings.as_json:
        output.as_json(listed)


def _agreed(what: str, *, yes: bool) -> bool:
    """Tell whether a person means it; on a terminal they are asked."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        output.words(f"{what}: not sent; say --yes if you mean it.")
        return False
    click.confirm(f"{what}. Send?", abort=True, err=True)
    return True
