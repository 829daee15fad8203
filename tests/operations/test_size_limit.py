"""A limit of the size of files, as a quota has it, holds the daemon and nothing else."""

from __future__ import annotations

import resource
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.operations.test_full_disk_killed import FULL, ROOM, Phone, phone, sim

from gazelled.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator

__all__ = ["phone", "sim"]

LIMIT = 32 * 1024
"""Bytes: what the phone and the runtime folder need, and less than a state."""


@pytest.mark.timeout(900)
async def test_files_that_may_not_grow_are_waited_out(
    sim: Simulator, settled: Person, phone: Phone
) -> None:
    """No request is sent meanwhile; it is said once, and the same process goes on by itself."""
    daemon = settled.starts("run")
    await settled.until(lambda: "Watching yeast" in phone.titles())
    before = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (LIMIT, before[1]))
    sim.world.publish("yeast S288C reads")
    await settled.until(lambda: FULL in phone.titles())
    asked = len(sim.arrivals)
    said = await settled.asks("status")
    assert said.code == ExitCode.DEGRADED
    assert said.out.startswith("error: state since")
    assert len(sim.arrivals) == asked
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, before)
    await settled.until(lambda: {ROOM, "yeast S288C reads"} <= set(phone.titles()))
    sim.world.publish("yeast W303 reads")
    await settled.until(lambda: "yeast W303 reads" in phone.titles())
    daemon.terminate()
    assert await settled.ended(daemon) == 0
    assert Counter(phone.titles()) == Counter(
        ["Watching yeast", FULL, "yeast S288C reads", ROOM, "yeast W303 reads"]
    )
