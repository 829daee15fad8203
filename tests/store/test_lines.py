"""The lines of targets: who steps aside, what is held or in another message, and what it costs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gazelled.model import Delivery, Event
from gazelled.store import Store
from gazelled.store.codec import dump_event

Make = Callable[..., Event]

MINUTE = timedelta(minutes=1)


async def keys(store: Store, now: datetime) -> list[str]:
    """Return the keys of what is due."""
    return [pending.delivery.key for pending in await store.outbox.due(now)]


async def test_what_stepped_aside_lets_others_go_on(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """It is due again when its own pause is over, and comes before what is due after it."""
    for key in "abc":
        await store.outbox.add(make_event(key), ["phone"])
    first, second = Delivery(make_event("a"), "phone"), Delivery(make_event("b"), "phone")
    await store.outbox.postpone(first, noon + MINUTE, "500", noon, aside=True)
    at_once = await keys(store, noon)
    await store.outbox.postpone(second, noon + 5 * MINUTE, "503", noon)

    assert at_once == ["b@phone"]
    assert await keys(store, noon) == []
    assert await store.outbox.next_due() == noon + MINUTE
    assert await keys(store, noon + MINUTE) == ["a@phone"]
    oldest = await store.outbox.oldest("phone")
    in_line = await store.outbox.oldest("phone", in_line=True)
    assert [each and each.delivery.key for each in (oldest, in_line)] == ["a@phone", "b@phone"]
    assert oldest is not None
    assert (oldest.aside, oldest.failures, oldest.failing_since) == (True, 1, noon)


async def test_a_fault_of_the_target_is_no_failure_of_the_delivery(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """It counts no failure, so that it never leads to its end."""
    await store.outbox.add(make_event("a"), ["phone"])
    await store.outbox.postpone(
        Delivery(make_event("a"), "phone"), noon + MINUTE, "no such address", noon, own=False
    )

    oldest = await store.outbox.oldest("phone")
    assert oldest is not None
    assert (oldest.failures, oldest.failing_since, oldest.due_at) == (0, None, noon + MINUTE)


async def test_what_failed_can_be_made_due(store: Store, make_event: Make, noon: datetime) -> None:
    """At one target, all pauses end; what waits at another one waits on."""
    for target in ("phone", "feed"):
        for key, aside in (("a", True), ("b", False)):
            await store.outbox.add(make_event(key), [target])
            delivery = Delivery(make_event(key), target)
            await store.outbox.postpone(delivery, noon + MINUTE, "500", noon, aside=aside)
    await store.outbox.make_due("phone")

    assert await keys(store, noon) == ["a@phone"]
    assert await store.outbox.next_due(besides=["phone"]) == noon + MINUTE


async def test_parts_are_recorded(store: Store, make_event: Make, noon: datetime) -> None:
    """The next attempt knows how many parts of its message were sent."""
    delivery = Delivery(make_event("a"), "phone")
    await store.outbox.add(delivery.event, ["phone", "feed"])
    await store.outbox.start(delivery, noon)
    await store.outbox.record_parts(delivery, 2)
    await store.outbox.postpone(delivery, noon, "cut off", noon)

    parts = {each.delivery.target: each.delivery for each in await store.outbox.due(noon)}
    assert {name: each.parts_sent for name, each in parts.items()} == {"phone": 2, "feed": 0}


async def test_what_is_combined_shares_the_verdict(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """A delivery whose message another one's is isn't tried, and ends as that ends."""
    for key in "abc":
        await store.outbox.add(make_event(key), ["phone"])
    await store._database.run(
        lambda: store._db.execute("UPDATE delivery SET state = 'held', combined = 3 WHERE id < 3")
    )
    due = await keys(store, noon)
    await store.outbox.settle(Delivery(make_event("c"), "phone"), "dead", noon, "no such number")

    assert due == ["c@phone"]
    for key, into in (("a", "c"), ("b", "c"), ("c", "")):
        (state,) = await store.archive.deliveries_of(key)
        assert (state.state, state.error, state.into) == ("dead", "no such number", into)
    assert await store.outbox.open_targets() == []


async def test_what_is_held_for_a_removed_target_ends_with_its_parts(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """What was to come in one message is dead with it, and not before its time."""
    for key in "ab":
        await store.outbox.add(make_event(key), ["phone"])
    await store._database.run(
        lambda: store._db.execute("UPDATE delivery SET state = 'held', combined = 1 WHERE id = 2")
    )
    await store.outbox.hold_removed("phone", noon + MINUTE)
    await store.outbox.end_removed(noon)
    before = [(await store.archive.deliveries_of(key))[0].state for key in "ab"]
    await store.outbox.end_removed(noon + MINUTE)

    assert before == ["held", "held"]
    assert [(await store.archive.deliveries_of(key))[0].state for key in "ab"] == ["dead", "dead"]


async def test_a_failure_in_the_future_began_now(
    store: Store, make_event: Make, noon: datetime
) -> None:
    """When the clock was wrong, neither a pause nor the week of a delivery is longer for it."""
    later = noon + timedelta(days=400)
    await store.outbox.add(make_event("a"), ["phone"])
    await store.outbox.postpone(Delivery(make_event("a"), "phone"), later + MINUTE, "500", later)
    await store.outbox.rebase_pauses(noon)

    pending = await store.outbox.oldest("phone")
    assert pending is not None
    assert (pending.due_at, pending.failing_since) == (noon + MINUTE, noon)


@pytest.fixture
async def full(store: Store, make_event: Make, noon: datetime) -> Store:
    """Return a store in which thousands wait at some targets, in every place of a line."""
    body = dump_event(make_event("one of many"))

    def fill() -> None:
        for target in range(3):
            for number in range(1000):
                key, state = f"{target}-{number}", ("held", "waiting")[number % 2]
                store._db.execute("INSERT INTO event (key, at, body) VALUES (?, 0, ?)", (key, body))
                store._db.execute(
                    """INSERT INTO delivery (event, target, state, urgent, aside, due_at)
                    VALUES (last_insert_rowid(), ?, ?, ?, ?, ?)""",
                    (f"target {target}", state, number % 7 == 0, number % 5 == 0, number),
                )

    await store._database.run(fill)
    await store.outbox.add(replace(make_event("last"), urgent=True), ["phone"])
    await store.outbox.start(Delivery(make_event("last"), "phone"), noon)
    await store.outbox.record_kill(Delivery(make_event("last"), "phone"), noon, noon)
    return store


@asynccontextmanager
async def steps(store: Store) -> AsyncIterator[list[int]]:
    """Count the steps of SQLite's machine during a block, by the hundred."""
    counted = [0]

    def count() -> None:
        counted[0] += 1

    await store._database.run(lambda: store._db.set_progress_handler(count, 100))
    yield counted
    await store._database.run(lambda: store._db.set_progress_handler(None, 0))


async def test_looking_for_what_is_due_costs_the_same_however_many_wait(
    full: Store, noon: datetime
) -> None:
    """All that the deliverer asks for takes a few hundred steps of SQLite, not thousands."""
    outbox = full.outbox
    async with steps(full) as counted:
        await outbox.due(noon, besides=["target 0"], urgent=["target 1"])
        await outbox.next_due(besides=["target 0"], urgent=["target 1"])
        await outbox.oldest("target 2", urgent=True)
        await outbox.oldest("target 2", in_line=True)
        await outbox.under_way()
        await outbox.open_targets()
        assert await outbox.suspect(3) is not None

    assert 0 < counted[0] < 60
