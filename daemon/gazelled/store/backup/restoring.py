"""Putting a backup in the place of the database, which nobody has open meanwhile."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from gazelled.errors import StateError
from gazelled.regular_file import sync_folder
from gazelled.store.backup.copying import (
    FOLDER,
    PART,
    STAMP,
    copy,
    flaw,
    forget_session,
    read_only,
    sweep,
)
from gazelled.store.backup.verifying import verify
from gazelled.store.migrations import MIGRATIONS
from gazelled.store.opening import NAME, explained

_SIDES = ("-wal", "-shm")


def restore(file: Path, folder: Path, now: datetime) -> Path | None:
    """
    Make a backup, or any copy that gazelled made, the database of a folder that the caller owns.

    The present one is kept beside the backups, at the path that is returned; None if there was
    none. A crash at any moment leaves either of the two, whole, in its place.

    Raises:
        StateError: If the backup isn't good, or can't be written there; nothing was changed then.

    """
    path = folder / NAME
    if file.exists() and path.exists() and file.samefile(path):
        raise StateError(f"{file} is the state itself; choose a backup of it.")
    report = verify(file)
    if report.wrong:
        lines = [f"{file} can't be restored, and nothing was changed:", *report.wrong]
        if report.version > len(MIGRATIONS):
            lines.append("Upgrade gazelled, then restore it, or choose an older backup.")
        raise StateError("\n".join(lines))
    with explained(path):
        sweep(folder)
        fresh = folder / FOLDER / f"restored{PART}"
        with closing(read_only(file)) as db:
            copy(db, fresh)
        saved = _keep(path, folder / FOLDER / f"replaced-{now.astimezone(UTC).strftime(STAMP)}.db")
        for side in _SIDES:  # they belong to the old one, and would be read as the new one's
            path.with_name(NAME + side).unlink(missing_ok=True)
        fresh.replace(path)
        sync_folder(folder)
    return saved


def _keep(path: Path, second: Path) -> Path | None:
    """Link the present database to a second name, with the log that belongs to it."""
    if not path.exists():
        return None
    if path.is_dir():  # which has no second name
        path.rename(second)
        return second
    if not flaw(path):
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            forget_session(db)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that it is whole without its log
    for side in ("", *_SIDES):
        old, new = path.with_name(path.name + side), second.with_name(second.name + side)
        new.unlink(missing_ok=True)
        if old.exists():
            _keep_file(old, new)
    sync_folder(second.parent)
    return second


def _keep_file(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:  # not every disk can
        shutil.copy2(old, new)
