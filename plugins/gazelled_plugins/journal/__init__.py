"""
The journal: each event as a structured log line and as a line of JSON in a file.

    [target.journal]
    plugin = "journal"
    # path = "journal.jsonl"      else in the state folder
    # rotate_size = "64 MiB"      then the file becomes journal-000001.jsonl
    # rotate_age = "30d"
    # keep = 12                   else all of them
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gazelled.plugin import (
    Context,
    Delivery,
    TargetFault,
    hookimpl,
    target,
)
from gazelled_plugins.event_json import delivery_json, json_line
from gazelled_plugins.journal.history import events
from gazelled_plugins.journal_file import JournalFile
from gazelled_plugins.rotation import RotatingConfig, check_place

_FILES: dict[Path, JournalFile] = {}


class Options(RotatingConfig):
    """
    What `[target.NAME]` may hold.

    Attributes:
        path: The file; in the target's own folder when None.

    """

    path: Path | None = None

    def check_thoroughly(self) -> None:
        """Check whether the file can be there; nothing is written."""
        check_place(self.path)


async def preview(delivery: Delivery, options: Options) -> str:
    """Return the line, with the present as its time."""
    del options
    return line(delivery, datetime.now(UTC)).decode()


async def check(options: Options, context: Context) -> None:
    """Check that the file can be written; nothing is."""
    path = _path(options, context)
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise TargetFault(f"The journal {path} can't be written: is its folder there?")


@target(Options, preview=preview, check=check)
async def journal(delivery: Delivery, options: Options, context: Context) -> None:
    """Write the event once, synced to the disk."""
    path = _path(options, context)
    file = _FILES.setdefault(path, JournalFile(path))
    now = datetime.now(UTC)
    try:
        written = await context.in_thread(
            delivery, file.append, delivery.key, line(delivery, now), options.rotation, now
        )
    except OSError as error:
        raise TargetFault(f"The journal {path} can't be written: {error.strerror}.") from error
    if problem := file.rotation_problem():
        context.log.warning("journal.rotation_failed", error=problem)
    if written:
        event = delivery.event
        context.log.info(
            "event.recorded",
            key=event.key,
            kind=event.kind.value,
            watch=event.watch,
            title=event.title,
            url=event.item.url,
        )


@hookimpl
async def gazelled_history(
    since: datetime, until: datetime, options: Options, context: Context
) -> list[Mapping[str, object]]:
    """Return the events of a time, from all files of the journal."""
    return await asyncio.to_thread(events, _path(options, context), since, until)


def _path(options: Options, context: Context) -> Path:
    return (options.path or context.folder / "journal.jsonl").absolute()


def line(delivery: Delivery, now: datetime) -> bytes:
    """Return the line of a delivery that is written now."""
    content = delivery_json(delivery)
    return json_line({"key": content.pop("key"), "recorded": now.isoformat(), **content})
