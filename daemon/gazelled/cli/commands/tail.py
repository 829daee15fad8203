"""`gazelled tail`: follow what is reported."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import click

from gazelled.cli import completers, output
from gazelled.cli.commands.events import found_at
from gazelled.cli.options import DataCommand
from gazelled.cli.settings import Settings
from gazelled.containment import event_loop
from gazelled.errors import TrackerUnavailable

_RETRY = 1.0


@click.command(cls=DataCommand)
@click.option("--watch", metavar="WATCH", default="", shell_complete=completers.watches,
              help="Only what this watch reports.")  # fmt: skip
@click.pass_obj
def tail(settings: Settings, *, watch: str) -> None:
    """
    Print what is reported from now on, a line for each event, until you interrupt it.

    It waits for a daemon that isn't running, and continues after a restart where it was.
    """
    event_loop.run(_follow(settings, watch))


async def _follow(settings: Settings, watch: str) -> None:
    from gazelled.cli.owner import send_to_daemon  # noqa: PLC0415 - completion needs none
    from gazelled.service.control.event_replies import TailReply  # noqa: PLC0415 - likewise
    from gazelled.service.control.protocol import (  # noqa: PLC0415 - likewise
        TailRequest,
    )

    seen: int | None = None
    follows: bool | None = None

    def use(reply: TailReply) -> None:
        nonlocal seen, follows
        if not follows:
            output.message("Following what is reported; Ctrl-C ends it.")
        seen, follows = reply.number, True
        for event in reply.events:
            _print(settings, event)

    while True:
        with suppress(TrackerUnavailable):  # it was killed
            await send_to_daemon(settings, TailRequest(watch, seen), use)
        if follows is not False:
            output.message("gazelled is not running; waiting for it.")
        follows = False
        await asyncio.sleep(_RETRY)


def _print(settings: Settings, event: Mapping[str, object]) -> None:
    if settings.as_json:
        output.as_json(event, one_line=True)
        return
    watch = event["watch"] or "gazelled"
    when = f"{found_at(event).astimezone():%Y-%m-%d %H:%M:%S}"
    output.line(f"{when}  {watch}  {event['kind']}  {event['title']}")
