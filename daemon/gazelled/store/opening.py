"""
Opening the database, and what can be wrong with it.

A file that can't be trusted is never replaced: it may be the only record of what was reported.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from gazelled.errors import StateError, StateUnavailable
from gazelled.regular_file import is_regular
from gazelled.store.backup.copying import FOLDER as BACKUPS
from gazelled.store.backup.copying import Backup, back_up, newest_good, one_line, read_only
from gazelled.store.migrations import APPLICATION_ID, MIGRATIONS, migrate
from gazelled.text import local_minute

NAME = "gazelled.db"

_BUSY_SECONDS = 5.0
_CACHE_KIB = 512
"""The operating system caches the file as well; a larger one was not faster."""

_DAMAGED = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
_REASONS = {
    sqlite3.SQLITE_FULL: "can't be written: the disk is full. Make room there",
    sqlite3.SQLITE_BUSY: "is in use by another program. Close that",
    sqlite3.SQLITE_LOCKED: "is in use by another program. Close that",
    sqlite3.SQLITE_READONLY: "can't be written ({what}). Give gazelled's user the right to",
    sqlite3.SQLITE_PERM: "can't be written ({what}). Give gazelled's user the right to",
    sqlite3.SQLITE_CANTOPEN: "can't be opened ({what}). Look at the folder's owner and rights",
    sqlite3.SQLITE_IOERR: "can't be read or written ({what}). Look at the disk",
}
_OF_DISK = frozenset((sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY))
_ERRORS_OF_DISK = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO))


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """
    Raise what is wrong with the file or the disk as StateError; mistakes of the program pass.

    It is a StateUnavailable unless the file itself is damaged or was moved away.
    """
    try:
        yield
    except OSError as error:
        raise StateUnavailable(
            f"The state can't be kept in {path.parent} ({error.strerror}). "
            "Choose a folder that gazelled's user can write, with --state"
        ) from error
    except sqlite3.Error as error:
        reason = _reason(path, error)
        if not reason:
            raise
        raise _kind(error)(f"{path} {reason}.") from error


def is_of_disk(error: StateError) -> bool:
    """Return whether the disk is at fault, not the rights of this user or another program."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _OF_DISK
    return isinstance(cause, OSError) and cause.errno in _ERRORS_OF_DISK


def connect(folder: Path, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> sqlite3.Connection:
    """
    Open the database of a state folder; make both if they don't exist.

    The migrations that wait are one transaction, and a checked backup is made before.

    Raises:
        StateError: If it can't be used as it is; the text says what to do.

    """
    path = folder / NAME
    with explained(path):
        _prepare(folder, path)
        db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            _set_up(db, path, migrations)
        except BaseException:
            db.close()
            raise
        return db


def lasting_flaw(folder: Path) -> str:
    """
    Return why a state can't be used, which waiting doesn't change; empty where nothing is known.

    It is what can be seen at once, without reading all of the file, and nothing is changed.
    """
    path = folder / NAME
    if not os.path.lexists(path):
        return ""
    try:
        with explained(path):
            _check_file(path)
            with closing(read_only(path)) as db:
                _check_release(db, path, len(MIGRATIONS))
    except StateUnavailable:  # this user may not read it, say
        return ""
    except StateError as error:
        return str(error)
    return ""


def back_up_state(folder: Path, now: datetime) -> Backup:
    """Keep a copy of a state that may be in use, over a connection of its own."""
    path = folder / NAME
    with explained(path):
        _check_file(path)
    with explained(path), closing(read_only(path)) as db:
        _check_release(db, path, len(MIGRATIONS))
        return back_up(db, folder, now)


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
        return
    _check_file(path)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _check_file(path: Path) -> None:
    """Raise StateError for what is no file, or was emptied: one that was moved away isn't there."""
    if not is_regular(path):
        raise StateError(f"{path} {_damaged(path.parent, 'it is no file')}.")
    if not path.stat().st_size and newest_good(path.parent):
        raise StateError(f"{path} {_damaged(path.parent, 'it is empty')}.")


def _set_up(db: sqlite3.Connection, path: Path, migrations: Sequence[Sequence[str]]) -> None:
    version = _check(db, path, len(migrations))
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA secure_delete = ON")  # an earlier session must not be left in a backup
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    if 0 < version < len(migrations):
        _upgrade(db, path, version, migrations)
    with transaction(db):  # also without news: it shows at once whether the file can be written
        migrate(db, len(migrations) if version else 0, migrations)


def _upgrade(
    db: sqlite3.Connection, path: Path, version: int, migrations: Sequence[Sequence[str]]
) -> None:
    backup = back_up(db, path.parent, datetime.now(UTC))
    try:
        with transaction(db):
            migrate(db, version, migrations)
    except sqlite3.Error as error:
        why = _reason(path, error) or (
            f"doesn't take it ({error}). The gazelled that you had can go on with it; please "
            "report this"
        )
        raise _kind(error)(
            f"The state can't be brought from version {version} to {len(migrations)}: {path} {why}."
            f" Nothing was changed, and a backup from before is {backup.file}."
        ) from error


def _check(db: sqlite3.Connection, path: Path, newest: int) -> int:
    """Return the version of the tables; 0 for an empty file."""
    version = _check_release(db, path, newest)
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StateError(f"{path} {_damaged(path.parent, one_line(verdict))}.")
    return version


def _check_release(db: sqlite3.Connection, path: Path, newest: int) -> int:
    """Check that no other program and no later release wrote it; return the tables' version."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    empty = not tables and not version and not application
    if not empty and application != APPLICATION_ID:
        raise StateError(
            f"{path} belongs to another program. Move it away, or choose another folder "
            "with --state."
        )
    if version > newest:
        raise StateError(
            f"{path} was written by a newer gazelled (version {version} of the state, this one "
            f"knows {newest}). Upgrade gazelled; nothing was changed."
        )
    return int(version)


def _reason(path: Path, error: sqlite3.Error) -> str:
    """Return what is wrong with a file or the disk, and what to do; nothing when that isn't it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGED:
        return _damaged(path.parent, str(error))
    return _REASONS.get(code, "").format(what=error)


def _kind(error: sqlite3.Error) -> type[StateError]:
    """Return what an error is for the caller: one that may be over later, or one for a person."""
    code = getattr(error, "sqlite_errorcode", 0)
    lasting = code == sqlite3.SQLITE_READONLY_DBMOVED or code & 0xFF not in _REASONS
    return StateError if lasting else StateUnavailable


def _damaged(folder: Path, what: str) -> str:
    backup = newest_good(folder)
    command = f"gazelled --state {quote(str(folder))} state restore"
    if backup is None:
        advice = (
            f"There is no good backup in {folder / BACKUPS}. Restore one of your own "
            f"({command} FILE)"
        )
    else:
        advice = (
            f"The newest good backup is of {local_minute(backup.at)}: "
            f"{command} {quote(str(backup.file))} (which keeps the damaged file)"
        )
    return (
        f"is damaged ({what}). {advice}; or move it away to begin again: "
        "then the next look at each source is a first look"
    )
