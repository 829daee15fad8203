"""Reloads on a full disk, and reloads that come faster than they can be done."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from tests.service.conftest import LONG
from tests.service.test_reload_states import MOUSE, add, reloadable

if TYPE_CHECKING:
    from tests.cli.conftest import Person
    from tests.operations.conftest import SmallDisk
    from tests.service.conftest import House


async def test_on_a_full_disk(house_disk: SmallDisk, house: House) -> None:
    """Neither a good nor a bad config ends it, and afterwards the good one is used."""
    async with reloadable(house) as app:
        await house.told("Watching yeast")
        house_disk.fill()
        house.sim.world.publish("S288C reads")
        await house.until(lambda: bool(app.outage.problem))
        good = app.config.file.read_text()
        add(house, "[watch.x]\nodd = 1\n")
        async with asyncio.timeout(LONG):
            assert "Reload again" in (await app.reload()).problems[0]
        app.config.file.write_text(good + MOUSE)
        assert not (await app.reload()).applied
        assert [*app.config.watches] == ["yeast"]
        house_disk.free()
        await house.until(lambda: not app.outage.problem)
        assert (await app.reload()).applied
        assert "mouse" in app.config.watches
        await house.until(lambda: "Watching mouse" in house.titles())


async def test_a_flood_of_signals(settled: Person) -> None:
    """Good and bad configs, and signals without end: the process goes on, and uses the last one."""
    process = await settled.daemon()
    good = settled.config.read_text()
    for number in range(60):
        settled.write(good if number % 2 else good + "[watch.x]\nodd = 1\n")
        for _ in range(5):
            os.kill(process.pid or 0, signal.SIGHUP)
        await asyncio.sleep(0)
    settled.write(good + MOUSE)
    os.kill(process.pid or 0, signal.SIGHUP)
    await settled.until(lambda: "Watching mouse" in settled.titles())
    assert (await settled.asks("status")).code == 0
