"""All that is wrong with a state is said; what is well is left in peace."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.conftest import marked

from gazelled.errors import StateError
from gazelled.model import Event, Position, StreamId
from gazelled.store import NAME, Hole, LookTransaction, Store
from gazelled.store.backup.verifying import verify
from gazelled.store.migrations import MIGRATIONS

UPLOADS = StreamId("uploads")

KILLED = """
import asyncio, os, sys
from pathlib import Path
from gazelled.store import LookTransaction, Store

async def main():
    store = await Store.open(Path(sys.argv[1]))
    await store.commit_look(LookTransaction("uploads", known=["1"], watermark="1"))
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


def spoil(folder: Path, *statements: str) -> tuple[str, ...]:
    """Change a database behind its back, and tell what is said of it."""
    with closing(sqlite3.connect(folder / NAME)) as db:
        for each in statements:
            db.execute(each)
        db.commit()
    return verify(folder / NAME).wrong


async def test_a_state_in_use_is_verified(store: Store, make_event: Callable[..., Event]) -> None:
    """While a daemon writes, nothing is wrong, and nothing is changed."""
    await store.commit_look(
        LookTransaction(
            UPLOADS,
            known=["1"],
            watermark=Position(1.5),
            begun=["yeast"],
            events=[(make_event("e"), ["phone"])],
            gaps=[("1", "2")],
            marks=[marked("yeast", **{"1": "x"})],
            holes=[Hole(1, 9)],
        )
    )

    report = verify(store.path)

    assert report.wrong == ()
    assert report.version == len(MIGRATIONS)
    assert report.size == store.path.stat().st_size


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_state_is_verified_as_what_it_is(
    request: pytest.FixtureRequest, version: int
) -> None:
    """A backup from before an upgrade is whole, though it lacks newer tables."""
    report = verify(request.getfixturevalue(f"version_{version}") / NAME)

    assert (report.version, report.wrong) == (version, ())


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DROP TABLE mark", "The table mark is missing."),
        ("UPDATE mark SET watch = 9", "A row of mark belongs to a row of watch that isn't there."),
        (
            "UPDATE hole SET stream = 9",
            "A row of hole belongs to a row of stream that isn't there.",
        ),
        ("UPDATE hole SET high = 1", "A hole of the source uploads is none: 1 to 1."),
        ("UPDATE hole SET low = 'a'", "A hole of the source uploads is none: 'a' to 9."),
        (
            "UPDATE stream SET used = 'x'",
            "When the source uploads was in use last is no time: 'x'.",
        ),
        ("UPDATE watch SET used = 1 << 62", "When the watch yeast was in use last is no time: 46"),
    ],
)
async def test_what_is_wrong_with_newer_tables_is_said(
    folder: Path, statement: str, sentence: str
) -> None:
    """What watches remember and holes are looked at too."""
    async with await Store.open(folder) as store:
        await store.commit_look(
            LookTransaction(UPLOADS, holes=[Hole(1, 9)], marks=[marked("yeast", **{"1": "x"})])
        )

    (wrong,) = spoil(folder, statement)

    assert wrong.startswith(sentence)


def test_a_state_whose_daemon_was_killed_is_verified(folder: Path) -> None:
    """What stands only in the log counts."""
    subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False)  # noqa: S603 - ours

    assert verify(folder / NAME).wrong == ()
    with closing(sqlite3.connect(f"file:{folder / NAME}?mode=ro", uri=True)) as db:
        assert db.execute("SELECT count(*) FROM known").fetchone() == (1,)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DROP TABLE gap", "The table gap is missing."),
        ("DROP INDEX pending", "The index pending is missing."),
        ("ALTER TABLE kv ADD more", "The table kv isn't as version 1 of the state has it."),
        ("DELETE FROM event WHERE id = 1", "A row 1 of delivery belongs to a row of event that "),
        ("UPDATE begun SET stream = 9 WHERE watch = 1", "A row of begun belongs to a row of str"),
        ("UPDATE stream SET watermark = 'x'", "The watermark of the source inbox is no position"),
        ("UPDATE stream SET floor = 'nan'", "The floor of the source inbox is no position: 'nan'"),
        ("UPDATE run SET at = 'noon'", "When browse group_results=0 ran last is no time: 'noon'."),
        ("UPDATE event SET body = '{' WHERE id = 1", "The event 1 (yeast:new:128) can't be read:"),
        ("UPDATE event SET body = '[]' WHERE id = 1", "The event 1 (yeast:new:128) can't be read:"),
        ("UPDATE event SET key = 'k' WHERE id = 1", "(k) says that it is another one: yeast:new:1"),
        ("UPDATE event SET at = 5 WHERE id = 1", "The event 1 (yeast:new:128) says that it is ano"),
        ("UPDATE delivery SET target = '' WHERE id = 1", "The delivery 1 has no target."),
        ("UPDATE delivery SET state = 'done' WHERE id = 1", "The delivery 1 is done, but not set"),
        ("UPDATE delivery SET settled_at = 1 WHERE id = 1", "The delivery 1 is pending, but sett"),
        ("UPDATE delivery SET tries = -1 WHERE id = 1", "The delivery 1 was tried -1 times."),
        ("UPDATE delivery SET due_at = 1 << 62 WHERE id = 1", "The times of the delivery 1 can't"),
    ],
)
def test_each_thing_that_is_wrong_is_said(version_1: Path, statement: str, sentence: str) -> None:
    """What SQLite doesn't mind is found all the same."""
    assert [each for each in spoil(version_1, statement) if sentence in each]


def test_all_that_is_wrong_is_said_at_once(version_1: Path) -> None:
    """Each kind has its sentences, and many of a kind are counted."""
    many = """INSERT INTO delivery (event, target, state, tries, due_at, error)
        SELECT 1, 't' || item, 'done', 0, 0, '' FROM known"""
    wrong = spoil(
        version_1, many, "UPDATE stream SET floor = 'x' WHERE id = 1", "DELETE FROM watch"
    )

    assert len([each for each in wrong if "but not settled" in each]) == 20
    assert "… and 11 more like that." in wrong
    assert any("floor" in each for each in wrong)
    assert len([each for each in wrong if "begun" in each]) == 3


def test_a_damaged_page_is_said(version_1: Path) -> None:
    """What SQLite itself finds is told in a line."""
    file = version_1 / NAME
    with closing(sqlite3.connect(file)) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'known'").fetchone()
    content = bytearray(file.read_bytes())
    content[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    file.write_bytes(content)

    (sentence,) = verify(file).wrong

    assert "It can't be used" in sentence
    assert "\n" not in sentence


def test_what_is_no_state_is_said(tmp_path: Path) -> None:
    """Garbage is wrong; a file that isn't there, or is a folder, is an error."""
    (tmp_path / "a.db").write_bytes(b"precious" * 999)

    assert verify(tmp_path / "a.db").wrong == ("It can't be used: file is not a database.",)
    for name in ("b.db", "."):
        with pytest.raises(StateError, match=r"can't be read|is not a file"):
            verify(tmp_path / name)
