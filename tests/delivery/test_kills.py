"""Deliveries that were under way when the process was killed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gazelled.delivery import Deliverer, TargetChange, TargetPolicy
from gazelled.delivery.retry import pause_after_kill
from gazelled.errors import RetryLater
from gazelled.model import Delivery, Event
from gazelled.store import Store

if TYPE_CHECKING:
    from .conftest import HandClock, World

Make = Callable[[str], Event]


async def kill(store: Store, key: str, make_event: Make, now: datetime) -> None:
    """Leave in the store what a kill leaves there: a try that was begun and didn't end."""
    target = key.partition("@")[2]
    event = make_event(key.partition("@")[0])
    await store.outbox.start(Delivery(event, target, 1), now)


async def restart(store: Store, world: World, clock: HandClock) -> Deliverer:
    """Start anew, and deliver what is due."""
    deliverer = Deliverer(store, world.send, clock, world.on_change)
    await deliverer.drain(30)
    return deliverer


async def test_nothing_begins_before_the_last_one_is_noted(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """What a plugin that blocks could make forgotten is on the disk by then."""
    world.took = 0.02
    done: list[int] = []

    async def send(delivery: Delivery) -> None:
        done.append((await store.counts())["done"])
        await world.send(delivery)

    deliverer = Deliverer(store, send, deliverer._clock, world.on_change)
    await store.outbox.add(make_event("a"), ["phone", "feed", "sheet", "mail"])
    await deliverer.drain(30)

    assert done == [0, 1, 2, 3]


async def test_what_was_under_way_comes_last_and_alone(
    store: Store, world: World, clock: HandClock, make_event: Make, noon: datetime
) -> None:
    """All else is delivered first, at its own target, too; others aren't held up meanwhile."""
    for key in "abc":
        await store.outbox.add(make_event(key), ["phone", "feed"])
    await kill(store, "a@phone", make_event, noon)
    deliverer = await restart(store, world, clock)
    at_once = list(world.sent)
    clock.move(pause_after_kill(1))
    await deliverer.drain(30)

    assert at_once == ["a@feed", "b@feed", "c@feed"]
    assert world.sent[3:] == ["b@phone", "c@phone", "a@phone"]
    assert deliverer.health == {}
    assert world.changes == []


async def test_the_pauses_grow_and_end_in_a_rest(
    store: Store, world: World, clock: HandClock, make_event: Make
) -> None:
    """After the third kill in a row it isn't tried, which is told once, until a person resumes."""
    await store.outbox.add(make_event("a"), ["phone"])
    waited: list[float] = []
    deliverer = Deliverer(store, world.send, clock, world.on_change)
    for _ in range(3):
        await kill(store, "a@phone", make_event, clock.now())
        deliverer = await restart(store, world, clock)
        suspect = await store.outbox.suspect(3)
        if suspect:
            waited.append((suspect.due_at - clock.now()).total_seconds())
        clock.move(3600)
    await store.outbox.add(make_event("b"), ["phone"])
    await deliverer.drain(30)
    clock.move(30 * 86400)
    await deliverer.drain(30)

    assert waited == [15.0, 30.0]
    assert world.sent == ["b@phone"]
    [change] = world.changes
    assert change.rests is not None
    assert (change.rests.key, change.all_rest) == ("a@phone", False)
    assert [each.delivery.key for each in await store.outbox.resting(3)] == ["a@phone"]
    assert await deliverer.resume() == 1
    await deliverer.drain(30)
    assert world.sent == ["b@phone", "a@phone"]
    assert await store.outbox.resting(3) == []


async def test_a_target_that_blocks_at_everything_rests(
    store: Store, world: World, clock: HandClock, make_event: Make
) -> None:
    """Six kills in a row, whatever was under way, are the target's own; others go on."""
    keys = ["a", "b", "c", "d", "e", "f"]
    for key in keys:
        await store.outbox.add(make_event(key), ["phone"])
    deliverer = Deliverer(store, world.send, clock, world.on_change)
    for key in keys:
        await kill(store, f"{key}@phone", make_event, clock.now())
        deliverer = await restart(store, world, clock)
    await store.outbox.add(make_event("g"), ["phone", "feed"])
    clock.move(30 * 86400)
    await deliverer.drain(30)

    assert world.sent == ["g@feed"]
    assert deliverer.health["phone"].rests
    assert [change.all_rest for change in world.changes] == [True]
    await deliverer.resume()
    await deliverer.drain(30)
    assert len(world.sent) == 8


async def test_what_ends_by_itself_is_no_suspect(
    store: Store, world: World, clock: HandClock, make_event: Make, noon: datetime
) -> None:
    """A failure that is answered breaks the row of kills."""
    await store.outbox.add(make_event("a"), ["phone"])
    for _ in range(2):
        await kill(store, "a@phone", make_event, clock.now())
        await restart(store, world, clock)
        clock.move(3600)
    world.failing["phone"] = RetryLater("busy")
    await restart(store, world, clock)
    clock.move(3600)
    await kill(store, "a@phone", make_event, clock.now())
    deliverer = await restart(store, world, clock)

    assert world.changes == []
    assert await store.outbox.resting(2) == []
    assert deliverer.health["phone"].kills == 1
    assert noon < clock.now()


async def test_a_stop_in_good_order_is_no_kill(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """What a stop cuts off is tried again at once, in its place."""
    world.took = 60
    await store.outbox.add(make_event("a"), ["phone"])
    seconds = 0.1
    while not world.tried:
        await deliverer.drain(seconds)
        seconds *= 4

    assert await store.outbox.under_way() == []
    assert await store.outbox.suspect(3) is None


async def test_a_clock_that_was_wrong_makes_no_pause_longer(
    store: Store, world: World, clock: HandClock, make_event: Make, noon: datetime
) -> None:
    """A pause that began in the future begins now, after a start and while it runs."""
    for days in (400, 30):
        clock.moment = noon + timedelta(days=days)
        await store.outbox.add(make_event(f"{days}"), ["phone"])
        world.failing["phone"] = RetryLater("slow down", after=60)
        deliverer = await restart(store, world, clock)
        clock.moment = noon
        if days == 400:
            deliverer = Deliverer(store, world.send, clock, world.on_change)
        await deliverer.drain(30)
        assert await store.outbox.next_due() == noon + timedelta(seconds=60)
        world.failing.clear()
        clock.move(60)
        await deliverer.drain(30)

    assert world.sent == ["400@phone", "30@phone"]


async def test_a_rest_is_told_of_its_target(
    store: Store, world: World, clock: HandClock, make_event: Make, noon: datetime
) -> None:
    """What is told names the delivery and the target."""
    await store.outbox.add(make_event("a"), ["phone"])
    for _ in range(3):
        await kill(store, "a@phone", make_event, clock.now())
        await restart(store, world, clock)

    assert world.changes == [
        TargetChange(
            "phone",
            failing=True,
            error="gazelled was killed while a message was being sent.",
            since=noon,
            rests=Delivery(make_event("a"), "phone", 2),
        )
    ]


async def test_a_digest_that_comes_due_meanwhile_waits_without_being_asked_for(
    store: Store, world: World, clock: HandClock, make_event: Make, noon: datetime
) -> None:
    """While a suspect is alone under way nothing may begin, so nothing is looked for."""
    due: list[datetime | None] = []

    async def send(delivery: Delivery) -> None:
        if delivery.target == "phone":
            clock.move(3600)
            due.append(await deliverer._next_due())
        await world.send(delivery)

    digest = TargetPolicy(digest=lambda first: first + timedelta(minutes=15), combines=True)
    deliverer = Deliverer(store, send, clock, world.on_change, {"mail": digest})
    await store.outbox.add(make_event("a"), ["phone"])
    await kill(store, "a@phone", make_event, noon)
    await deliverer.drain(30)
    clock.move(pause_after_kill(1))
    await store.outbox.add(make_event("b"), ["mail"])
    await deliverer.drain(30)

    assert due == [None]
    assert world.sent == ["a@phone", "b@mail"]


async def test_what_stepped_aside_before_a_kill_is_the_next_try_in_doubt(
    store: Store, world: World, clock: HandClock, make_event: Make
) -> None:
    """What is said to be due then begins: nothing is looked for again and again."""
    await store.outbox.add(make_event("a"), ["phone"])
    world.failing["phone"] = RetryLater("busy")
    deliverer = Deliverer(store, world.send, clock, world.on_change)
    for _ in range(8):
        await deliverer.drain(30)
        clock.move(3600)
    await store.outbox.add(make_event("b"), ["phone"])
    await deliverer.drain(30)
    for _ in range(3):
        await kill(store, "b@phone", make_event, clock.now())
        deliverer = await restart(store, world, clock)
    clock.move(pause_after_kill(3))
    world.failing.clear()
    due = await deliverer._next_due()
    await deliverer.drain(30)

    assert due == clock.now()
    assert world.sent == ["a@phone"]
