"""What is kept to decide again: items, versions of rules, and what became of events."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from gazelled.model import Delivery, Event, Item, StreamId
from gazelled.store import (
    DeliveryState,
    LookTransaction,
    RuleVersion,
    SeenItem,
    Store,
    WatchFindings,
)
from gazelled.store.backup.verifying import verify

INBOX = StreamId("inbox")
UPLOADS = StreamId("uploads")

DAY = timedelta(days=1)


def reads(name: str, **more: object) -> Item:
    """Make an item."""
    return Item(name, "torrent", f"Reads {name}", tags=("yeast",), size=7, fields=more)


async def test_items_are_kept_as_they_were_seen(store: Store, noon: datetime) -> None:
    """What was new since a time is told in the order of being seen, with all its fields."""
    first, second, third = reads("1", seeders=3, format=None), reads("2"), reads("3")
    await store.commit_look(LookTransaction(UPLOADS, at=noon, items=[first]))
    await store.commit_look(LookTransaction(UPLOADS, at=noon + DAY, items=[second, third]))
    await store.commit_look(LookTransaction(INBOX, at=noon + DAY, items=[reads("4")]))

    assert await store.archive.items(UPLOADS, noon) == [
        SeenItem(UPLOADS, first, noon),
        SeenItem(UPLOADS, second, noon + DAY),
        SeenItem(UPLOADS, third, noon + DAY),
    ]
    assert [each.item.id for each in await store.archive.items(UPLOADS, noon + DAY)] == [
        "2",
        "3",
    ]
    assert await store.archive.items(StreamId("nowhere"), noon) == []
    assert verify(store.path).wrong == ()


async def test_an_item_is_told_from_each_stream(store: Store, noon: datetime) -> None:
    """An id finds its item wherever it was seen; what came back is as it was seen last."""
    await store.commit_look(LookTransaction(UPLOADS, at=noon, items=[reads("1", seeders=3)]))
    await store.commit_look(
        LookTransaction(StreamId("collage"), at=noon + DAY, items=[reads("1", seeders=5)])
    )
    await store.commit_look(
        LookTransaction(UPLOADS, at=noon + 2 * DAY, items=[reads("1", seeders=9)])
    )

    assert [(each.stream, each.item.fields, each.at) for each in await store.archive.item("1")] == [
        ("collage", {"seeders": 5}, noon + DAY),
        ("uploads", {"seeders": 9}, noon + 2 * DAY),
    ]
    assert await store.archive.item("2") == []


async def test_what_is_known_without_being_kept_is_told(store: Store) -> None:
    """An id that was there at a first look is known in that stream."""
    await store.commit_look(LookTransaction(UPLOADS, known=["1", "2"]))
    await store.commit_look(LookTransaction(INBOX, known=["1"]))

    assert await store.streams.knowing("1") == ["uploads", "inbox"]
    assert await store.streams.knowing("2") == ["uploads"]
    assert await store.streams.knowing("3") == []


async def test_a_rule_has_a_version_for_each_change(store: Store, noon: datetime) -> None:
    """The same text again is the same version, and an old text that comes back is a new one."""
    for day, text in enumerate(["a", "a", "b", "b", "a"]):
        rules = {"yeast": text, "mice": "c"}
        await store.commit_look(LookTransaction(UPLOADS, at=noon + day * DAY, rules=rules))

    assert await store.watches.rules("yeast") == [
        RuleVersion("yeast", "a", noon),
        RuleVersion("yeast", "b", noon + 2 * DAY),
        RuleVersion("yeast", "a", noon + 4 * DAY),
    ]
    assert await store.watches.rules("mice") == [RuleVersion("mice", "c", noon)]
    assert await store.watches.rules("rats") == []


async def test_what_is_kept_has_a_time(store: Store) -> None:
    """Items without the time of their look are a mistake of ours, and nothing is written."""
    with pytest.raises(ValueError, match="time of their look"):
        await store.commit_look(LookTransaction(UPLOADS, known=["1"], items=[reads("1")]))

    assert await store.streams.known(UPLOADS, ["1"]) == set()


async def test_an_event_is_found_by_its_key_and_by_its_items(
    store: Store, make_event: Callable[..., Event]
) -> None:
    """An id finds the events that are about it, and not those that only name it."""
    event, other = make_event("63"), make_event('6"3')
    for each in (event, other, make_event("630")):
        await store.outbox.add(each, ["phone"])

    assert await store.archive.event_of("63") == event
    assert await store.archive.event_of("64") is None
    assert await store.archive.events_about("63") == [event]
    assert await store.archive.events_about('6"3') == [other]


async def test_deliveries_of_an_event_are_told(
    store: Store, make_event: Callable[..., Event], noon: datetime
) -> None:
    """Each says how it stands: waiting, failing, done."""
    event = make_event("e")
    await store.outbox.add(event, ["phone", "feed", "lab"])
    await store.outbox.settle(Delivery(event, "phone"), "done", noon)
    await store.outbox.start(Delivery(event, "feed"), noon)
    await store.outbox.postpone(Delivery(event, "feed"), noon + DAY, "503", noon)

    assert await store.archive.deliveries_of("e") == [
        DeliveryState("phone", "done", 0, None, noon, ""),
        DeliveryState("feed", "failed", 1, noon + DAY, None, "503"),
        DeliveryState("lab", "waiting", 0, None, None, ""),
    ]
    assert await store.archive.deliveries_of("f") == []


async def test_what_is_old_goes(store: Store, noon: datetime) -> None:
    """Items go by age and number, and a rule stays as long as an item was decided by it."""
    for day in range(5):
        items = [reads(f"{day}-{number}") for number in range(3)]
        rules = {"yeast": str(day)}
        look = LookTransaction(
            UPLOADS,
            known=[item.id for item in items],
            at=noon + day * DAY,
            items=items,
            rules=rules,
        )
        await store.commit_look(look)

    await store.prune(noon + 1.5 * DAY)
    by_age = [each.item.id for each in await store.archive.items(UPLOADS, noon)]
    rules_left = [each.text for each in await store.watches.rules("yeast")]
    await store.prune(noon, most=4)

    assert by_age == [f"{day}-{number}" for day in (2, 3, 4) for number in range(3)]
    assert rules_left == ["1", "2", "3", "4"]
    left = [each.item.id for each in await store.archive.items(UPLOADS, noon)]
    assert left[1:] == ["4-0", "4-1", "4-2"]
    assert len(left) == 4
    assert await store.streams.knowing("0-0") == ["uploads"]


async def test_what_cannot_be_read_is_said(store: Store, noon: datetime) -> None:
    """Verifying reads items and rules too."""
    await store.commit_look(
        LookTransaction(UPLOADS, at=noon, items=[reads("1")], rules={"yeast": "a"})
    )
    await store.close()
    with closing(sqlite3.connect(store.path)) as db:
        db.execute("UPDATE item SET body = '[1]'")
        db.execute("UPDATE rule SET since = 'noon'")
        db.commit()

    item, rule = verify(store.path).wrong

    assert item.startswith("The item 1 (1) can't be read: TypeError")
    assert rule == "When a rule of yeast became valid is no time: 'noon'."


async def test_the_newest_items_and_events_come_first(
    store: Store, noon: datetime, make_event: Callable[..., Event]
) -> None:
    """Of one source or watch, and only so many."""
    for number in range(4):
        event = make_event(f"yeast:new:{number}", minutes=number)
        look = LookTransaction(
            UPLOADS, at=noon + number * DAY, items=[reads(str(number))], events=[(event, [])]
        )
        await store.commit_look(look)
    await store.commit_look(LookTransaction(INBOX, at=noon + 9 * DAY, items=[reads("9")]))
    for key in ("yeast-2:new:1", "yeast:first-look:browse", "wanted:first-look:requests"):
        await store.commit_look(LookTransaction(INBOX, events=[(make_event(key), [])]))

    newest = await store.archive.newest_items(UPLOADS, 2)
    assert [seen.item.id for seen in newest] == ["3", "2"]
    assert newest[0] == SeenItem(UPLOADS, reads("3"), noon + 3 * DAY)
    assert await store.archive.newest_items(StreamId("nowhere"), 2) == []
    _, *events = await store.archive.newest_events("yeast", 4)
    assert [event.key for event in events] == ["yeast:new:3", "yeast:new:2", "yeast:new:1"]
    older = await store.archive.newest_events("yeast", 2, skip=2)
    assert [event.key for event in older] == ["yeast:new:2", "yeast:new:1"]
    assert await store.archive.newest_events("nobody", 3) == []
    assert await store.archive.findings(["yeast", "wanted", "nobody"]) == {
        "yeast": WatchFindings(4, "yeast:new:3", "New: yeast:new:3", events[0].at)
    }


async def test_pages_look_items_and_events_up_by_indexes(store: Store) -> None:
    """A state of many items shows its newest ones without reading the others."""
    plans = {
        "item": "SELECT item.name FROM stream CROSS JOIN item INDEXED BY item_at "
        "ON stream.id = item.stream WHERE stream.name = 'a' ORDER BY item.at DESC LIMIT 3",
        "event": "SELECT count(*), max(id) FROM event WHERE key >= 'a:' AND key < 'a;' "
        "AND NOT (key >= 'a:first-look:' AND key < 'a:first-look;')",
    }
    with closing(sqlite3.connect(store.path)) as db:
        for query in plans.values():
            steps = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}"))
            assert "COVERING INDEX" in steps or "item_at" in steps
            assert "TEMP B-TREE" not in steps
