"""What is known of the streams."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gazelled.model import Event
from gazelled.store import Look, Store, StreamState


async def test_a_stream_begins_with_its_first_look(store: Store) -> None:
    """Before the first look there is no watermark; afterwards it says how far."""
    before = await store.stream("uploads")
    await store.commit_look(Look("uploads", watermark="100", floor="90"))

    assert before == StreamState("uploads", "", "", begun=False)
    assert await store.stream("uploads") == StreamState("uploads", "100", "90", begun=True)


async def test_ids_are_known_in_their_stream_only(store: Store) -> None:
    """The same id in another stream is news."""
    await store.commit_look(Look("uploads", add=["1", "2"]))
    await store.commit_look(Look("collage 1", add=["3"]))

    assert await store.known("uploads", ["1", "2", "3"]) == {"1", "2"}
    assert await store.known("collage 1", ["1", "2", "3"]) == {"3"}
    assert await store.known("nowhere", ["1"]) == set()


async def test_ids_are_texts_and_not_numbers(store: Store) -> None:
    """Ids that are equal as numbers, or odd, are different ids."""
    odd = ["1", "01", "1.0", " 1", "", "é", "7:2026-03-01 12:00:00", "\x00", "x" * 5000]
    await store.commit_look(Look("odd", add=odd[1:]))

    assert await store.known("odd", odd) == set(odd[1:])


async def test_known_ids_can_be_forgotten(store: Store) -> None:
    """What comes back as a new revision takes the old one's place; adding wins."""
    await store.commit_look(Look("inbox", add=["1:a", "2:a"]))
    await store.commit_look(Look("inbox", forget=["1:a", "2:a"], add=["1:b", "2:a"]))

    assert await store.known("inbox", ["1:a", "1:b", "2:a"]) == {"1:b", "2:a"}


async def test_each_watch_has_its_own_first_look(store: Store) -> None:
    """That one watch has begun on a stream says nothing of another watch or stream."""
    await store.commit_look(Look("uploads", begun=["yeast"]))
    await store.commit_look(Look("inbox"))

    assert await store.begun("uploads") == {"yeast"}
    assert await store.begun("inbox") == await store.begun("never seen") == set()


async def test_a_look_again_changes_nothing(store: Store, make_event: Callable[..., Event]) -> None:
    """The same look committed twice is one: ids, events, deliveries and gaps."""
    look = Look(
        "uploads",
        add=["1", "1"],
        watermark="1",
        begun=["yeast"],
        events=[(make_event("e"), ["phone", "feed"])],
        gaps=[("5", "9")],
    )
    await store.commit_look(look)
    once = await store.counts()
    await store.commit_look(look)

    assert once == {"pending": 2, "done": 0, "given_up": 0, "events": 1, "gaps": 1}
    assert await store.counts() == once


async def test_a_look_that_fails_changes_nothing(
    store: Store, make_event: Callable[..., Event]
) -> None:
    """If a part of a look can't be written, none of it is."""
    broken = Look("uploads", add=["1"], watermark="1", events=[(make_event("e"), ["\ud800"])])

    with pytest.raises(UnicodeEncodeError):
        await store.commit_look(broken)

    assert await store.stream("uploads") == StreamState("uploads")
    assert (await store.counts())["events"] == 0


async def test_a_known_id_costs_few_bytes(store: Store, folder: Path) -> None:
    """A hundred thousand ids fit into four megabytes."""
    await store.commit_look(Look("uploads", add=[str(each) for each in range(100_000, 200_000)]))
    await store.close()

    with closing(sqlite3.connect(folder / "gazelled.db")) as db:
        db.execute("VACUUM")
    assert (folder / "gazelled.db").stat().st_size / 100_000 < 40
