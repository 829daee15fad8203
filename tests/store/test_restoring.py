"""A backup takes the place of the state, and what was there is kept."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from gazelled.errors import StateError
from gazelled.model import Position, StreamId
from gazelled.store import NAME, LookTransaction, Store
from gazelled.store.backup.copying import back_up, read_only
from gazelled.store.backup.restoring import restore
from gazelled.store.backup.verifying import verify
from gazelled.store.opening import connect, transaction

UPLOADS = StreamId("uploads")

RESTORING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gazelled.store.backup.restoring import restore

print("go", flush=True)
restore(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC))
"""
KILLED = """
import asyncio, os, sys
from pathlib import Path
from gazelled.store import LookTransaction, Store

async def main():
    store = await Store.open(Path(sys.argv[1]))
    await store.commit_look(LookTransaction("uploads", known=["later"], watermark="9"))
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


async def seen(folder: Path) -> tuple[Position | None, set[str]]:
    """Return how far the uploads were seen, and which are known."""
    async with await Store.open(folder) as store:
        known = await store.streams.known(UPLOADS, ["first", "later"])
        return (await store.streams.state(UPLOADS)).watermark, known


async def backed_up(folder: Path, now: datetime) -> Path:
    """Make a state and a backup of it."""
    async with await Store.open(folder) as store:
        await store.commit_look(LookTransaction(UPLOADS, known=["first"], watermark=Position(1)))
        return (await store.back_up(now)).file


async def test_a_backup_brings_its_time_back(folder: Path, noon: datetime) -> None:
    """The restored state is the one of the backup; the one that was there can be restored too."""
    file = await backed_up(folder, noon)
    async with await Store.open(folder) as store:
        await store.commit_look(LookTransaction(UPLOADS, known=["later"], watermark=Position(9)))

    kept = restore(file, folder, noon)
    restored = await seen(folder)

    assert restored == (Position(1), {"first"})
    assert kept == folder / "backups" / "replaced-20260301T120000Z.db"
    restore(kept, folder, noon)
    assert await seen(folder) == (Position(9), {"first", "later"})


async def test_the_log_of_a_killed_daemon_is_kept_and_not_mixed_in(
    folder: Path, noon: datetime
) -> None:
    """What stood only in the old state's log goes with the old state, wholly."""
    file = await backed_up(folder, noon)
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, str(folder))
    assert await killed.wait() == -9
    assert (folder / f"{NAME}-wal").stat().st_size > 0

    kept = restore(file, folder, noon)

    assert verify(folder / NAME).wrong == ()
    assert await seen(folder) == (Position(1), {"first"})
    assert kept is not None
    with closing(sqlite3.connect(kept)) as db:
        known = db.execute("SELECT item FROM known ORDER BY item").fetchall()
    assert known == [("first",), ("later",)]


async def test_a_damaged_state_is_kept_as_it_is(folder: Path, noon: datetime) -> None:
    """Byte for byte, with its log: something may still be read from it."""
    file = await backed_up(folder, noon)
    (folder / NAME).write_bytes(b"x" * 5000)
    (folder / f"{NAME}-wal").write_bytes(b"y" * 500)

    kept = restore(file, folder, noon)

    assert kept is not None
    assert kept.read_bytes() == b"x" * 5000
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"y" * 500
    assert await seen(folder) == (Position(1), {"first"})


async def test_a_new_machine_starts_from_a_backup(
    folder: Path, noon: datetime, tmp_path: Path
) -> None:
    """Where there was no state there is one now, readable by its user only."""
    file = await backed_up(folder, noon)
    new = tmp_path / "new"
    new.mkdir()

    assert restore(file, new, noon) is None
    assert (new / NAME).stat().st_mode & 0o777 == 0o600
    assert await seen(new) == (Position(1), {"first"})


def test_an_older_backup_is_upgraded_at_the_next_start(
    version_1: Path, tmp_path: Path, noon: datetime
) -> None:
    """It is restored as it is."""
    new = tmp_path / "new"
    new.mkdir()

    restore(version_1 / NAME, new, noon)

    assert verify(new / NAME).version == 1


async def test_what_is_wrong_is_not_restored(folder: Path, noon: datetime, tmp_path: Path) -> None:
    """A backup is verified first, and the state stays as it is."""
    file = await backed_up(folder, noon)
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE stream SET watermark = 'x'")
        db.execute("DELETE FROM known")
        db.commit()
    (tmp_path / "empty").touch()

    with pytest.raises(StateError, match=r"nothing was changed:\nThe watermark of the source upl"):
        restore(file, folder, noon)
    with pytest.raises(StateError, match=r"nothing was changed:\nIt can't be used"):
        restore(tmp_path / "empty", folder, noon)
    with pytest.raises(StateError, match="is the state itself"):
        restore(folder / NAME, folder, noon)

    assert await seen(folder) == (Position(1), {"first"})


async def test_what_is_kept_is_not_written_to_any_more(folder: Path, noon: datetime) -> None:
    """The kept state shares nothing with the restored one."""
    file = await backed_up(folder, noon)
    kept = restore(file, folder, noon)
    assert kept is not None
    before = kept.read_bytes()

    async with await Store.open(folder) as store:
        await store.commit_look(LookTransaction(UPLOADS, known=["later"], watermark=Position(9)))

    assert kept.read_bytes() == before
    assert not kept.samefile(folder / NAME)


@pytest.mark.slow
def test_a_kill_leaves_one_of_the_two_whole(folder: Path, noon: datetime) -> None:
    """Whenever a restore is killed, a whole state is in its place, and the next one sweeps up."""
    chance = random.Random(NAME)  # noqa: S311 - no secret
    with closing(connect(folder)) as db:
        db.execute("INSERT INTO stream (name, watermark, floor) VALUES ('uploads', '', '')")
        with transaction(db):
            rows = ((1, f"{number:07}") for number in range(100_000))
            db.executemany("INSERT INTO known VALUES (?, ?)", rows)
        file = back_up(db, folder, noon).file
    for _ in range(12):
        with closing(connect(folder)) as db:
            db.execute("DELETE FROM known WHERE item < '0000007'")
        with subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-c", RESTORING, str(file), str(folder)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"go\n"
            time.sleep(chance.uniform(0, 0.25))
            child.kill()

        assert verify(folder / NAME).wrong == ()
        with closing(read_only(folder / NAME)) as db:
            (known,) = db.execute("SELECT count(*) FROM known").fetchone()
        assert known in {100_000, 99_993}

    restore(file, folder, noon)
    left = [each.name for each in (folder / "backups").iterdir() if "replaced" not in each.name]
    assert left == [file.name]
    assert {each.name for each in folder.iterdir()} <= {NAME, f"{NAME}-shm", "backups"}
