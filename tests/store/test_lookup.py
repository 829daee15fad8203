"""What people look for in what is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from gazelled.model import Event, EventKind, Item, StreamId
from gazelled.store import LookTransaction, Store

INBOX = StreamId("inbox")

DAY = timedelta(days=1)


def message(name: str) -> Item:
    """Make an item that comes back, with its revision."""
    return Item(name, "conversation", "Hello")


def event(watch: str, at: datetime, number: int) -> Event:
    """Make an event."""
    key = f"{watch}:new:{number}"
    return Event(key, EventKind.NEW, watch, at, "Hello", "", (message(str(number)),))


async def test_a_thing_has_revisions(store: Store, noon: datetime) -> None:
    """Those that are kept are told, the newest first, then those known; none of another thing."""
    await store.commit_look(
        LookTransaction(INBOX, at=noon, items=[message("5:1"), message("55:1")])
    )
    look = LookTransaction(INBOX, at=noon + DAY, items=[message("5:2")], known=["5:0", "5:2", "6"])
    await store.commit_look(look)
    assert await store.archive.revisions("5") == ["5:2", "5:1", "5:0"]
    assert await store.archive.revisions("5:1") == ["5:1"]
    assert await store.archive.revisions("6") == []


async def test_streams_of_which_items_are_kept(store: Store, noon: datetime) -> None:
    """One of which nothing is kept isn't among them."""
    await store.commit_look(LookTransaction(INBOX, at=noon, items=[message("5:1")]))
    await store.commit_look(LookTransaction(StreamId("uploads"), at=noon))
    assert await store.archive.streams() == ["inbox"]


async def test_events_of_a_watch(store: Store, noon: datetime) -> None:
    """Those since a time are told, the oldest first, and none of another watch."""
    every = [event("yeast", noon + DAY * number, number) for number in range(3)]
    for each in [*every, event("yeast-2", noon + DAY, 9)]:
        await store.outbox.add(each, [])
    assert await store.archive.events_of("yeast", noon + DAY) == every[1:]
    assert await store.archive.events_of("mice", noon) == []
