"""A full disk holds the daemon and nothing else: it says so, and goes on when there is room."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from gazelled.clock import Clock
from gazelled.errors import StateError, TrackerUnavailable
from gazelled.service.health_report import health_report
from gazelled.testing import Simulator, World

if TYPE_CHECKING:
    from tests.operations.conftest import SmallDisk
    from tests.service.conftest import House

FULL, ROOM = "gazelled can't write its state", "gazelled can write its state again"


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    """Return a tracker on the fast clock."""
    async with Simulator(
        world=World(clock), clock=clock, per=6.0, allowed=2, close_after=108_000.0
    ) as made:
        yield made


async def test_it_waits_says_so_and_goes_on(house_disk: SmallDisk, house: House) -> None:
    """Nothing is asked meanwhile, everybody can see why, and nothing is lost or sent twice."""
    house.notices = ["moody"]
    house.watches = '[watch.yeast]\nask = "browse"\nevery = "15m"\ntell = ["moody"]\n'
    async with house.running() as app:
        await house.until(lambda: "Watching yeast" in house.arrived())
        house_disk.fill()
        house.sim.world.publish("S288C reads")
        await house.until(lambda: bool(app.outage.problem))
        await house.until(lambda: FULL in house.arrived())
        asked, later = len(house.sim.arrivals), app.clock.monotonic() + 4 * 3600
        await house.until(lambda: app.clock.monotonic() > later)
        assert len(house.sim.arrivals) == asked
        status = await house.status()
        assert "the disk is full" in status["summary"]
        report = await health_report(app)
        assert ("state", "error") in [(each.subject, each.severity) for each in report.problems]
        with pytest.raises(TrackerUnavailable, match="the disk is full"):
            await house.ask("call", action="stats")
        with pytest.raises(StateError, match="No backup can be written"):
            await house.ask("state.backup")
        house_disk.free()
        await house.until(lambda: not app.outage.problem)
        await house.until(lambda: {"S288C reads", ROOM} <= set(house.arrived()))
        house.sim.world.publish("W303 reads")
        await house.until(lambda: "W303 reads" in house.arrived())
    assert Counter(house.arrived()) == Counter(
        ["Watching yeast", FULL, "S288C reads", ROOM, "W303 reads"]
    )


async def test_a_run_that_a_person_waits_for_ends_when_the_disk_is_full(
    house_disk: SmallDisk, house: House
) -> None:
    """It says why at once; the next look reports what it would have."""
    house.watches = '[watch.yeast]\nask = "browse"\nevery = "15m"\ntell = ["moody"]\n'
    async with house.running() as app:
        await house.until(lambda: "Watching yeast" in house.arrived())
        house_disk.fill()
        house.sim.world.publish("S288C reads")
        with pytest.raises(TrackerUnavailable, match="the disk is full"):
            await house.ask("watch.run", name="yeast")
        assert app.outage.problem
        house_disk.free()
        await house.until(lambda: "S288C reads" in house.arrived())
    assert Counter(house.arrived()) == Counter(["Watching yeast", "S288C reads"])


async def test_it_ends_in_good_order_on_a_full_disk(house_disk: SmallDisk, house: House) -> None:
    """A stop doesn't wait for room."""
    async with house.running() as app:
        await house.told("Watching yeast")
        house_disk.fill()
        house.sim.world.publish("S288C reads")
        await house.until(lambda: bool(app.outage.problem))
