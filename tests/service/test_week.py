"""After a week without the daemon: what appeared is found, and nothing else waits for that."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import pytest

from gazelled.clock import Clock
from gazelled.watches.catching_up import BATCH

from .conftest import PER

if TYPE_CHECKING:
    from .conftest import House

MOST = 250.0
"""How many seconds of the world it may take at most."""

WEEK = 7 * 86_400.0
QUARTER = 900.0
UPLOADS = 1600
ON_PAGES = 1000
"""So many the pages show."""


class Calendar(Clock):
    """A fast clock on which time also passes while nobody is there."""

    def __init__(self) -> None:
        super().__init__(speed=1800.0, start=datetime(2026, 3, 2, 9, tzinfo=UTC))
        self._skipped = timedelta()

    def now(self) -> datetime:
        """Return the time of day."""
        return super().now() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let time pass at once."""
        self._skipped += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Calendar:
    """Return a clock with which one can be away for a week."""
    return Calendar()


def upload(house: House, clock: Calendar, count: int) -> list[int]:
    """Let many uploads appear in a week, with numbers for titles; tell their ids."""
    ids = []
    for number in range(1, count + 1):
        clock.skip(WEEK / count)
        ids.append(house.sim.world.publish(f"Set {number}", organism="Neurospora crassa").id)
    return ids


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that takes long."""
    async with asyncio.timeout(MOST):
        while not holds():  # noqa: ASYNC110 - a file or the tracker makes it hold
            await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.timeout(2 * MOST)
async def test_a_week_is_caught_up_while_due_watches_stay_fresh(
    house: House, clock: Calendar
) -> None:
    """Twenty pages, then id by id with half of what one may, over a restart, each once."""
    house.watches = """
[watch.all]
ask = "browse"
every = "1h"
tell = ["moody"]
may_be_silent = true
[watch.inbox]
ask = "inbox"
every = "15m"
tell = ["journal"]
"""
    async with house.opened() as app:
        assert await app.once()
    ids = upload(house, clock, UPLOADS)
    deleted = ids[50::100]
    for number in deleted:
        house.sim.world.delete(number)
    behind = UPLOADS - ON_PAGES - len([each for each in deleted if each <= ids[-ON_PAGES]])
    seen = len(house.sim.arrivals)

    def asked() -> list[str]:
        return [each.action or "" for each in house.sim.arrivals[seen:]]

    async with house.running():
        await until(lambda: asked().count("torrent") > behind / 2)
    async with house.running() as app:
        await until(lambda: len(house.arrived()) > UPLOADS - len(deleted))
        assert await app.watcher.holes() == {}
        assert (await app.store.counts())["gaps"] == 0

    wanted = {f"Set {n}" for n, number in enumerate(ids, 1) if number not in deleted}
    assert Counter(house.arrived()) == Counter({"Watching all", *wanted})
    assert house.titles() == ["Watching inbox"]
    assert min(house.sim.gaps()) >= PER
    caught = [each.at for each in house.sim.arrivals if each.action == "torrent"]
    assert behind <= len(caught) <= behind + len(deleted) + BATCH
    assert min(later - earlier for earlier, later in pairwise(caught)) >= 2 * PER
    # Between two runs of a due watch there is room for so many, if it comes at its time.
    between = [
        len([*runs]) for other, runs in groupby(asked(), lambda a: a == "inbox") if not other
    ]
    assert max(between) < 2 * QUARTER / PER


@pytest.mark.slow
async def test_what_a_search_hides_is_a_gap_with_two_ends(house: House, clock: Calendar) -> None:
    """Of 1,200 that the tracker finds, a thousand are told, and one notice names the others."""
    house.watches = """
[watch.moulds]
ask = "browse"
with = { searchstr = "Neurospora" }
every = "1h"
tell = ["moody"]
"""
    async with house.opened() as app:
        assert await app.once()
    before = house.sim.world.publish("Set 0", organism="Neurospora crassa").id
    clock.skip(2 * 3600)
    async with house.opened() as app:
        assert await app.once()
    ids = upload(house, clock, 1200)
    async with house.running():
        await until(lambda: len(house.arrived()) > ON_PAGES + 1 and bool(house.titles()))
    told = [f"Set {number}" for number in range(201, 1201)]
    assert house.arrived() == ["Watching moulds", "Set 0", *told]
    [missed] = house.journal()
    assert missed["title"] == "moulds: something was missed"
    assert missed["text"].startswith(f"What came between {before} and {ids[200]} is further back")
    assert min(house.sim.gaps()) >= PER
