"""What can be read of a state while nobody owns it: without a lock, and changing nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from gazelled.store.codec import from_number
from gazelled.store.opening import NAME

_WAIT = 1.0


def last_runs(folder: Path) -> Mapping[str, datetime]:
    """Tell when each source was asked last, in order; nothing if that can't be read."""
    address = f"{(folder / NAME).absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_WAIT)) as db:
            rows = db.execute("SELECT job, at FROM run ORDER BY at DESC").fetchall()
    except sqlite3.Error:
        return {}
    return {job: from_number(at) for job, at in rows}
