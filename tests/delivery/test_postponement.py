"""Quiet hours: when they are, and what waits for their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gazelled.clock import Clock
from gazelled.delivery import Deliverer, TargetPolicy
from gazelled.delivery.postponement import quiet_until
from gazelled.errors import RetryLater
from gazelled.model import Event, QuietHours
from gazelled.store import Store

if TYPE_CHECKING:
    from .conftest import HandClock, World

Make = Callable[[str], Event]


def hours(begin: time, end: time, zone: str = "UTC") -> QuietHours:
    """Return quiet hours, as the config has them."""
    return QuietHours(begin, end, zone)


AT_NIGHT = hours(time(22), time(7), "Europe/Berlin")
OVER_NOON = {"phone": TargetPolicy(quiet=(hours(time(11), time(14)),))}


def night(day: int, month: int) -> tuple[datetime | None, datetime | None]:
    """Return when a night's quiet hours end, as seen at its begin, and at the end itself."""
    begin = datetime(2026, month, day, 22, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    end = quiet_until((AT_NIGHT,), begin)
    return end, quiet_until((AT_NIGHT,), end or begin)


@pytest.mark.parametrize(
    ("day", "month", "end"),
    [
        (28, 3, datetime(2026, 3, 29, 5, tzinfo=UTC)),  # eight hours: summer time begins
        (29, 3, datetime(2026, 3, 30, 5, tzinfo=UTC)),
        (24, 10, datetime(2026, 10, 25, 6, tzinfo=UTC)),  # ten hours: it ends
        (31, 12, datetime(2027, 1, 1, 6, tzinfo=UTC)),
    ],
)
def test_a_night_ends_when_the_clock_on_the_wall_says_so(
    day: int, month: int, end: datetime
) -> None:
    """In the nights in which clocks are changed, too."""
    assert night(day, month) == (end, None)


minutes = st.times().map(lambda it: it.replace(second=0, microsecond=0))
zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
seconds = st.integers(0, 2 * 366 * 86_400)
moments = seconds.map(lambda it: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=it))


def shown_within(hours: QuietHours, moment: datetime) -> bool:
    """Return whether a clock on the wall shows quiet hours, by going round its dial."""
    wall = moment.astimezone(ZoneInfo(hours.zone))
    since_begin, length = (
        (each.hour * 60 + each.minute - hours.begin.hour * 60 - hours.begin.minute) % 1440
        for each in (wall, hours.end)
    )
    return since_begin < length


@given(begin=minutes, end=minutes, zone=zones, now=moments, share=st.floats(0, 0.999))
def test_they_last_as_long_as_the_clock_on_the_wall_says(
    begin: time, end: time, zone: str, now: datetime, share: float
) -> None:
    """They are now when the clock shows so, all the time until their end, and not at it."""
    assume(begin != end)  # a whole day, or all days, which never end
    quiet = hours(begin, end, zone)
    until = quiet_until((quiet,), now)
    later = now + (until - now) * share if until else now
    assert shown_within(quiet, now) is (until is not None)
    assert until is None or now < until <= now + timedelta(days=1, hours=1)
    assert until is None or shown_within(quiet, later)
    assert until is None or not shown_within(quiet, until)


async def test_what_comes_in_quiet_hours_waits_for_their_end(
    store: Store, world: World, clock: HandClock, make_event: Make
) -> None:
    """It isn't tried meanwhile, arrives in its order afterwards, and holds no other target."""
    deliverer = Deliverer(store, world.send, clock, world.on_change, OVER_NOON)
    for key in "abc":
        await store.outbox.add(make_event(key), ["phone", "feed"])
    await deliverer.drain(30)
    held = list(world.tried)
    clock.move(7199)
    await deliverer.drain(30)
    still = len(world.tried)
    clock.move(1)
    await deliverer.drain(30)

    assert held == [("a@feed", 1), ("b@feed", 1), ("c@feed", 1)]
    assert still == 3
    assert world.tried[3:] == [("a@phone", 1), ("b@phone", 1), ("c@phone", 1)]
    assert world.changes == []


async def test_what_is_urgent_passes_what_waits(
    store: Store, world: World, clock: HandClock, make_event: Make
) -> None:
    """Urgent events arrive at once and in their order, whatever waits before them."""
    deliverer = Deliverer(store, world.send, clock, world.on_change, OVER_NOON)
    for key in "aBcD":
        event = replace(make_event(key), urgent=key.isupper())
        await store.outbox.add(event, ["phone"])
    await deliverer.drain(30)
    at_once = list(world.sent)
    clock.move(7200)
    await deliverer.drain(30)

    assert at_once == ["B@phone", "D@phone"]
    assert world.sent == ["B@phone", "D@phone", "a@phone", "c@phone"]


async def test_another_try_waits_for_the_end_too(
    store: Store, world: World, clock: HandClock, make_event: Make
) -> None:
    """What failed before quiet hours isn't tried in them, and counts no failure meanwhile."""
    deliverer = Deliverer(
        store,
        world.send,
        clock,
        world.on_change,
        {"phone": TargetPolicy(quiet=(hours(time(12, 0), time(14)),))},
    )
    clock.move(-60)
    world.failing["phone"] = RetryLater("busy")
    await store.outbox.add(make_event("a"), ["phone"])
    await deliverer.drain(30)
    for _ in range(12):
        clock.move(600)
        await deliverer.drain(30)
    meanwhile = (list(world.tried), deliverer.health["phone"].failures)
    world.failing.clear()
    clock.move(60)
    await deliverer.drain(30)

    assert meanwhile == ([("a@phone", 1)], 1)
    assert world.tried[1:] == [("a@phone", 2)]


async def test_their_end_needs_nobody_to_wake_it(
    store: Store, world: World, make_event: Make, noon: datetime
) -> None:
    """A deliverer that runs delivers what waited when the hours are over, by itself."""
    clock = Clock(speed=36_000, start=noon)
    deliverer = Deliverer(store, world.send, clock, world.on_change, OVER_NOON)
    await store.outbox.add(make_event("a"), ["phone"])
    task = asyncio.create_task(deliverer.run(), name="deliverer")
    async with asyncio.timeout(120):
        while not world.sent:  # noqa: ASYNC110 - what is waited for is plain state
            await asyncio.sleep(0.005)
    arrived = clock.now()
    task.cancel()
    await asyncio.wait([task])

    assert arrived >= noon + timedelta(hours=2)
    assert world.tried == [("a@phone", 1)]
