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
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from gazelled.plugin import (
    Context,
    Delivery,
    OptionFault,
    OptionFaults,
    PluginConfig,
    TargetFault,
    hookimpl,
    parse_duration,
    parse_size,
    target,
)
from gazelled_plugins.event_json import delivery_json, json_line
from gazelled_plugins.journal.history import events
from gazelled_plugins.journal.journal_file import JournalFile, Rotation

SMALLEST = 4096
SHORTEST = 60.0
"""The least bytes and seconds of a file."""

_FILES: dict[Path, JournalFile] = {}


class Options(PluginConfig):
    """
    What `[target.NAME]` may hold.

    Attributes:
        path: The file; in the target's own folder when None.
        rotate_size: The bytes that it has at most before a new one is begun.
        rotate_age: The seconds that pass before a new one is begun; None for no limit.
        keep: How many of the older files are kept; all when None.

    """

    path: Path | None = None
    rotate_size: Annotated[int, BeforeValidator(parse_size)] = 64 << 20
    rotate_age: Annotated[float, BeforeValidator(parse_duration)] | None = None
    keep: Annotated[int, Field(ge=1)] | None = None

    @field_validator("rotate_size")
    @classmethod
    def _is_large_enough(cls, size: int) -> int:
        if size < SMALLEST:
            raise ValueError('expected at least "4 KiB"')
        return size

    @field_validator("rotate_age")
    @classmethod
    def _is_long_enough(cls, age: float | None) -> float | None:
        if age is not None and age < SHORTEST:
            raise ValueError('expected at least "1m"')
        return age

    def check_thoroughly(self) -> None:
        """Check whether the file can be there; nothing is written."""
        if self.path is None:
            return
        if self.path.is_dir():
            raise OptionFaults(OptionFault(("path",), f"{self.path} is a folder, not a file"))
        if not self.path.parent.is_dir():
            raise OptionFaults(OptionFault(("path",), f"there is no folder {self.path.parent}"))


async def preview(delivery: Delivery, options: Options) -> str:
    """Return the line, with the present as its time."""
    del options
    return line(delivery, datetime.now(UTC)).decode()


@target(Options, preview=preview)
async def journal(delivery: Delivery, options: Options, context: Context) -> None:
    """Write the event once, synced to the disk."""
    path = _path(options, context)
    file = _FILES.setdefault(path, JournalFile(path))
    rotation = Rotation(options.rotate_size, options.rotate_age, options.keep)
    now = datetime.now(UTC)
    try:
        written = await context.in_thread(
            delivery, file.append, delivery.key, line(delivery, now), rotation, now
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
