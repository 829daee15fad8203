"""What a journal holds: the events of its lines, from all of its files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from gazelled_plugins.journal_file import older_files

_OF_DELIVERY = ("key", "id", "version", "target", "recorded")


def events(path: Path, since: datetime, until: datetime) -> list[Mapping[str, object]]:
    """
    Return the events that were found in a time, the earliest line first.

    Args:
        path: The file; older ones lie beside it.
        since: Events that were found before this are left out.
        until: So are those that were found then or later.

    Raises:
        OSError: If a file can't be read.

    """
    older = older_files(path)
    files = [*(older[number] for number in sorted(older)), *([path] if path.exists() else [])]
    return [
        event
        for file in files
        if file.stat().st_mtime >= since.timestamp()
        for event, at in _read(file)
        if since <= at < until
    ]


def _read(file: Path) -> Iterator[tuple[Mapping[str, object], datetime]]:
    """Return the events of a file with their times; what isn't a line of a journal is left out."""
    with file.open("rb") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
                at = datetime.fromisoformat(entry["at"])
                key = entry.get("event_key") or entry["key"].rpartition("@")[0]
            except (ValueError, TypeError, LookupError, AttributeError):
                continue
            if at.tzinfo is not None:
                event = {name: value for name, value in entry.items() if name not in _OF_DELIVERY}
                yield {"event_key": key, "also": [], "urgent": False, "events": [], **event}, at
