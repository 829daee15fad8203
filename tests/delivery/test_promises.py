"""Whatever happens, each delivery ends once, and in its order."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from gazelled.delivery import Deliverer
from gazelled.errors import GiveUp, RetryLater, TargetFault
from gazelled.model import Event
from gazelled.store import Store

if TYPE_CHECKING:
    from .conftest import HandClock, World

Make = Callable[[str], Event]
NewWorld = Callable[[], "tuple[World, HandClock]"]
Step = tuple[str, object]

TARGETS = ("phone", "feed", "sheet")
FAILURES = (
    None,
    None,
    RetryLater("busy"),
    RetryLater("soon", after=2),
    RetryLater("not today", after=90_000),
    GiveUp("never"),
    TargetFault("no such address"),
    TargetFault("wrong password", after=3600),
    OSError("unforeseen"),
)

targets = st.sampled_from(TARGETS)
steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("add"), st.sets(targets, min_size=1)),
    st.tuples(st.just("turn"), st.tuples(targets, st.sampled_from(FAILURES))),
    st.tuples(st.just("pass"), st.sampled_from([1, 30, 3600, 86_400, 8 * 86_400])),
    st.tuples(st.just("drain"), st.none()),
    st.tuples(st.just("interrupt"), st.none()),
    st.tuples(st.just("restart"), st.none()),
)


class Life:
    """One life of a store, a deliverer and its targets."""

    def __init__(self, folder: Path, new_world: NewWorld, make_event: Make) -> None:
        self.folder = folder
        self.world, self.clock = new_world()
        self.make_event = make_event
        self.expected: list[str] = []

    async def start(self) -> None:
        """Open the store; what a deliverer had in memory is gone."""
        self.store = await Store.open(self.folder)
        self.deliverer = Deliverer(self.store, self.world.send, self.clock, self.world.on_change)

    async def add(self, names: set[str]) -> None:
        """Let something be found."""
        event = self.make_event(f"{len(self.expected):04}")
        await self.store.outbox.add(event, sorted(names))
        self.expected += [f"{event.key}@{name}" for name in sorted(names)]

    async def turn(self, given: tuple[str, BaseException | None]) -> None:
        """Let a target fail from now on, or work."""
        target, failure = given
        self.world.failing.pop(target, None)
        self.world.failing |= {target: failure} if failure else {}

    async def passing(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.move(seconds)

    async def drain(self, _: object = None) -> None:
        """Deliver what is due."""
        await self.deliverer.drain(30)

    async def interrupt(self, _: object) -> None:
        """Stop while deliveries are under way."""
        self.world.took = 60
        await self.deliverer.drain(0.005)
        self.world.took = 0

    async def restart(self, _: object) -> None:
        """Begin again from what is on the disk."""
        await self.store.close()
        await self.start()

    async def take(self, step: Step) -> None:
        """Do one step."""
        name, argument = step
        await getattr(self, {"pass": "passing"}.get(name, name))(argument)

    async def end_well(self) -> None:
        """Let all targets work again, for as long as the longest pause is."""
        self.world.failing.clear()
        self.clock.move(8 * 86_400)
        await self.drain()


def index(key: str) -> int:
    """Return where in the order of events a delivery stands."""
    return int(key.partition("@")[0])


def of(target: str, keys: list[str]) -> list[str]:
    """Pick the deliveries of a target."""
    return [each for each in keys if each.endswith(f"@{target}")]


def overtaken(world: World) -> list[str]:
    """Return what arrived behind a younger one without having failed three times by itself."""
    own = [key for key, error in world.failed if not isinstance(error, TargetFault)]
    return [
        key
        for place, key in enumerate(world.sent)
        if own.count(key) < 3
        for earlier in of(key.partition("@")[2], world.sent[:place])
        if index(earlier) > index(key)
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=25))
async def test_each_delivery_ends_once_and_in_order(
    new_world: NewWorld, make_event: Make, taken: list[Step]
) -> None:
    """
    Over any failures, pauses, interruptions and restarts nothing is lost or doubled.

    Nothing is swapped either, but for what failed three times by itself.
    """
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder), new_world, make_event)
        await life.start()
        for step in taken:
            await life.take(step)
        await life.end_well()
        counts = await life.store.counts()
        await life.store.close()

    world = life.world
    tried = [key for key, _ in world.tried]
    assert sorted(set(tried)) == sorted(life.expected)
    assert len(world.sent) == len(set(world.sent)) == counts["done"]
    assert (counts["pending"], counts["given_up"]) == (0, len(life.expected) - counts["done"])
    for target in TARGETS:
        order = [index(each) for each in of(target, [*dict.fromkeys(tried)])]
        assert order == sorted(order)
    assert not overtaken(world)
    for key in life.expected:
        numbers = [attempt for each, attempt in world.tried if each == key]
        assert numbers == sorted(set(numbers))
    for target in TARGETS:
        told = [
            each.failing
            for each in world.changes
            if each.target == target and each.given_up is None
        ]
        assert all(len(list(row)) == 1 for _, row in groupby(told))
