"""One delivery that fails for its own reason, and a target that fails for everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gazelled.delivery import Deliverer, TargetChange
from gazelled.errors import GiveUp, RetryLater, TargetFault
from gazelled.model import Event
from gazelled.store import Store

if TYPE_CHECKING:
    from .conftest import HandClock, World

Make = Callable[[str], Event]

HOUR, DAY, WEEK = 3600.0, 86_400.0, 7 * 86_400.0
BUSY = RetryLater("busy")
AWAY = TargetFault("There is no such address.")


async def pass_time(deliverer: Deliverer, clock: HandClock, seconds: float) -> None:
    """Let so many seconds pass, in which the deliverer does all that becomes due."""
    end = clock.now() + timedelta(seconds=seconds)
    while True:
        await deliverer.drain(30)
        due = await deliverer._next_due()
        if due is None or due > end:
            clock.moment = end
            return
        clock.moment = max(due, clock.now())


async def fill(store: Store, make_event: Make, number: int) -> list[str]:
    """Let so many messages wait for the phone; return their keys, in order."""
    names = [f"{place:03}" for place in range(number)]
    for name in names:
        await store.outbox.add(make_event(name), ["phone"])
    return [f"{name}@phone" for name in names]


async def test_what_fails_for_its_own_reason_steps_aside(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """After three tries those behind it go on, in order; it is tried again later, and arrives."""
    keys = await fill(store, make_event, 6)
    world.failing[keys[1]] = BUSY
    await pass_time(deliverer, clock, 89)
    early = list(world.sent)
    await pass_time(deliverer, clock, 1)
    meanwhile = list(world.sent)
    await pass_time(deliverer, clock, HOUR)
    world.failing.clear()
    await pass_time(deliverer, clock, HOUR)

    assert early == keys[:1]
    assert meanwhile == [keys[0], *keys[2:]]
    assert world.sent == [keys[0], *keys[2:], keys[1]]
    assert [key for key, _ in world.tried].count(keys[1]) > 4
    assert [change.failing for change in world.changes] == [True, False]


async def test_several_that_fail_step_aside_one_after_the_other(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """However many there are in a row, what can be delivered is, in order."""
    keys = await fill(store, make_event, 12)
    poison = keys[2:6]
    world.failing = dict.fromkeys(poison, BUSY)
    await pass_time(deliverer, clock, 5 * HOUR)
    well = [key for key in keys if key not in poison]
    assert world.sent == well

    world.failing.clear()
    await pass_time(deliverer, clock, HOUR)
    assert sorted(world.sent[len(well) :]) == poison


@pytest.mark.parametrize("several", [(2, 300.0), (3, HOUR / 2), (4, HOUR)])
async def test_several_that_never_arrive_hold_the_others_for_an_hour_at_most(
    store: Store,
    world: World,
    deliverer: Deliverer,
    clock: HandClock,
    make_event: Make,
    several: tuple[int, float],
) -> None:
    """At first they look like a target that is down; each is tried three times."""
    number, seconds = several
    keys = await fill(store, make_event, 12)
    world.failing = dict.fromkeys(keys[:number], BUSY)
    await pass_time(deliverer, clock, seconds)

    assert world.sent == keys[number:]


async def test_one_that_never_succeeds_dies_and_harms_nobody(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """After a week of failures of its own it is dead, which is reported; all others arrived."""
    keys = await fill(store, make_event, 3)
    world.failing[keys[0]] = BUSY
    await pass_time(deliverer, clock, WEEK + HOUR)

    assert world.sent == keys[1:]
    (state,) = await store.archive.deliveries_of("000")
    assert (state.state, state.error) == ("dead", "busy")
    lost = [change for change in world.changes if change.given_up]
    assert [(change.given_up.key, change.refused) for change in lost if change.given_up] == [
        (keys[0], False)
    ]


async def test_a_target_that_fails_for_everybody_is_tried_one_at_a_time(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """A day costs few tries of few messages, one notice, and then all arrive in their order."""
    keys = await fill(store, make_event, 200)
    world.failing["phone"] = BUSY
    await pass_time(deliverer, clock, DAY)
    tried = [key for key, _ in world.tried]
    world.failing.clear()
    await pass_time(deliverer, clock, 2 * HOUR)

    assert len(tried) < 80
    assert len(set(tried)) < 20
    assert world.sent == keys
    assert [change.failing for change in world.changes] == [True, False]
    assert deliverer.health == {}


async def test_what_is_new_waits_for_a_try_of_the_oldest(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """A target that is back gets both in order; one that isn't gets neither, at no pause."""
    keys = await fill(store, make_event, 1)
    world.failing["phone"] = BUSY
    await pass_time(deliverer, clock, HOUR)
    before = len(world.tried)
    await store.outbox.add(make_event("new"), ["phone"])
    await pass_time(deliverer, clock, 1)
    at_once = [key for key, _ in world.tried[before:]]
    world.failing.clear()
    await pass_time(deliverer, clock, HOUR)

    assert at_once == [keys[0], "new@phone"]
    assert world.sent == [keys[0], "new@phone"]


