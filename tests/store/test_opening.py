"""Opening the state, and each way in which it can be wrong."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gazelled.errors import StateError
from gazelled.model import Position, StreamId
from gazelled.store import LookTransaction, Store
from gazelled.store.backup.copying import newest_good
from gazelled.store.backup.restoring import restore
from gazelled.store.migrations import MIGRATIONS
from gazelled.store.opening import NAME, back_up_state, connect, transaction

UPLOADS = StreamId("uploads")


def fill(folder: Path) -> Path:
    """Make a database of some pages."""
    with closing(connect(folder)) as db:
        db.execute("INSERT INTO stream (name, watermark, floor) VALUES ('uploads', '', '')")
        rows = ((1, f"{number:09}") for number in range(20_000))
        with transaction(db):
            db.executemany("INSERT INTO known VALUES (?, ?)", rows)
    return folder / NAME


def test_only_the_user_can_read_the_state(folder: Path) -> None:
    """The folder is made with 0700, the file and its side files with 0600."""
    with closing(connect(folder)):
        modes = {each.name: each.stat().st_mode & 0o777 for each in folder.iterdir()}

    assert folder.stat().st_mode & 0o777 == 0o700
    assert modes == {NAME: 0o600, f"{NAME}-wal": 0o600, f"{NAME}-shm": 0o600}


def test_loose_rights_are_tightened(folder: Path) -> None:
    """A database that others can read is closed to them."""
    fill(folder).chmod(0o644)

    connect(folder).close()

    assert (folder / NAME).stat().st_mode & 0o777 == 0o600


def test_a_commit_is_on_the_disk_before_it_returns(folder: Path) -> None:
    """The file is in WAL mode and synced fully; writers are waited for."""
    with closing(connect(folder)) as db:
        found = [
            db.execute(f"PRAGMA {each}").fetchone()[0]
            for each in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        ]

    assert found == ["wal", 2, 5000, 1]


def test_the_header_says_whose_it_is(folder: Path) -> None:
    """The file carries our application id and the version of its tables."""
    with closing(connect(folder)) as db:
        application = db.execute("PRAGMA application_id").fetchone()[0]
        version = db.execute("PRAGMA user_version").fetchone()[0]

    assert (application, version) == (int.from_bytes(b"gazl"), len(MIGRATIONS))


def test_an_empty_file_is_a_new_one(folder: Path) -> None:
    """A crash in the very first moment leaves an empty file, and that is no harm."""
    folder.mkdir()
    (folder / NAME).touch()

    with closing(connect(folder)) as db:
        assert db.execute("SELECT count(*) FROM stream").fetchone() == (0,)


def test_an_empty_file_with_a_past_is_damaged(folder: Path) -> None:
    """What a crash of the machine has emptied isn't begun anew, while there is a backup."""
    file = fill(folder)
    kept = back_up_state(folder, datetime(2026, 3, 1, tzinfo=UTC))
    file.write_bytes(b"")

    with pytest.raises(StateError, match="is damaged") as caught:
        connect(folder)

    assert f"state restore {kept.file}" in str(caught.value)
    assert not file.stat().st_size
    file.rename(folder / "moved-away.db")
    with closing(connect(folder)) as db:
        assert db.execute("SELECT count(*) FROM stream").fetchone() == (0,)


def test_a_file_that_is_no_database_is_left_alone(folder: Path) -> None:
    """Garbage is named, with what to do, and not replaced."""
    folder.mkdir()
    (folder / NAME).write_bytes(b"precious" * 1000)

    with pytest.raises(StateError, match=r"damaged.*no good backup.*move it away"):
        connect(folder)

    assert (folder / NAME).read_bytes() == b"precious" * 1000


def test_a_damaged_page_is_found_at_open(folder: Path) -> None:
    """Bytes that changed in the middle of the file are found before anything is told twice."""
    path = fill(folder)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(content)

    with pytest.raises(StateError, match="damaged"):
        connect(folder)

    assert path.read_bytes() == content


def test_a_file_cut_in_half_is_found_at_open(folder: Path) -> None:
    """A copy that ended early is found."""
    path = fill(folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(StateError, match="damaged"):
        connect(folder)


def test_a_foreign_database_is_left_alone(folder: Path) -> None:
    """Another program's database gets no tables of ours."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / NAME)) as db:
        db.execute("CREATE TABLE theirs (it)")

    with pytest.raises(StateError, match=r"another program.*--state"):
        connect(folder)

    with closing(sqlite3.connect(folder / NAME)) as db:
        assert db.execute("SELECT name FROM sqlite_schema").fetchall() == [("theirs",)]


def test_a_newer_state_asks_for_an_upgrade(folder: Path) -> None:
    """What a newer version wrote isn't touched by an older one."""
    with closing(connect(folder)) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")

    with pytest.raises(StateError, match=r"newer gazelled.*Upgrade"):
        connect(folder)


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    """A path that can't be a folder says so without a traceback of SQLite."""
    (tmp_path / "state").touch()

    with pytest.raises(StateError, match=r"can't be kept in .*--state"):
        connect(tmp_path / "state")


def test_a_folder_that_cannot_be_made_is_a_sentence() -> None:
    """Where nobody can write, not even root, it says so."""
    with pytest.raises(StateError, match=r"can't be kept in /proc/gazelled .*--state"):
        connect(Path("/proc/gazelled"))


def test_a_backup_of_a_clock_that_was_ahead_is_named_last(folder: Path) -> None:
    """It is older than its name says; without another one it is the newest."""
    connect(folder).close()
    ahead = back_up_state(folder, datetime.now(UTC) + timedelta(days=900))
    assert newest_good(folder) == ahead
    right = back_up_state(folder, datetime.now(UTC))
    assert newest_good(folder) == right


def test_a_folder_in_place_of_the_database_gives_way_to_a_backup(folder: Path) -> None:
    """The message names the backup, and restoring it keeps the folder."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    fill(folder)
    backup = back_up_state(folder, now).file
    (folder / NAME).unlink()
    (folder / NAME).mkdir()

    with pytest.raises(StateError, match=f"is no file.*state restore {backup}"):
        connect(folder)
    with pytest.raises(StateError, match="is no file"):
        back_up_state(folder, now)
    kept = restore(backup, folder, now)

    assert kept is not None
    assert kept.is_dir()
    connect(folder).close()


async def test_a_state_that_fails_to_open_leaves_no_thread() -> None:
    """The store passes the sentence on and cleans up."""
    with pytest.raises(StateError, match="can't be kept"):
        await Store.open(Path("/proc/gazelled"))

    assert not [each for each in threading.enumerate() if each.name.startswith("store")]


async def test_a_full_disk_is_a_sentence_and_loses_nothing(folder: Path) -> None:
    """When the disk is full a commit fails as a whole, and says what to do."""
    async with await Store.open(folder) as store:
        await store.commit_look(LookTransaction(UPLOADS, known=["1"], watermark=Position(1)))
        pages = await store._database.run(
            lambda: store._db.execute("PRAGMA page_count").fetchone()[0]
        )
        await store._database.run(lambda: store._db.execute(f"PRAGMA max_page_count = {pages}"))
        many = [f"{number:0200}" for number in range(1000)]

        with pytest.raises(StateError, match=r"disk is full.*Make room"):
            await store.commit_look(LookTransaction(UPLOADS, known=many, watermark=Position(2)))

        assert (await store.streams.state(UPLOADS)).watermark == Position(1)
        assert await store.streams.known(UPLOADS, many) == set()
