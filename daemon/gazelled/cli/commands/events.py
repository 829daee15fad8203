"""`gazelled events`: search what was reported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import click

from gazelled.cli import completers, output
from gazelled.cli.options import DataCommand, Duration
from gazelled.cli.settings import Settings
from gazelled.model import EventKind


@click.command(cls=DataCommand)
@click.option("--watch", metavar="WATCH", default="", shell_complete=completers.watches,
              help="Only what this watch reported.")  # fmt: skip
@click.option(
    "--since", type=Duration(), default="7d", show_default=True, help="How far to go back."
)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in EventKind]),
    help="Only events of this kind.",
)
@click.pass_obj
def events(settings: Settings, *, watch: str, since: float, kind: str | None) -> None:
    """
    List what was reported, the oldest first, without a request to the tracker.

    Events are stored for 90 days, whether or not they were delivered.
    """
    from gazelled.cli.client import ask_each  # noqa: PLC0415 - completion needs none
    from gazelled.service.control.event_replies import EventsReply  # noqa: PLC0415 - likewise
    from gazelled.service.control.protocol import (  # noqa: PLC0415 - likewise
        EventsRequest,
    )

    listed: list[Mapping[str, object]] = []

    def collect(reply: EventsReply) -> None:
        listed.extend(reply.events)

    ask_each(settings, EventsRequest(since, watch, kind or ""), collect)
    if settings.as_json:
        output.as_json(listed)
    elif listed:
        now = output.now()
        output.table(
            listed,
            {
                "WHEN": lambda event: output.moment(found_at(event), now),
                "WATCH": lambda event: str(event["watch"]),
                "KIND": lambda event: str(event["kind"]),
                "TITLE": lambda event: str(event["title"]),
            },
        )
    else:
        output.message("Nothing was reported in that time.")


def found_at(event: Mapping[str, object]) -> datetime:
    """Return when an event was found."""
    return datetime.fromisoformat(str(event["at"]))
