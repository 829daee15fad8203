"""
The journal: each event as a structured log line and as a line of JSON in a file.

    [target.journal]
    plugin = "journal"
    # path = "journal.jsonl"      else in the state folder
"""

from __future__ import annotations

import asyncio
import dataclasses
import fcntl
import json
import os
from pathlib import Path
from typing import BinaryIO

from gazelled.plugin import Context, Delivery, Item, PluginConfig, RetryLater, target

TAIL = 1 << 20
"""How much of the end of the file is searched for a delivery that was written already."""


class Options(PluginConfig):
    """What `[target.NAME]` may hold; the file is in the target's own folder when None."""

    path: Path | None = None


@target(Options)
async def journal(delivery: Delivery, options: Options, context: Context) -> None:
    """Write the event once, synced to the disk."""
    path = options.path or context.folder / "journal.jsonl"
    try:
        written = await asyncio.to_thread(append, path, entry(delivery))
    except OSError as error:
        raise RetryLater(f"The journal {path} can't be written: {error.strerror}.") from error
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


def entry(delivery: Delivery) -> dict[str, object]:
    """Return a delivery as JSON."""
    event = delivery.event
    return {
        "key": delivery.key,
        "at": event.at.isoformat(),
        "kind": event.kind.value,
        "watch": event.watch,
        "title": event.title,
        "text": event.text,
        "why": list(event.why),
        "urgent": event.urgent,
        "changes": [dataclasses.asdict(change) for change in event.changes],
        "items": [_item(item) for item in event.items],
    }


def append(path: Path, line: dict[str, object]) -> bool:
    """Append a line, unless an earlier attempt did; return whether it was new."""
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        keys = _repair(file)
        if line["key"] in keys:
            return False
        file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def _repair(file: BinaryIO) -> set[object]:
    """Repair a last line that a crash, or a person, left without its end; return the last keys."""
    end = file.seek(0, os.SEEK_END)
    start = max(0, end - TAIL)
    file.seek(start)
    tail = file.read(end - start)
    *whole, torn = tail.split(b"\n")
    keys = {_key(line) for line in whole}
    if torn and _key(torn) is not None:
        keys.add(_key(torn))
        file.write(b"\n")
    elif torn:
        file.truncate(end - len(torn))
    return keys


def _key(line: bytes) -> object:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry.get("key") if isinstance(entry, dict) else None


def _item(item: Item) -> dict[str, object]:
    values = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
    time = item.time.isoformat() if item.time else None
    return {**values, "time": time, "fields": dict(item.fields)}
