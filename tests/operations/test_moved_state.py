"""A state that is moved, removed or replaced while gazelled runs holds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.operations.test_full_disk_killed import FULL, ROOM, Phone, phone, sim

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator

__all__ = ["phone", "sim"]

PARTS = ("gazelled.db", "gazelled.db-wal", "gazelled.db-shm")


def moved(state: Path) -> None:
    """Leave nothing in its place."""


def replaced(state: Path) -> None:
    """Leave another one in its place."""
    (state / PARTS[0]).touch()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("instead", [moved, replaced])
async def test_nothing_is_asked_until_it_is_back(
    sim: Simulator, settled: Person, phone: Phone, instead: Callable[[Path], None]
) -> None:
    """It is said once, with what to do; put back, it goes on as if nothing had been."""
    daemon = settled.starts("run")
    await settled.until(lambda: "Watching yeast" in phone.titles())
    aside = settled.folder / "aside"
    aside.mkdir()
    for name in PARTS:
        (settled.state / name).rename(aside / name)
    instead(settled.state)
    sim.world.publish("yeast S288C reads")
    await settled.until(lambda: FULL in phone.titles())
    said = await settled.asks("status")
    assert "was moved, removed or replaced while gazelled runs" in said.out
    asked = len(sim.arrivals)
    assert (await settled.asks("call", "stats")).code != 0
    assert len(sim.arrivals) == asked
    for name in PARTS:
        (aside / name).rename(settled.state / name)
    await settled.until(lambda: {ROOM, "yeast S288C reads"} <= set(phone.titles()))
    daemon.terminate()
    assert await settled.ended(daemon) == 0
    assert Counter(phone.titles()) == Counter(["Watching yeast", FULL, "yeast S288C reads", ROOM])


@pytest.mark.timeout(900)
async def test_a_log_that_was_deleted_is_noticed(
    sim: Simulator, settled: Person, phone: Phone
) -> None:
    """Nothing more is written to where a kill would lose it; a restart keeps all, and goes on."""
    daemon = settled.starts("run")
    await settled.until(lambda: "Watching yeast" in phone.titles())
    for name in PARTS[1:]:
        (settled.state / name).unlink()
    await settled.until(lambda: FULL in phone.titles())
    assert "Put it back, or restart gazelled" in (await settled.asks("status")).out
    daemon.terminate()
    assert await settled.ended(daemon) == 0
    assert (await settled.asks("state", "verify")).code == 0
    sim.world.publish("yeast S288C reads")
    daemon = settled.starts("run")
    await settled.until(lambda: {ROOM, "yeast S288C reads"} <= set(phone.titles()))
    daemon.terminate()
    assert await settled.ended(daemon) == 0
    assert Counter(phone.titles()) == Counter(["Watching yeast", FULL, "yeast S288C reads", ROOM])
