"""Older states become newer ones, wholly or not at all, with a backup from before."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.store.conftest import marked, marks_of

from gazelled.errors import StateError
from gazelled.model import Event, Position, StreamId
from gazelled.store import (
    Hole,
    JsonRecords,
    LookTransaction,
    Mark,
    MarkState,
    Store,
    StreamState,
)
from gazelled.store.backup.copying import backups, flaw
from gazelled.store.backup.verifying import verify
from gazelled.store.codec import dump_event, to_number
from gazelled.store.migrations import MIGRATIONS, migrate
from gazelled.store.opening import NAME, connect

BROWSE = StreamId("browse group_results=0")

FIRST = MIGRATIONS[:1]
GOOD = ("CREATE TABLE more (it)", "INSERT INTO more VALUES (1)", "UPDATE stream SET floor = '7'")
BAD = ("DELETE FROM known", "CREATE TABLE other (it)", "INSERT INTO nowhere VALUES (1)")
CHILD = """
import sys
from pathlib import Path
from gazelled.store.opening import connect
from gazelled.store.codec import dump_event, to_number
from gazelled.store.migrations import MIGRATIONS

MANY = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
SLOW = (
    "CREATE TABLE more (it TEXT)",
    *["INSERT INTO more " + MANY + " SELECT hex(randomblob(50)) FROM n" for _ in range(10)],
    "DELETE FROM known",
)
print("go", flush=True)
connect(Path(sys.argv[1]), (*MIGRATIONS[:1], SLOW)).close()
print("done", flush=True)
"""


def everything(file: Path) -> list[str]:
    """Read all that a database holds."""
    with closing(sqlite3.connect(file)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        return [f"version {version}", *db.iterdump()]


async def test_version_1_becomes_the_newest(version_1: Path, noon: datetime) -> None:
    """A state that the first version wrote is opened with all that it held."""
    async with await Store.open(version_1) as store:
        uploads = await store.streams.state(BROWSE)
        known = await store.streams.known(BROWSE, ["99", "100", "129"])
        begun = (await store.streams.state(BROWSE)).watches
        due = await store.outbox.due(noon + timedelta(hours=1))
        counts = dict(await store.counts())
        runs = await store.last_runs()
        salt = await store.get_kv("salt")

    assert uploads == StreamState(BROWSE, Position(129), Position(100), begun=True)
    assert known == {"100", "129"}
    assert begun == {"mice": None, "yeast": None}
    assert [(each.delivery.key, each.delivery.attempt) for each in due] == [
        ("yeast:new:128@phone", 2)
    ]
    assert due[0].delivery.event.item.fields == {"license": "CC0", "seeders": 3, "format": None}
    assert counts == {"pending": 2, "done": 1, "given_up": 0, "events": 2, "gaps": 1}
    assert runs == {"browse group_results=0": noon}
    assert salt == "6f1c"


async def test_version_2_becomes_the_newest(version_2: Path, noon: datetime) -> None:
    """A state that the second version wrote is opened with all that it held, and can hold more."""
    uploads = "browse group_results=0"
    async with await Store.open(version_2) as store:
        await store.commit_look(
            LookTransaction(
                StreamId("inbox"), marks=[marked("inbox", **{"7": "x"})], holes=[Hole(1, 5)]
            )
        )
        await store.mark_in_use([], [], noon)
        await store.prune(noon - timedelta(days=90))

        assert await store.streams.state(StreamId(uploads)) == StreamState(
            StreamId(uploads), Position(129), Position(100), begun=True
        )
        assert await store.streams.known(StreamId(uploads), ["99", "120", "129"]) == {"120", "129"}
        assert (await store.streams.state(StreamId(uploads))).watches.keys() == {"mice", "yeast"}
        assert await store.streams.gaps(StreamId(uploads)) == [("40", "60")]
        assert [
            each.item.fields["authors"]
            for each in await store.archive.items(StreamId(uploads), noon)
        ] == [
            ("Sanger", "Pasteur"),
            ("Sanger", "Pasteur"),
        ]
        assert [each.text for each in await store.watches.rules("yeast")] == [
            "{}",
            '{"tags":["yeast"]}',
        ]
        assert await store.watches.names() == {"inbox", "mice", "yeast"}
        assert await marks_of(store, "inbox") == {"7": "x"}
        assert await store.streams.holes() == {"inbox": [(1, 5)]}
        (event,) = await store.archive.events_about("128")
        assert (event.changes, event.urgent) == ((), False)
        assert verify(store.path).wrong == ()


async def test_version_3_becomes_the_newest(version_3: Path, noon: datetime) -> None:
    """Marks, holes and what waited to be delivered are there, and deliveries can be begun."""
    async with await Store.open(version_3) as store:
        assert await store.watches.marks("inbox", "") == {
            "7": Mark('{"raised":true}'),
            "8:2026-03-01 12:00:00": Mark('{"fields":{"unread":true}}'),
        }
        assert await store.streams.holes() == {BROWSE: [(61, 80), (90, 95)]}
        assert (await store.streams.state(BROWSE)).watches == {"mice": Position(99), "yeast": None}
        due = await store.outbox.due(noon + timedelta(hours=1))
        assert [each.delivery.key for each in due] == ["yeast:new:128@phone"]
        await store.outbox.start(due[0].delivery, noon)
        assert [each.delivery.key for each in await store.outbox.under_way()] == [
            "yeast:new:128@phone"
        ]
        assert verify(store.path).wrong == ()


async def test_version_4_becomes_the_newest(folder: Path) -> None:
    """What stood before things and before what is remembered of them is a scope and a state."""
    scope, other = "gone 0123abcd", "alert 76543210"
    connect(folder, MIGRATIONS[:4]).close()
    with closing(sqlite3.connect(folder / NAME)) as db:
        db.execute("INSERT INTO watch (name) VALUES ('list')")
        rows = [
            (f"{scope}:7", '{"id":"7"}'),
            (f"{scope}:8:2026-03-01 12:00:00", '-{"id":"8"}'),
            (f"{other}:7", '{"id":"-"}'),
        ]
        db.executemany("INSERT INTO mark (watch, thing, body) VALUES (1, ?, ?)", rows)
        db.execute("INSERT INTO kv VALUES ('restored:browse', '2026-03-01T12:00:00+00:00')")
        db.commit()
    async with await Store.open(folder) as store:
        assert await store.watches.marks("list", scope) == {
            "7": Mark('{"id":"7"}'),
            "8:2026-03-01 12:00:00": Mark('{"id":"8"}', MarkState.ABSENT),
        }
        assert await store.watches.marks("list", other) == {"7": Mark('{"id":"-"}')}
        restored = JsonRecords(store, "restored", datetime)
        assert await restored.get("browse") == datetime(2026, 3, 1, 12, tzinfo=UTC)
        assert verify(store.path).wrong == ()


async def test_version_5_becomes_the_newest(
    folder: Path, make_event: Callable[..., Event], noon: datetime
) -> None:
    """What waits, failed, was under way, is done or was given up has the state that it has now."""
    connect(folder, MIGRATIONS[:5]).close()
    events = [make_event("plain"), replace(make_event("URGENT"), urgent=True)]
    at = to_number(noon)
    rows = [
        (1, "new", "pending", 0, 0, None, "", None, 0),
        (2, "new", "pending", 0, 0, None, "", None, 0),
        (1, "failed", "pending", 2, at + 5, None, "503", None, 0),
        (1, "under way", "pending", 3, at, None, "503", at, 0),
        (1, "suspect", "pending", 1, at + 5, None, "", None, 1),
        (1, "done", "done", 1, 0, at, "", None, 0),
        (1, "given up", "given-up", 9, 0, at, "no", None, 0),
    ]
    with closing(sqlite3.connect(folder / NAME)) as db:
        for event in events:
            body = dump_event(event)
            db.execute("INSERT INTO event (key, at, body) VALUES (?, ?, ?)", (event.key, at, body))
        db.executemany(
            """INSERT INTO delivery
            (event, target, state, tries, due_at, settled_at, error, begun, kills)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            rows,
        )
        db.commit()
    async with await Store.open(folder) as store:
        states = {each.target: each for each in await store.archive.deliveries_of("plain")}
        urgent = await store.outbox.due(noon, urgent=["new", "failed"])
        under_way = await store.outbox.under_way()
        suspect = await store.outbox.suspect(3)
        failed = await store.outbox.oldest("failed")
        assert verify(store.path).wrong == ()

    assert {target: each.state for target, each in states.items()} == {
        "new": "waiting",
        "failed": "failed",
        "under way": "sending",
        "suspect": "failed",
        "done": "done",
        "given up": "dead",
    }
    assert states["given up"].error == "no"
    assert {each.delivery.key for each in urgent} == {"URGENT@new", "plain@under way"}
    assert [each.delivery.key for each in under_way] == ["plain@under way"]
    assert suspect is not None
    assert (suspect.delivery.key, suspect.kills) == ("plain@suspect", 1)
    assert failed is not None
    assert (failed.failures, failed.failing_since, failed.delivery.attempt) == (2, noon, 3)


