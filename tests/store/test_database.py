"""The store as a whole: small things, cancellation, restarts."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gazelled.model import Event, EventKind, Item, Position, StreamId
from gazelled.store import LookTransaction, Store
from gazelled.store.backup.verifying import verify

UPLOADS = StreamId("uploads")


async def test_small_things_are_remembered(store: Store) -> None:
    """A value is told under its key, replaced, and forgotten."""
    await store.set_kv("stop", "403")
    await store.set_kv("stop", "banned ✋")
    remembered = await store.get_kv("stop")
    await store.set_kv("stop", None)

    assert remembered == "banned ✋"
    assert await store.get_kv("stop") is None
    assert await store.get_kv("never") is None


async def test_values_of_topics_are_read_together(store: Store) -> None:
    """Those whose keys begin with a topic and a colon, and no others."""
    for key in (
        "pages:uploads",
        "pages:requests",
        "pages",
        "page:uploads",
        "pagest:x",
        "named:a:b",
    ):
        await store.set_kv(key, f"<{key}>")
    assert await store.kv_texts("pages", "named", "never") == {
        "pages:uploads": "<pages:uploads>",
        "pages:requests": "<pages:requests>",
        "named:a:b": "<named:a:b>",
    }


async def test_last_runs_are_remembered(store: Store, noon: datetime) -> None:
    """The latest run of each job is told."""
    await store.mark_run("watch.yeast", noon - timedelta(hours=1))
    await store.mark_run("watch.yeast", noon)
    await store.mark_run("prune", noon)

    assert await store.last_runs() == {"watch.yeast": noon, "prune": noon}


async def test_a_report_and_that_it_was_made_are_one_commit(store: Store, noon: datetime) -> None:
    """So that a crash between the two can't make it twice; it isn't written without its event."""
    event = Event("w:report:1", EventKind.REPORT, "w", noon, "T", "", (Item("1", "report", "T"),))
    await store.outbox.add(event, ["phone"], ran="top10 for w")
    assert await store.last_runs() == {"top10 for w": noon}
    naive = replace(event, key="w:report:2", at=noon.replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        await store.outbox.add(naive, ["phone"], ran="other")
    assert (await store.last_runs()).keys() == {"top10 for w"}


async def test_all_survives_a_restart(folder: Path, noon: datetime) -> None:
    """What was written before closing is there after opening."""
    async with await Store.open(folder) as store:
        await store.set_kv("a", "b")
        await store.mark_run("job", noon)
        await store.commit_look(LookTransaction(UPLOADS, known=["1"], watermark=Position(1)))

    async with await Store.open(folder) as store:
        assert await store.get_kv("a") == "b"
        assert await store.last_runs() == {"job": noon}
        assert await store.streams.known(UPLOADS, ["1"]) == {"1"}


async def test_cancelling_does_not_take_a_write_back(folder: Path) -> None:
    """Whoever is cancelled while a write waits for its turn has written nevertheless."""
    store = await Store.open(folder)
    blocked = threading.Event()
    ahead = asyncio.ensure_future(store._database.run(lambda: blocked.wait(5)))
    write = asyncio.ensure_future(store.set_kv("a", "b"))
    await asyncio.sleep(0)
    write.cancel()
    with pytest.raises(asyncio.CancelledError):
        await write
    blocked.set()
    await ahead
    await store.close()

    async with await Store.open(folder) as store:
        assert await store.get_kv("a") == "b"


async def test_closing_ends_the_thread(folder: Path) -> None:
    """After closing, twice if need be, no thread of ours is left."""
    store = await Store.open(folder)
    during = [each.name for each in threading.enumerate() if each.name.startswith("store")]
    await store.close()
    await store.close()

    assert during == ["store_0"]
    assert not [each for each in threading.enumerate() if each.name.startswith("store")]


async def test_many_at_once_take_their_turns(store: Store) -> None:
    """Writers from many tasks don't meet in the database."""
    async with asyncio.TaskGroup() as tasks:
        for number in range(100):
            tasks.create_task(store.commit_look(LookTransaction(UPLOADS, known=[str(number)])))

    ids = [str(number) for number in range(100)]
    assert await store.streams.known(UPLOADS, ids) == set(ids)


async def test_a_backup_is_one_moment_while_all_goes_on(store: Store, noon: datetime) -> None:
    """Looks that are committed meanwhile are in it whole or not at all, and don't wait for it."""
    many = [f"{number:09}" for number in range(50_000)]
    await store.commit_look(LookTransaction(StreamId("inbox"), known=many))

    await store.commit_look(LookTransaction(UPLOADS, known=["0"], watermark=Position(0)))
    enough = asyncio.Event()

    async def write() -> None:
        number = 0
        while not enough.is_set():
            number += 1
            await store.commit_look(
                LookTransaction(UPLOADS, known=[str(number)], watermark=Position(str(number)))
            )

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        made = [await store.back_up(noon + timedelta(seconds=each)) for each in range(3)]
        enough.set()

    for each in made:
        assert verify(each.file).wrong == ()
        with closing(sqlite3.connect(each.file)) as db:
            ((watermark,),) = db.execute("SELECT watermark FROM stream WHERE name = 'uploads'")
            (known,) = db.execute("SELECT count(*) FROM known").fetchone()
        assert known == 50_000 + int(watermark) + 1
