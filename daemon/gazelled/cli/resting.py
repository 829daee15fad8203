"""What can be read of a state while nobody owns it: without a lock, and changing nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gazelled.service.planning import Past
from gazelled.store.codec import from_number
from gazelled.store.opening import NAME

_WAIT = 1.0


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


def _read(folder: Path, query: str) -> list[tuple[Any, ...]]:
    address = f"{(folder / NAME).absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_WAIT)) as db:
            return db.execute(query).fetchall()
    except sqlite3.Error:
        return []
