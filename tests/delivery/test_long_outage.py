"""A target that is down for a day, while thousands of events come for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from itertools import chain, groupby
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import pytest

from gazelled.delivery import Deliverer, TargetPolicy
from gazelled.delivery.digest import MOST
from gazelled.errors import TargetFault
from gazelled.model import Delivery, Event, EventKind, Item, QuietHours, StreamId
from gazelled.store import LookTransaction, Store

if TYPE_CHECKING:
    from .conftest import HandClock, World

QUARTER = timedelta(minutes=15)
LOOKS = 96
"""One each quarter of an hour, from noon to noon."""
MINUTE = 60.0
STEPS = 100
"""The database reports its work after so many of its instructions."""
WATCHES = ("yeast", "mouse", "rescue")
NIGHT = (QuietHours(time(22), time(7), "UTC"),)
POLICIES = {
    "digests": TargetPolicy(quiet=NIGHT, digest=lambda first: first + QUARTER, combines=True),
    "singly": TargetPolicy(quiet=NIGHT),
}
TARGETS: Sequence[str] = tuple(POLICIES)


class Work(NamedTuple):
    """What the database did for one delivery, in hundreds of instructions."""

    target: str
    steps: int


class Outage:
    """
    A day of events for targets that are down.

    Args:
        store: The store.
        world: The targets.
        clock: The clock.
        number: How many events come.

    """

    def __init__(self, store: Store, world: World, clock: HandClock, number: int) -> None:
        self.store, self.world, self.clock, self.number = store, world, clock, number
        self.arrived: dict[str, list[Delivery]] = {target: [] for target in TARGETS}
        self.work: list[Work] = []
        self._steps = self._before = 0
        self.deliverer = Deliverer(store, self._send, clock, world.on_change, POLICIES)

    async def _send(self, delivery: Delivery) -> None:
        await self.world.send(delivery)
        self.arrived[delivery.target].append(delivery)
        self.work.append(Work(delivery.target, self._steps - self._before))
        self._before = self._steps

    def _count(self) -> int:
        self._steps += 1
        return 0

    async def begin(self) -> None:
        """Count what the database does, which needn't wait for the disk."""
        database = self.store._database
        await database.run(lambda: database.connection.set_progress_handler(self._count, STEPS))
        await database.run(lambda: database.connection.execute("PRAGMA synchronous = OFF"))

    async def last(self) -> None:
        """Let the day pass, with all targets down."""
        await self.begin()
        for target in TARGETS:
            self.world.failing[target] = TargetFault("There is no such address.")
        numbers = iter(range(self.number))
        for look in range(LOOKS):
            share = self.number * (look + 1) // LOOKS - self.number * look // LOOKS
            events = [(self.event(next(numbers)), TARGETS) for _ in range(share)]
            await self.store.commit_look(LookTransaction(StreamId("browse"), events=events))
            await self.deliverer.drain(MINUTE)
            self.clock.move(QUARTER.total_seconds())
        self.world.failing.clear()

    async def end(self) -> None:
        """Let the targets work again, until nothing waits."""
        for _ in range(LOOKS):
            await self.deliverer.drain(10 * MINUTE)
            if not (await self.store.counts())["pending"]:
                return
            self.clock.move(QUARTER.total_seconds())
        raise AssertionError(await self.store.counts())

    def event(self, number: int) -> Event:
        """Return an event that is found now."""
        watch = WATCHES[number % len(WATCHES)]
        kind = EventKind.RAISED if watch == "rescue" else EventKind.NEW
        item = Item(str(number), "torrent", f"Reads {number}")
        key = f"{watch}:{kind}:{number}"
        return Event(key, kind, watch, self.clock.now(), item.title, "", (item,))


def numbers_of(event: Event) -> list[int]:
    """Return the numbers of the events that a message reports, in its order."""
    return [int(part.item.id) for part in event.events or (event,)]


@pytest.mark.parametrize(
    "number", [400, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
async def test_all_of_a_day_arrives_in_form_and_order(
    store: Store, world: World, clock: HandClock, number: int
) -> None:
    """
    Each event once: one by one in their order, or in digests of many, grouped by watch.

    What the database does for one delivery is the same with all of them waiting as with the last.
    """
    outage = Outage(store, world, clock, number)
    await outage.last()
    assert not any(outage.arrived.values())
    assert len(world.tried) < 100 * len(TARGETS)
    await outage.end()

    events = [delivery.event for delivery in outage.arrived["singly"]]
    assert [numbers_of(event) for event in events] == [[one] for one in range(number)]
    digests = [delivery.event for delivery in outage.arrived["digests"]]
    reported = [numbers_of(event) for event in digests]
    assert sorted(chain.from_iterable(reported)) == [*range(number)]
    assert [sorted(part) for part in reported] == [sorted(part) for part in sorted(reported)]
    assert all(len(part) <= MOST for part in reported)
    assert len(reported) <= number // MOST + 3
    for event in digests:
        groups = [(watch, [*parts]) for watch, parts in groupby(event.events, lambda it: it.watch)]
        assert len({watch for watch, _ in groups}) == len(groups)
        assert groups[0][0] == "rescue"
        assert all(in_order(parts) for _, parts in groups)
    assert [change.failing for change in world.changes] == [True] * 2 + [False] * 2

    one_by_one = [work.steps for work in outage.work if work.target == "singly"]
    tenth = number // 10
    assert median(one_by_one[:tenth]) <= 1.5 * median(one_by_one[-tenth:])


def in_order(events: list[Event]) -> bool:
    """Return whether events stand in the order in which they were found."""
    numbers = [int(event.item.id) for event in events]
    return numbers == sorted(numbers)
