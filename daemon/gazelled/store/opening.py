"""
Opening the database, and what can be wrong with it.

A file that can't be trusted is never replaced: it may be the only record of what was told.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gazelled.errors import StateError
from gazelled.store.schema import APPLICATION_ID, MIGRATIONS, migrate

NAME = "gazelled.db"

_BUSY_SECONDS = 5.0

_DAMAGED = (
    "is damaged ({what}). Stop gazelled and restore the file from a backup, or move it away "
    "to begin again: then the next look at each source is a first look"
)
_REASONS = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_FULL: "can't be written: the disk is full. Make room, then start gazelled again",
    sqlite3.SQLITE_BUSY: "is in use by another program. Close that, then start gazelled again",
    sqlite3.SQLITE_LOCKED: "is in use by another program. Close that, then start gazelled again",
    sqlite3.SQLITE_READONLY: "can't be written ({what}). Give gazelled's user the right to",
    sqlite3.SQLITE_PERM: "can't be written ({what}). Give gazelled's user the right to",
    sqlite3.SQLITE_CANTOPEN: "can't be opened ({what}). Look at the folder's owner and rights",
    sqlite3.SQLITE_IOERR: "can't be read or written ({what}). Look at the disk",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """
    Turn what is wrong with the file or the disk into a sentence; mistakes of ours pass.

    Raises:
        StateError: If the file can't be used as it is.

    """
    try:
        yield
    except OSError as error:
        raise StateError(
            f"The state can't be kept in {path.parent} ({error.strerror}). "
            "Choose a folder that gazelled's user can write, with --state"
        ) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in _REASONS:
            raise
        raise StateError(f"{path} {_REASONS[code].format(what=error)}.") from error


def connect(folder: Path) -> sqlite3.Connection:
    """
    Open the database of a state folder; make both if they don't exist.

    Raises:
        StateError: If it can't be used as it is; the text says what to do.

    """
    path = folder / NAME
    with explained(path):
        _prepare(folder, path)
        db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            _set_up(db, path)
        except BaseException:
            db.close()
            raise
        return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Commit all that happens inside as one, or nothing of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # SQLite itself has rolled back after some errors, such as a full disk.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _prepare(folder: Path, path: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True)
    if not path.exists():
        # SQLite gives its side files the rights of this one.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    elif path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _set_up(db: sqlite3.Connection, path: Path) -> None:
    version = _check(db, path)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    with transaction(db):  # also without news: it shows at once whether the file can be written
        migrate(db, version)


def _check(db: sqlite3.Connection, path: Path) -> int:
    """Tell the version of the tables; 0 for an empty file."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    empty = not tables and not version and not application
    if not empty and application != APPLICATION_ID:
        raise StateError(
            f"{path} belongs to another program. Move it away, or choose another folder "
            "with --state."
        )
    if version > len(MIGRATIONS):
        raise StateError(
            f"{path} was written by a newer gazelled (version {version} of the state, this one "
            f"knows {len(MIGRATIONS)}). Upgrade gazelled; nothing was changed."
        )
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StateError(f"{path} {_DAMAGED.format(what=verdict)}.")
    return int(version)