def test_the_cost_of_migrating_grows_with_what_is_stored(make_event: Callable[..., Event]) -> None:
    """Eight times the deliveries take about eight times the work, and not its square."""
    small, large = (work_of_migrating(number, make_event("a")) for number in (100, 800))

    assert large < 16 * small


def work_of_migrating(number: int, event: Event) -> int:
    """Return how often SQLite took a hundred steps to migrate so many settled deliveries."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("PRAGMA foreign_keys = ON")
        migrate(db, 0, MIGRATIONS[:5])
        rows = [(place, str(place), dump_event(event)) for place in range(number)]
        db.executemany("INSERT INTO event (id, key, at, body) VALUES (?, ?, 0, ?)", rows)
        db.execute(
            """INSERT INTO delivery (event, target, state, tries, due_at, settled_at, error)
            SELECT id, 'phone', 'done', 1, 0, 0, '' FROM event"""
        )
        db.set_progress_handler(count, 100)
        migrate(db, 5)
    return steps


@pytest.mark.parametrize("older", ["version_1", "version_2", "version_3"])
def test_what_was_upgraded_is_as_what_is_made_new(
    request: pytest.FixtureRequest, older: str, tmp_path: Path
) -> None:
    """An upgraded state has the tables of a new one."""
    upgraded: Path = request.getfixturevalue(older)
    connect(upgraded).close()
    connect(tmp_path / "new").close()

    tables = [
        {line for line in everything(folder / NAME) if line.startswith(("CREATE", "version"))}
        for folder in (upgraded, tmp_path / "new")
    ]
    assert tables[0] == tables[1]


def test_a_backup_is_made_before(version_1: Path) -> None:
    """It holds all that was there, in the older version; a second start makes none."""
    before = everything(version_1 / NAME)
    for _ in range(2):
        connect(version_1, (*FIRST, GOOD)).close()

    (kept,) = backups(version_1)
    assert kept.version == 1
    assert everything(kept.file) == before
    assert 'INSERT INTO "more" VALUES(1);' in everything(version_1 / NAME)


def test_without_migrations_there_is_no_backup(folder: Path) -> None:
    """Neither a new state nor one that is up to date is copied at start."""
    for _ in range(2):
        connect(folder).close()

    assert backups(folder) == []


@pytest.mark.parametrize("migrations", [(BAD,), (GOOD, BAD)], ids=["first", "second"])
def test_a_migration_that_fails_changes_nothing(
    version_1: Path, migrations: tuple[tuple[str, ...], ...]
) -> None:
    """Of several none is kept, and the sentence says where the backup is."""
    before = everything(version_1 / NAME)

    with pytest.raises(StateError, match=r"Nothing was changed, and a backup") as raised:
        connect(version_1, (*FIRST, *migrations))

    (kept,) = backups(version_1)
    assert everything(version_1 / NAME) == before
    assert str(kept.file) in str(raised.value)
    assert f"version 1 to {1 + len(migrations)}" in str(raised.value)
    assert "no such table: nowhere" in str(raised.value)
    connect(version_1, FIRST).close()


def test_without_a_backup_nothing_is_migrated(version_1: Path) -> None:
    """When no backup can be made, the state stays as it is."""
    (version_1 / "backups").touch()
    before = everything(version_1 / NAME)

    with pytest.raises(StateError, match="No backup can be written"):
        connect(version_1, (*FIRST, GOOD))

    assert everything(version_1 / NAME) == before


async def test_a_damaged_state_names_its_newest_good_backup(version_1: Path) -> None:
    """The sentence holds the whole command that brings it back."""
    connect(version_1, (*FIRST, GOOD)).close()
    (kept,) = backups(version_1)
    (version_1 / NAME).write_bytes(b"x" * 5000)

    with pytest.raises(StateError, match="is damaged") as raised:
        await Store.open(version_1)

    assert f"gazelled --state {version_1} state restore {kept.file}" in str(raised.value)
    assert (version_1 / NAME).read_bytes() == b"x" * 5000


@pytest.mark.slow
def test_a_kill_during_a_migration_changes_nothing_or_all(version_1: Path) -> None:
    """After each kill the state is the older one or the newer one, and the next start goes on."""
    chance = random.Random(NAME)  # noqa: S311 - no secret
    before = everything(version_1 / NAME)
    for _ in range(8):
        with subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-c", CHILD, str(version_1)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "go\n"
            time.sleep(chance.uniform(0, 0.3))
            child.kill()
            rest = child.stdout.read()
        if rest:
            break
        with closing(sqlite3.connect(version_1 / NAME)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            (known,) = db.execute("SELECT count(*) FROM known").fetchone()
        assert (version, known) in {(1, 31), (2, 0)}
        assert {flaw(each.file) for each in backups(version_1)} <= {""}
        if version == 2:
            break
        assert everything(version_1 / NAME) == before

    done = subprocess.run(  # noqa: S603 - likewise
        [sys.executable, "-c", CHILD, str(version_1)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "go\ndone\n"
    assert len(backups(version_1)) <= 3
