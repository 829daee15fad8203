"""Events and their deliveries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gazelled.model import Delivery, Event, StreamId
from gazelled.store import LookTransaction, PendingDelivery, Store

UPLOADS = StreamId("uploads")

Make = Callable[..., Event]


async def test_an_event_is_due_at_each_of_its_targets(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """One event to two targets is two deliveries, due at once, in their first try."""
    event = make_event("e")
    await store.commit_look(LookTransaction(UPLOADS, events=[(event, ["phone", "feed"])]))

    at_once = datetime(1970, 1, 1, tzinfo=UTC)
    assert await store.outbox.due(noon) == [
        PendingDelivery(Delivery(event, "phone", 1), noon, at_once),
        PendingDelivery(Delivery(event, "feed", 1), noon, at_once),
    ]


async def test_equal_keys_are_one_event(store: Store, make_event: Make, noon: datetime) -> None:
    """An event that is there already stays as it is; only targets that are new to it are added."""
    await store.outbox.add(make_event("e"), ["phone"])
    await store.outbox.add(make_event("e", minutes=5), ["phone", "feed"])

    assert (await store.counts())["events"] == 1
    assert [each.delivery.key for each in await store.outbox.due(noon)] == ["e@phone", "e@feed"]
    assert [each.first_at for each in await store.outbox.due(noon)] == [noon, noon]


async def test_only_the_oldest_of_a_target_is_due(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """The second waits until the first is settled."""
    for key in "ab":
        await store.outbox.add(make_event(key), ["phone"])
    (first,) = await store.outbox.due(noon)
    await store.outbox.settle(first.delivery, "done", noon)

    assert first.delivery.key == "a@phone"
    assert [each.delivery.key for each in await store.outbox.due(noon)] == ["b@phone"]


async def test_what_is_postponed_holds_its_queue_and_no_other(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """A postponed delivery is due later; those behind it wait, another target doesn't."""
    for key in "ab":
        await store.outbox.add(make_event(key), ["phone", "feed"])
    later = noon + timedelta(minutes=1)
    await store.outbox.postpone(Delivery(make_event("a"), "phone"), later, "busy \udcff", noon)

    assert [each.delivery.key for each in await store.outbox.due(noon)] == ["a@feed"]
    assert [each.delivery.key for each in await store.outbox.due(later)] == ["a@phone", "a@feed"]
    assert await store.outbox.next_due(besides=["feed"]) == later


async def test_next_due_looks_at_the_heads_of_queues(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """When something is next due is told without what is busy; None when all is settled."""
    empty = await store.outbox.next_due()
    await store.outbox.add(make_event("a"), ["phone"])
    at_once = await store.outbox.next_due()
    busy = await store.outbox.next_due(besides=["phone"])
    await store.outbox.settle(Delivery(make_event("a"), "phone"), "dead", noon)

    assert (empty, busy, await store.outbox.next_due()) == (None, None, None)
    assert at_once is not None
    assert at_once <= noon


async def test_due_leaves_out_and_limits(store: Store, make_event: Make, noon: datetime) -> None:
    """Targets can be left out, and no more are told than asked for."""
    await store.outbox.add(make_event("a"), ["one", "two", "three"])

    found = await store.outbox.due(noon, 1, besides={"one", 'it\'s "quoted"'})

    assert [each.delivery.target for each in found] == ["two"]


async def test_a_target_can_take_what_is_urgent_alone(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """What is urgent is due in its order, whatever waits before it; other targets take all."""
    for key in "aBcD":
        event = replace(make_event(key), urgent=key.isupper())
        await store.outbox.add(event, ["phone", "feed"])
    other, first = await store.outbox.due(noon, urgent=["phone"])
    await store.outbox.settle(first.delivery, "done", noon)
    _, second = await store.outbox.due(noon, urgent=["phone"])
    await store.outbox.settle(second.delivery, "done", noon)

    found = [first.delivery.key, second.delivery.key, other.delivery.key]
    assert found == ["B@phone", "D@phone", "a@feed"]
    assert await store.outbox.next_due(urgent=["phone"], besides=["feed"]) is None
    assert await store.outbox.next_due(besides=["feed"]) is not None


async def test_a_try_is_counted_when_it_starts(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """Whatever ends a try, the next one has the next number."""
    await store.outbox.add(make_event("a"), ["phone"])
    for _ in range(3):
        (pending,) = await store.outbox.due(noon)
        await store.outbox.start(pending.delivery, noon)

    assert [each.delivery.attempt for each in await store.outbox.due(noon)] == [4]


async def test_the_first_verdict_stays(store: Store, make_event: Make, noon: datetime) -> None:
    """A settled delivery can't be settled otherwise, postponed, or queued again."""
    delivery = Delivery(make_event("a"), "phone")
    await store.outbox.add(delivery.event, ["phone"])
    await store.outbox.settle(delivery, "done", noon)
    await store.outbox.settle(delivery, "dead", noon)
    await store.outbox.postpone(delivery, noon, "late", noon)
    await store.outbox.add(delivery.event, ["phone"])

    assert await store.counts() == {
        "pending": 0,
        "done": 1,
        "given_up": 0,
        "events": 1,
        "gaps": 0,
    }


async def test_old_events_are_pruned_when_all_is_settled(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """What is pending or was settled lately is kept as a whole; known ids are kept for ever."""
    for key in ("old", "half", "lately"):
        await store.outbox.add(make_event(key), ["phone", "feed"])
    await store.outbox.add(make_event("untold"), [])
    await store.outbox.add(make_event("new", minutes=120), [])
    await store.commit_look(LookTransaction(UPLOADS, known=["1"]))
    hour = noon + timedelta(hours=1)
    for key, target, at in (
        ("old", "phone", noon),
        ("old", "feed", noon),
        ("half", "phone", noon),
        ("lately", "phone", noon),
        ("lately", "feed", hour),
    ):
        await store.outbox.settle(Delivery(make_event(key), target), "done", at)

    await store.prune(hour)

    assert await store.counts() == {
        "pending": 1,
        "done": 3,
        "given_up": 0,
        "events": 3,
        "gaps": 0,
    }
    assert await store.streams.known(UPLOADS, ["1"]) == {"1"}
