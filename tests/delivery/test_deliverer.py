"""Delivering: order, retries, what is told of a target, and stopping."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gazelled.clock import Clock
from gazelled.delivery import Deliverer, TargetChange, TargetHealth
from gazelled.errors import GiveUp, RetryLater, StateError
from gazelled.model import Delivery, Event
from gazelled.store import Store

if TYPE_CHECKING:
    from .conftest import HandClock, World

Make = Callable[[str], Event]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, in bounded time."""
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110 - what is waited for is plain state
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def running(deliverer: Deliverer) -> AsyncIterator[asyncio.Task[None]]:
    """Run a deliverer during a block."""
    task = asyncio.create_task(deliverer.run(), name="deliverer")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_each_delivery_arrives_once_and_in_order(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """Each target gets the events in their order, one at a time, and each is done."""
    for number in range(20):
        await store.outbox.add(make_event(f"{number:02}"), ["phone", "feed"])
    async with running(deliverer):
        await until(lambda: len(world.sent) == 40)

    expected = [f"{number:02}@phone" for number in range(20)]
    assert [each for each in world.sent if each.endswith("@phone")] == expected
    assert world.most_under_way == 1
    counts = await store.counts()
    assert (counts["done"], counts["pending"]) == (40, 0)


async def test_more_targets_than_a_page_of_the_store(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """All targets are served at the same time, however many there are."""
    world.took = 0.01
    await store.outbox.add(make_event("a"), [f"target {number}" for number in range(120)])
    async with running(deliverer):
        await until(lambda: len(world.sent) == 120)

    assert world.changes == []


async def test_waking_delivers_what_is_new(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """A deliverer with nothing to do has no timer, and begins when it is woken."""
    async with running(deliverer):
        await until(lambda: bool(deliverer._woken._waiters))
        await store.outbox.add(make_event("a"), ["phone"])
        await asyncio.sleep(0.05)
        before = list(world.sent)
        deliverer.wake()
        await until(lambda: world.sent == ["a@phone"])

    assert before == []


async def test_a_slow_target_holds_no_other(
    store: Store, world: World, clock: HandClock, make_event: Make
) -> None:
    """While one target hangs, another gets all of its deliveries."""

    async def send(delivery: Delivery) -> None:
        await asyncio.sleep(60 if delivery.target == "slow" else 0)
        await world.send(delivery)

    deliverer = Deliverer(store, send, clock, world.on_change)
    for key in "abc":
        await store.outbox.add(make_event(key), ["slow", "phone"])
    async with running(deliverer):
        await until(lambda: len(world.sent) == 3)

    assert world.sent == ["a@phone", "b@phone", "c@phone"]
    assert (await store.counts())["pending"] == 3


async def test_it_tries_again_by_itself(
    store: Store, world: World, make_event: Make, noon: datetime
) -> None:
    """A failed delivery is tried again after its pause, without anyone waking the deliverer."""
    clock = Clock(speed=600, start=noon)
    deliverer = Deliverer(store, world.send, clock, world.on_change)
    world.failing["phone"] = RetryLater("busy")
    await store.outbox.add(make_event("a"), ["phone"])
    async with running(deliverer):
        await until(lambda: "phone" in deliverer.health and deliverer.health["phone"].failures > 2)
        world.failing.clear()
        await until(lambda: bool(world.sent))

    tries = len(world.tried)
    assert tries > 3
    assert world.tried == [("a@phone", each + 1) for each in range(tries)]
    assert world.sent == ["a@phone"]
    assert clock.now() - noon >= timedelta(seconds=30 + 60 + 120)


async def test_what_the_target_asks_for_is_waited_for(
    store: Store, world: World, deliverer: Deliverer, make_event: Make, noon: datetime
) -> None:
    """`RetryLater(after=…)` decides the pause."""
    world.failing["phone"] = RetryLater("slow down", after=7.5)
    await store.outbox.add(make_event("a"), ["phone"])
    await deliverer.drain(30)

    assert await store.outbox.next_due() == noon + timedelta(seconds=7.5)


async def test_order_is_kept_while_a_target_fails(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """What comes after a failed delivery waits behind it."""
    world.failing["phone"] = RetryLater("busy")
    await store.outbox.add(make_event("a"), ["phone"])
    await deliverer.drain(30)
    await store.outbox.add(make_event("b"), ["phone"])
    world.failing.clear()
    await deliverer.drain(30)
    early = list(world.sent)
    clock.move(30)
    await deliverer.drain(30)

    assert (early, world.sent) == ([], ["a@phone", "b@phone"])


async def test_a_failing_target_is_told_once_and_so_is_its_return(
    store: Store,
    world: World,
    deliverer: Deliverer,
    clock: HandClock,
    make_event: Make,
    noon: datetime,
) -> None:
    """The third failure in a row is told, further ones aren't, and the first success is."""
    world.failing["phone"] = RetryLater("busy")
    await store.outbox.add(make_event("a"), ["phone"])
    told = []
    for _ in range(5):
        await deliverer.drain(30)
        clock.move(3600)
        told.append(len(world.changes))
    world.failing.clear()
    await store.outbox.add(make_event("b"), ["phone"])
    await deliverer.drain(30)

    assert told == [0, 0, 1, 1, 1]
    assert world.changes == [
        TargetChange("phone", failing=True, error="busy", since=noon),
        TargetChange("phone", failing=False, error="busy", since=noon),
    ]


async def test_a_short_failure_is_not_told(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """Two failures and a success are nobody's business, and the row begins anew."""
    world.failing["phone"] = RetryLater("busy")
    await store.outbox.add(make_event("a"), ["phone"])
    for _ in range(2):
        await deliverer.drain(30)
        clock.move(3600)
    world.failing.clear()
    await deliverer.drain(30)

    assert world.changes == []
    assert deliverer.health == {}


async def test_health_survives_a_restart(
    store: Store, world: World, clock: HandClock, make_event: Make, noon: datetime
) -> None:
    """Attempts and failures in a row count on, and a return is told after a restart."""
    world.failing["phone"] = RetryLater("busy")
    await store.outbox.add(make_event("a"), ["phone"])
    deliverers = [Deliverer(store, world.send, clock, world.on_change) for _ in range(4)]
    for each in deliverers:
        await each.drain(30)
        clock.move(3600)
    failing = dict(deliverers[-1].health)
    world.failing.clear()
    await Deliverer(store, world.send, clock, world.on_change).drain(30)

    assert failing == {"phone": TargetHealth(noon, "busy", failures=4, told=True, stepped=True)}
    assert [attempt for _, attempt in world.tried] == [1, 2, 3, 4, 5]
    assert [each.failing for each in world.changes] == [True, False]


async def test_giving_up_is_told_with_the_first_lost_one(
    store: Store,
    world: World,
    deliverer: Deliverer,
    make_event: Make,
    noon: datetime,
) -> None:
    """`GiveUp` ends a delivery at once; the first lost one is told, the others are counted."""
    world.failing["phone"] = GiveUp("no such number")
    for key in "abcd":
        await store.outbox.add(make_event(key), ["phone"])
    await deliverer.drain(30)
    world.failing.clear()
    await store.outbox.add(make_event("e"), ["phone"])
    await deliverer.drain(30)

    lost = Delivery(make_event("a"), "phone")
    change = TargetChange("phone", failing=True, error="no such number", since=noon)
    assert world.changes == [
        replace(change, failing=False, given_up=lost, lost=1, refused=True),
        replace(change, lost=3, refused=True),
        replace(change, failing=False, lost=4),
    ]
    counts = await store.counts()
    assert (counts["given_up"], counts["done"]) == (4, 1)


async def test_a_week_of_failures_ends_a_delivery(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """After seven days the oldest is given up; a younger one is not."""
    world.failing["phone"] = RetryLater("busy")
    await store.outbox.add(make_event("a"), ["phone"])
    for _ in range(7 * 24 + 1):
        await deliverer.drain(30)
        clock.move(3600)

    assert (await store.counts())["given_up"] == 1
    assert [each.given_up and each.given_up.key for each in world.changes] == [None, "a@phone"]


async def test_a_fortnight_switched_off_ends_nothing(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """Old deliveries are tried for a while before they are given up."""
    await store.outbox.add(make_event("a"), ["phone"])
    clock.move(14 * 86400)
    world.failing["phone"] = RetryLater("no network yet")
    await deliverer.drain(30)
    clock.move(3600)
    world.failing.clear()
    await deliverer.drain(30)

    assert world.sent == ["a@phone"]


async def test_an_unforeseen_failure_is_a_failure_of_that_target(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """Any exception postpones the delivery, and its text, which may hold a secret, is not kept."""
    world.failing["phone"] = OSError("https://user:canary@example.org")
    await store.outbox.add(make_event("a"), ["phone", "feed"])
    await deliverer.drain(30)

    assert world.sent == ["a@feed"]
    assert deliverer.health["phone"].error == "OSError"
    assert (await store.counts())["pending"] == 1


async def test_draining_empties_every_queue(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """Targets that finish in the same moment all go on to what they have next."""
    await store.outbox.add(make_event("a"), ["phone", "feed", "sheet"])
    await store.outbox.add(make_event("b"), ["phone"])
    await store.outbox.add(make_event("c"), ["phone", "sheet"])
    await deliverer.drain(30)

    assert len(world.sent) == 6


async def test_draining_ends_in_time(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """What is under way when the time is over stays pending, and its try is counted."""
    world.took = 60
    await store.outbox.add(make_event("a"), ["phone"])
    seconds = 0.1
    while not world.tried:  # a busy machine may not come to it in so short a time
        await deliverer.drain(seconds)
        seconds *= 4
    world.took = 0
    await deliverer.drain(30)

    (first, tries), second = world.tried
    assert second == (first, tries + 1)
    assert world.sent == ["a@phone"]


async def test_draining_tries_a_failing_target_once(
    store: Store, world: World, make_event: Make, noon: datetime
) -> None:
    """A target that asks for another try soon is left alone until the next run."""
    clock = Clock(speed=1000, start=noon)
    deliverer = Deliverer(store, world.send, clock, world.on_change)
    world.failing["phone"] = RetryLater("soon", after=1)
    world.took = 0.02
    await store.outbox.add(make_event("a"), ["phone"])
    for key in "bcdef":
        await store.outbox.add(make_event(key), ["feed"])
    await deliverer.drain(30)

    assert world.tried.count(("a@phone", 1)) == 1
    assert ("a@phone", 2) not in world.tried
    assert len(world.sent) == 5


async def test_ending_lets_a_delivery_finish(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """What is being sent is sent and settled; what waits behind it isn't begun."""
    world.took = 0.1
    await store.outbox.add(make_event("a"), ["phone"])
    await store.outbox.add(make_event("b"), ["phone"])
    async with running(deliverer) as task:
        await until(lambda: bool(world.tried))
        deliverer.end()
        async with asyncio.timeout(120):
            await task

    assert world.sent == ["a@phone"]
    counts = await store.counts()
    assert (counts["done"], counts["pending"]) == (1, 1)


async def test_stopping_during_a_delivery_leaves_it_pending(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """A cancelled deliverer ends at once; the delivery is tried again, with the next number."""
    world.took = 60
    await store.outbox.add(make_event("a"), ["phone"])
    async with running(deliverer) as task:
        await until(lambda: bool(world.tried))
    cancelled = task.cancelled()
    world.took = 0
    async with running(deliverer):
        await until(lambda: bool(world.sent))

    assert cancelled
    assert world.tried == [("a@phone", 1), ("a@phone", 2)]
    assert world.changes == []


async def test_a_store_that_fails_ends_the_run(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """What can't be counted isn't sent: a full disk must not become a flood of repetitions."""
    await store.outbox.add(make_event("a"), ["phone"])
    await store._database.run(lambda: store._db.execute("PRAGMA query_only = 1"))

    with pytest.raises(StateError, match="can't be written"):
        await deliverer.drain(30)

    assert world.tried == []
