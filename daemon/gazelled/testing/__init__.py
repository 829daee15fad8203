"""
The simulated tracker, for the demo, for our tests and for plugin authors.

It listens on loopback and behaves as the real application does: its rate limit, its log-in,
its failures and its oddities. Nothing outside is contacted.

    async with Simulator() as sim:
        sim.world.publish("S288C reads", license="CC0")
        sim.fail(Fault.BAD_GATEWAY, times=3)
        ...  # ask sim.url, with sim.token()
        assert min(sim.gaps()) >= 6
"""

from __future__ import annotations

from gazelled.testing.faults import Fault
from gazelled.testing.simulator import Arrival, Simulator
from gazelled.testing.world import World

__all__ = ["Arrival", "Fault", "Simulator", "World"]
