"""What happens between two steps of a delivery: a person, a test message, another target."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from gazelled.delivery import Deliverer
from gazelled.errors import RetryLater
from gazelled.model import Delivery, Event
from gazelled.store import DeliveryChoice, Store

if TYPE_CHECKING:
    from .conftest import HandClock, World

Make = Callable[[str], Event]


async def test_what_is_dropped_while_it_waits_for_its_turn_is_not_sent(
    store: Store, world: World, clock: HandClock, make_event: Make
) -> None:
    """Another target's message is under way; the one behind it is dropped meanwhile."""

    async def send(delivery: Delivery) -> None:
        if delivery.target == "feed":
            ids = await store.deliveries.numbers(DeliveryChoice(target="phone"), ["waiting"])
            await store.deliveries.drop(ids, clock.now())
        await world.send(delivery)

    for target in ("feed", "phone"):
        await store.outbox.add(make_event(target), [target])
    deliverer = Deliverer(store, send, clock, world.on_change)
    await deliverer.drain(30)

    assert world.sent == ["feed@feed"]
    (state,) = await store.archive.deliveries_of("phone")
    assert (state.state, state.held) == ("dead", "dropped")


async def test_what_is_being_sent_is_not_dropped(
    store: Store, world: World, clock: HandClock, make_event: Make
) -> None:
    """It was waiting when a person chose it, and began before it was dropped."""
    await store.outbox.add(make_event("a"), ["phone"])
    ids = await store.deliveries.numbers(DeliveryChoice(target="phone"), ["waiting"])

    async def send(delivery: Delivery) -> None:
        await store.deliveries.drop(ids, clock.now())
        await store.deliveries.retry(ids)
        assert len(await store.outbox.under_way()) == 1
        await world.send(delivery)

    await Deliverer(store, send, clock, world.on_change).drain(30)

    (state,) = await store.archive.deliveries_of("a")
    assert (world.sent, state.state) == (["a@phone"], "done")


async def test_a_failure_is_known_that_ends_while_another_target_is_tested(
    store: Store,
    world: World,
    clock: HandClock,
    make_event: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reading what is known of targets doesn't undo what became known meanwhile."""
    await store.outbox.add(make_event("a"), ["phone"])
    read, may_go_on = asyncio.Event(), asyncio.Event()
    testing: list[asyncio.Task[None]] = []
    get_kv = store.get_kv

    async def slow_get_kv(key: str) -> str | None:
        value = await get_kv(key)
        read.set()
        await may_go_on.wait()
        return value

    async def send(delivery: Delivery) -> None:
        monkeypatch.setattr(store, "get_kv", slow_get_kv)
        testing.append(asyncio.create_task(deliverer.forgive("feed", works=True)))
        reading = asyncio.create_task(read.wait())
        await asyncio.wait({reading, *testing}, return_when=asyncio.FIRST_COMPLETED)
        reading.cancel()
        raise RetryLater(f"{delivery.target} is busy")

    deliverer = Deliverer(store, send, clock, world.on_change)
    await deliverer.drain(30)
    may_go_on.set()
    await asyncio.gather(*testing)

    assert deliverer.health.keys() == {"phone"}
