"""What can be read of a state while nobody owns it: without a lock, and changing nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gazelled.planning.planner import Past
from gazelled.store.codec import from_number
from gazelled.store.opening import NAME

_WAIT = 1.0


def not_read(entries: Sequence[str]) -> str:
    """Return a sentence on entries that could not be read; empty if there are none."""
    if not entries:
        return ""
    count = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
    return f"{count} could not be read: {entries[0]}{'; …' if len(entries) > 1 else ''}"


def last_runs(folder: Path) -> Mapping[str, datetime]:
    """Tell when each source was asked last, in order; nothing if that can't be read."""
    rows = _read(folder, "SELECT job, at FROM run ORDER BY at DESC")
    return {job: from_number(at) for job, at in rows}


def past(folder: Path) -> Past:
    """Tell what earlier runs taught about what the watches need; nothing if it can't be read."""
    kept = {str(key): str(value) for key, value in _read(folder, "SELECT key, value FROM kv")}
    return Past.read(last_runs(folder), kept)


def stopped(folder: Path) -> str:
    """Tell why nothing is sent until a person acts; empty if nothing is known of that."""
    rows = _read(folder, "SELECT value FROM kv WHERE key = 'stop'")
    return str(json.loads(rows[0][0]).get("text", "")) if rows else ""


def paused(folder: Path, now: datetime) -> tuple[datetime, str] | None:
    """Return until when the tracker wants to be left alone, and why; None for no such pause."""
    rows = _read(folder, "SELECT value FROM kv WHERE key = 'pause'")
    kept = json.loads(rows[0][0]) if rows else {}
    if not kept:
        return None
    left = (datetime.fromisoformat(kept["until"]) - now).total_seconds()
    seconds = min(left, float(kept["seconds"]))  # the wall clock may have jumped
    return (now + timedelta(seconds=seconds), str(kept.get("text", ""))) if seconds > 0 else None


def troubles(folder: Path) -> Mapping[str, str]:
    """Return what was wrong at the last look of each source; empty if that can't be read."""
    found = {}
    for key, value in _read(folder, "SELECT key, value FROM kv"):
        topic, _, source = str(key).partition(":")
        if topic == "trouble":
            found[source] = str(json.loads(value)["text"])
        elif topic == "unreadable":
            entries = [str(entry["said"]) for entry in json.loads(value) if entry["here"]]
            found.setdefault(source, not_read(entries))
    return found


def _read(folder: Path, query: str) -> list[tuple[Any, ...]]:
    address = f"{(folder / NAME).absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_WAIT)) as db:
            return db.execute(query).fetchall()
    except sqlite3.Error:
        return []
