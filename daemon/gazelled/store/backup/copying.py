"""
Backups: whole copies of the database, which are written beside it and checked.

They leave the session out, so that they can be given away: whoever restores one logs in again.

A database that is in use is copied by SQLite itself, never as a file: a copied file lacks what
stands in the log, and closing it would take the locks of whoever has it open.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gazelled.errors import StateError, StateUnavailable
from gazelled.regular_file import check_replaceable, sync_folder
from gazelled.store.migrations import APPLICATION_ID, MIGRATIONS

FOLDER = "backups"
KEPT = 3
"""So many of the newest are kept in any case."""

DAYS_KEPT = timedelta(days=7)
"""How long the newest of each day is kept."""

UPGRADES_KEPT = timedelta(days=30)
"""How long the newest of an earlier version is kept, to go back to it."""

PART = ".part"
STAMP = "%Y%m%dT%H%M%SZ"

LEFT_OUT = "session-cookies"
"""How the keys begin of what no copy holds; the session is remembered under such a one."""

_NAME = re.compile(r"gazelled-(\d+)-(\d{8}T\d{6}Z)\.db")


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the database that is kept beside it, with the version of its tables."""

    file: Path
    version: int
    at: datetime


def back_up(db: sqlite3.Connection, folder: Path, now: datetime) -> Backup:
    """Keep a copy in a state folder; only the newest few stay. No transaction is under way."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    at = now.astimezone(UTC).replace(microsecond=0)
    file = folder / FOLDER / f"gazelled-{version}-{at.strftime(STAMP)}.db"
    with _explained(file):
        sweep(folder)
    copy(db, file)
    made = Backup(file, int(version), at)
    with _explained(file):
        for old in _outdated(made, [backup for backup in backups(folder) if backup != made]):
            old.file.unlink(missing_ok=True)
    return made


def _outdated(made: Backup, others: Sequence[Backup]) -> Iterator[Backup]:
    """Return which of the others, the newest first, need not be kept beside a new one."""
    days, versions = {made.at.date()}, {made.version}
    for number, other in enumerate(others):
        age = made.at - other.at  # negative after a clock that was wrong
        daily = timedelta() <= age <= DAYS_KEPT and other.at.date() not in days
        earlier = timedelta() <= age <= UPGRADES_KEPT and other.version not in versions
        days.add(other.at.date())
        versions.add(other.version)
        if not (number < KEPT - 1 or daily or earlier):
            yield other


def sweep(folder: Path) -> None:
    """Make the folder of backups, or clear it of what was left by one that was killed."""
    files = folder / FOLDER
    files.mkdir(mode=0o700, exist_ok=True)
    for left in files.glob(f"*{PART}"):
        left.unlink(missing_ok=True)


def backups(folder: Path) -> list[Backup]:
    """Return which backups are kept in a state folder, the newest first."""
    files = folder / FOLDER
    named = [_read_name(file) for file in files.iterdir()] if files.is_dir() else []
    return sorted(filter(None, named), key=lambda backup: backup.at, reverse=True)


def _read_name(file: Path) -> Backup | None:
    parts = _NAME.fullmatch(file.name)
    if parts is None:
        return None
    with suppress(ValueError):
        return Backup(file, int(parts[1]), datetime.strptime(parts[2], STAMP).replace(tzinfo=UTC))
    return None


def to_restore(folder: Path) -> list[Backup]:
    """Return the backups, the newest first; those of a clock that was ahead come last."""
    now = datetime.now(UTC)
    return sorted(backups(folder), key=lambda backup: backup.at > now)


def newest_good(folder: Path) -> Backup | None:
    """Find the newest backup in a state folder that can be restored."""
    try:
        return next((backup for backup in to_restore(folder) if not flaw(backup.file)), None)
    except OSError:
        return None


def copy(db: sqlite3.Connection, file: Path) -> None:
    """
    Copy a database but its session, check the copy and put it on the disk; then it has its name.

    No transaction is under way. What has that name is replaced.

    Raises:
        StateError: If that can't be written, or the copy isn't sound.

    """
    with _explained(file):
        check_replaceable(file)
        handle, name = tempfile.mkstemp(PART, f".{file.name}.", file.parent)  # 0600
        part = Path(name)
        try:
            with closing(sqlite3.connect(part, isolation_level=None)) as made:
                made.execute("PRAGMA synchronous = OFF")  # it is synced once, below
                made.execute("PRAGMA journal_mode = MEMORY")  # who fails begins anew
                db.backup(made)
                made.execute("PRAGMA journal_mode = DELETE")  # one file, without side files
            wrong = flaw(part)
            if wrong:
                raise StateError(
                    f"The copy for {file} isn't sound ({wrong}). Look at the disk, and at what is "
                    "copied: gazelled state verify."
                )
            with closing(sqlite3.connect(part, isolation_level=None)) as made:
                forget_session(made)
            os.fsync(handle)
            part.replace(file)
        finally:
            os.close(handle)
            part.unlink(missing_ok=True)
        sync_folder(file.parent)


def forget_session(db: sqlite3.Connection) -> None:
    """Delete the session from a database, so that no trace of it is left in the file."""
    db.execute("PRAGMA secure_delete = ON")
    db.execute("DELETE FROM kv WHERE key GLOB ?", (f"{LEFT_OUT}*",))


def flaw(file: Path) -> str:
    """Return in a few words what keeps a file from being restored; nothing when it can be."""
    return flaw_and_version(file)[0]


def flaw_and_version(file: Path) -> tuple[str, int]:
    """Return that and, if it is that a later release wrote the file, the version; else 0."""
    try:
        with closing(read_only(file)) as db:
            (application,) = db.execute("PRAGMA application_id").fetchone()
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if application != APPLICATION_ID:
                return "it isn't gazelled's", 0
            if version > len(MIGRATIONS):
                return f"a newer gazelled wrote it, version {version} of the state", version
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
            return "" if verdict == "ok" else one_line(verdict), 0
    except sqlite3.Error as error:
        return str(error), 0


def one_line(verdict: str) -> str:
    """Write what SQLite finds wrong with a file in one line."""
    return " ".join(verdict.removeprefix("*** in database main ***").split())


def read_only(file: Path) -> sqlite3.Connection:
    """Open a database that must not be changed; what isn't there isn't made."""
    address = f"{file.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=5.0, isolation_level=None)


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise StateUnavailable(
            f"No backup can be written to {file} ({why}). Make room, or correct the permissions."
        ) from error