async def test_a_challenger_that_arrives_goes_on_with_those_behind_it(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """When the target is back but the oldest still fails, everything else arrives."""
    keys = await fill(store, make_event, 30)
    world.failing["phone"] = BUSY
    await pass_time(deliverer, clock, HOUR)
    world.failing = {keys[0]: BUSY}
    await pass_time(deliverer, clock, 2 * HOUR)

    assert sorted(world.sent) == keys[1:]


@pytest.mark.parametrize("error", [AWAY, TargetFault("The password is wrong.", after=7200.0)])
async def test_a_fault_of_the_target_loses_nothing(
    store: Store,
    world: World,
    deliverer: Deliverer,
    clock: HandClock,
    make_event: Make,
    error: TargetFault,
) -> None:
    """A month of it costs no message its life: one notice, one message tried, then all in order."""
    keys = await fill(store, make_event, 20)
    world.failing["phone"] = error
    await pass_time(deliverer, clock, 30 * DAY)
    changes, tried = list(world.changes), {key for key, _ in world.tried}
    world.failing.clear()
    await pass_time(deliverer, clock, 3 * HOUR)

    assert tried == {keys[0]}
    assert [(change.failing, change.fault) for change in changes] == [(True, True)]
    assert world.sent == keys
    assert [change.failing for change in world.changes] == [True, False]


async def test_a_fault_counts_against_no_delivery(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """What then fails by itself has its three tries, and a week."""
    keys = await fill(store, make_event, 2)
    world.failing["phone"] = AWAY
    await pass_time(deliverer, clock, 8 * DAY)
    world.failing = {keys[0]: BUSY}
    await pass_time(deliverer, clock, DAY)

    assert world.sent == keys[1:]
    assert (await store.counts())["given_up"] == 0


async def test_a_fault_is_reported_at_its_second_try_or_at_once(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """A name that can't be resolved for a moment is nobody's business; a wrong password is."""
    await fill(store, make_event, 1)
    world.failing["phone"] = AWAY
    await deliverer.drain(30)
    after_one = list(world.changes)
    clock.move(30)
    await deliverer.drain(30)
    await store.outbox.add(make_event("a"), ["feed"])
    world.failing["feed"] = TargetFault("The password is wrong.", after=HOUR)
    await deliverer.drain(30)

    assert after_one == []
    assert [(change.target, change.fault) for change in world.changes] == [
        ("phone", True),
        ("feed", True),
    ]


async def test_the_time_that_a_target_asks_for_holds_for_all_that_waits(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """Whoever steps aside, nothing is sent before it is over; other targets don't wait."""
    keys = await fill(store, make_event, 3)
    await store.outbox.add(make_event("other"), ["feed"])
    world.failing[keys[0]] = RetryLater("slow down", after=1000.0)
    for _ in range(3):
        await pass_time(deliverer, clock, 999)
        assert world.sent == ["other@feed"]
        await pass_time(deliverer, clock, 1)

    tried = [key for key, _ in world.tried if key.endswith("@phone")]
    assert tried[:4] == [keys[0]] * 3 + keys[1:2]
    assert world.sent == ["other@feed", *keys[1:]]


async def test_what_is_refused_ends_alone(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """It is dead at once, with the reason; nothing waits for it, and that is what is reported."""
    keys = await fill(store, make_event, 3)
    world.failing[keys[0]] = GiveUp("The service refuses this message (400).")
    await deliverer.drain(30)

    assert world.sent == keys[1:]
    (state,) = await store.archive.deliveries_of("000")
    assert (state.state, state.error) == ("dead", "The service refuses this message (400).")
    assert [(change.failing, change.refused) for change in world.changes] == [(False, True)]
    assert deliverer.health == {}


async def test_a_refusal_proves_that_the_target_is_there(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """After a fault, one that is refused lets those behind it go on at once."""
    keys = await fill(store, make_event, 3)
    world.failing["phone"] = AWAY
    await pass_time(deliverer, clock, HOUR)
    world.failing = {keys[0]: GiveUp("too large")}
    clock.move(HOUR)
    await deliverer.drain(30)

    assert world.sent == keys[1:]


async def test_a_target_that_works_gets_all_at_once(
    store: Store, world: World, deliverer: Deliverer, make_event: Make
) -> None:
    """A test that arrived ends its pauses, and says that it is back."""
    keys = await fill(store, make_event, 3)
    world.failing["phone"] = TargetFault("The password is wrong.", after=DAY)
    await deliverer.drain(30)
    world.failing.clear()
    await deliverer.drain(30)
    before = list(world.sent)
    await deliverer.forgive("phone", works=True)
    await deliverer.drain(30)

    assert (before, world.sent) == ([], keys)
    assert [change.failing for change in world.changes] == [True, False]


async def test_a_target_with_other_options_is_tried_at_once(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """Nothing is known of it yet: it counts anew, and is reported as back once it is."""
    keys = await fill(store, make_event, 3)
    world.failing = {"phone": BUSY}
    await pass_time(deliverer, clock, DAY)
    later = Deliverer(store, world.send, clock, world.on_change)
    await later.forgive("phone")
    world.failing.clear()
    await later.drain(30)

    assert world.sent == keys
    assert [change.failing for change in world.changes] == [True, False]


async def test_a_clock_set_back_makes_no_pause_of_a_target_longer(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """A pause that began in the future begins now, after a start and while it runs."""
    keys = await fill(store, make_event, 2)
    world.failing["phone"] = AWAY
    clock.move(400 * DAY)
    await deliverer.drain(30)
    clock.move(-400 * DAY)
    await deliverer.drain(30)
    world.failing.clear()
    clock.move(30)
    await deliverer.drain(30)

    assert world.sent == keys


async def test_what_is_known_of_a_failing_target_survives_a_restart(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """A start in the middle of an outage tries no more than before."""
    keys = await fill(store, make_event, 50)
    world.failing["phone"] = BUSY
    for _ in range(48):
        await pass_time(deliverer, clock, HOUR / 2)
        deliverer = Deliverer(store, world.send, clock, world.on_change)
    tried = [key for key, _ in world.tried]
    world.failing.clear()
    await pass_time(deliverer, clock, 2 * HOUR)

    assert len(tried) < 80
    assert world.sent == keys
    assert [change.failing for change in world.changes] == [True, False]


async def test_a_fault_is_reported_with_all_that_is_known_of_it(
    store: Store, world: World, deliverer: Deliverer, clock: HandClock, make_event: Make
) -> None:
    """What failed, since when and why is there for the notice."""
    await store.outbox.add(make_event("a"), ["phone"])
    world.failing["phone"] = AWAY
    await pass_time(deliverer, clock, 60)

    assert world.changes == [
        TargetChange(
            "phone",
            failing=True,
            error="There is no such address.",
            since=clock.now() - timedelta(seconds=60),
            fault=True,
        )
    ]
