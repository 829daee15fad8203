"""A store, a clock that is moved by hand, and a world of targets that fail when told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from tests.delivery.hand_clock import NOON, HandClock

from gazelled.delivery import Deliverer, TargetChange
from gazelled.model import Delivery, Event, EventKind, Item
from gazelled.store import Store

__all__ = ["NOON", "HandClock", "World"]


@dataclass
class World:
    """Targets as the deliverer sees them: each fails with what is set, by its name or a key."""

    failing: dict[str, BaseException] = field(default_factory=dict)
    took: float = 0.0
    tried: list[tuple[str, int]] = field(default_factory=list)
    failed: list[tuple[str, BaseException]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    changes: list[TargetChange] = field(default_factory=list)
    under_way: dict[str, int] = field(default_factory=dict)
    most_under_way: int = 0

    async def send(self, delivery: Delivery) -> None:
        """Take a delivery or fail."""
        self.tried.append((delivery.key, delivery.attempt))
        self.under_way[delivery.target] = self.under_way.get(delivery.target, 0) + 1
        self.most_under_way = max(self.most_under_way, *self.under_way.values())
        try:
            await asyncio.sleep(self.took)
            for what in (delivery.key, delivery.target):
                if what in self.failing:
                    self.failed.append((delivery.key, self.failing[what]))
                    raise self.failing[what]
            self.sent.append(delivery.key)
        finally:
            self.under_way[delivery.target] -= 1

    async def on_change(self, change: TargetChange) -> None:
        """Note what is told."""
        self.changes.append(change)


@pytest.fixture
def noon() -> datetime:
    """Return a time of day to begin with."""
    return NOON


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Open a store and close it afterwards."""
    async with await Store.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def world() -> World:
    """Make a world where all targets work."""
    return World()


@pytest.fixture
def clock() -> HandClock:
    """Make a clock that is moved by hand."""
    return HandClock()


@pytest.fixture(scope="session")
def new_world() -> Callable[[], tuple[World, HandClock]]:
    """Make worlds, each with its clock."""
    return lambda: (World(), HandClock())


@pytest.fixture
def deliverer(store: Store, world: World, clock: HandClock) -> Deliverer:
    """Make a deliverer between the store and the world."""
    return Deliverer(store, world.send, clock, world.on_change)


@pytest.fixture(scope="session")
def make_event() -> Callable[[str], Event]:
    """Make events that differ by their keys."""

    def make(key: str) -> Event:
        item = Item(key, "torrent", key)
        return Event(key, EventKind.NEW, "yeast", NOON, f"New: {key}", "", (item,))

    return make
