"""Backups: what they hold, which are kept, and what is no backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gazelled.errors import StateError
from gazelled.store.backup.copying import Backup, back_up, backups, copy, flaw, newest_good
from gazelled.store.opening import NAME, connect
from gazelled.tracker.login.session import KEYS


def test_a_backup_is_one_private_file(folder: Path, noon: datetime) -> None:
    """It holds what was committed, without side files, readable by its user only."""
    with closing(connect(folder)) as db:
        db.execute("INSERT INTO kv VALUES ('a', 'b')")
        made = back_up(db, folder, noon)
        (version,) = db.execute("PRAGMA user_version").fetchone()

    file = folder / "backups" / f"gazelled-{version}-20260301T120000Z.db"
    assert made == Backup(file, version, noon)
    assert [file] == list(file.parent.iterdir())
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT * FROM kv").fetchall() == [("a", "b")]
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_backup_leaves_the_session_out(folder: Path, noon: datetime) -> None:
    """Neither the session nor an earlier one is anywhere in the file, so it can be given away."""
    sessions = [f"{number}-session-of-the-account" * 9 for number in range(40)]
    with closing(connect(folder)) as db:
        for session in sessions:
            db.execute("INSERT OR REPLACE INTO kv VALUES ('session-cookies', ?)", (session,))
        db.execute("INSERT INTO kv VALUES (?, ?)", (KEYS, sessions[0]))
        db.execute("INSERT INTO kv VALUES ('a', 'b')")
        made = back_up(db, folder, noon)
        kept = db.execute("SELECT value FROM kv WHERE key = 'session-cookies'").fetchall()

    assert kept == [(sessions[-1],)]
    content = made.file.read_bytes()
    assert [each for each in sessions if each[:20].encode() in content] == []
    with closing(sqlite3.connect(made.file)) as db:
        assert db.execute("SELECT * FROM kv").fetchall() == [("a", "b")]


def test_the_newest_three_are_kept(folder: Path, noon: datetime) -> None:
    """Older ones go, whatever else lies there stays, and leftovers of a kill are swept."""
    with closing(connect(folder)) as db:
        for hours in range(5):
            back_up(db, folder, noon + timedelta(hours=hours))
        foreign = folder / "backups" / "gazelled-1-20269999T999999Z.db"
        foreign.touch()
        (folder / "backups" / ".gazelled-1-20260301T120000Z.db.x.part").touch()
        back_up(db, folder, noon + timedelta(hours=5))

    assert [each.at.hour for each in backups(folder)] == [17, 16, 15]
    assert len(list((folder / "backups").iterdir())) == 4
    assert foreign.exists()


def test_one_of_each_day_and_one_of_an_earlier_version_are_kept(
    folder: Path, noon: datetime
) -> None:
    """The newest of a day for a week, and the newest of an earlier version for a month."""
    day, hour = timedelta(days=1), timedelta(hours=1)
    with closing(connect(folder)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        back_up(db, folder, noon)
        earlier, older = (
            folder / "backups" / f"gazelled-{version - 1}-20260301T1{hours}0000Z.db"
            for hours in (1, 0)
        )
        earlier.touch()
        older.touch()
        for number in range(1, 10):
            for hours in (0, 3):
                back_up(db, folder, noon + number * day + hours * hour)
        ages = [(each.version, each.at - noon) for each in backups(folder)]
        later = back_up(db, folder, noon + 40 * day)

    daily = [(version, number * day + 3 * hour) for number in range(9, 1, -1)]
    assert ages == [daily[0], (version, 9 * day), *daily[1:], (version - 1, -hour)]
    assert not older.exists()
    assert not earlier.exists()
    assert backups(folder)[0] == later


def test_the_one_just_made_is_kept_whatever_the_clock_said(folder: Path, noon: datetime) -> None:
    """Backups from the future, of a clock that was wrong, don't push out the one of now."""
    with closing(connect(folder)) as db:
        for days in range(1, 4):
            back_up(db, folder, noon + timedelta(days=days))
        now = back_up(db, folder, noon)

    assert now in backups(folder)
    assert len(backups(folder)) == 3


def test_two_in_a_second_are_one(folder: Path, noon: datetime) -> None:
    """The later one takes the name, and holds what is new."""
    with closing(connect(folder)) as db:
        back_up(db, folder, noon)
        db.execute("INSERT INTO kv VALUES ('a', 'b')")
        made = back_up(db, folder, noon + timedelta(microseconds=5))

    with closing(sqlite3.connect(made.file)) as db:
        assert db.execute("SELECT * FROM kv").fetchall() == [("a", "b")]


def test_what_was_copied_damaged_is_no_backup(folder: Path, tmp_path: Path) -> None:
    """A copy is checked, and one that isn't sound never gets its name."""
    with closing(connect(folder)) as db:
        db.executemany("INSERT INTO kv VALUES (?, ?)", ((f"{n:04}", "x" * 500) for n in range(999)))
    content = bytearray((folder / NAME).read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    (folder / NAME).write_bytes(content)

    with (
        closing(sqlite3.connect(folder / NAME)) as db,
        pytest.raises(StateError, match=r"isn't sound.*gazelled state verify"),
    ):
        copy(db, tmp_path / "copy.db")

    assert [each.name for each in tmp_path.iterdir()] == ["state"]


def test_a_place_that_cannot_be_written_is_a_sentence(folder: Path) -> None:
    """Where no backup can be, it says so."""
    with (
        closing(connect(folder)) as db,
        pytest.raises(StateError, match=r"No backup can be written to /proc/a.db .*Make room"),
    ):
        copy(db, Path("/proc/a.db"))


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "isn't gazelled's"), (b"precious" * 1000, "not a database")],
    ids=["empty", "garbage"],
)
def test_what_is_no_backup_has_a_flaw(tmp_path: Path, content: bytes, words: str) -> None:
    """Other files can't be restored, and neither can one that isn't there."""
    file = tmp_path / "a.db"
    file.write_bytes(content)

    assert words in flaw(file)
    assert "unable to open" in flaw(tmp_path / "b.db")


def test_a_newer_backup_has_a_flaw(tmp_path: Path) -> None:
    """What a newer gazelled wrote can't be restored by this one."""
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        db.execute(f"PRAGMA application_id = {int.from_bytes(b'gazl')}")
        db.execute("PRAGMA user_version = 999")

    assert "newer gazelled" in flaw(tmp_path / "a.db")


def test_the_newest_good_one_is_found(folder: Path, noon: datetime) -> None:
    """A damaged one is passed over; without any there is none."""
    before = newest_good(folder)
    with closing(connect(folder)) as db:
        good = back_up(db, folder, noon.astimezone(UTC))
        back_up(db, folder, noon + timedelta(hours=1)).file.write_bytes(b"x" * 5000)

    assert before is None
    assert newest_good(folder) == good
