"""
The simulated tracker, for the demo, for tests and for plugin authors.

It listens on loopback and behaves as the real application does: its rate limit, its log-in,
its failures and its oddities. It serves every action, downloads and feeds, to a token and to a
cookie, from one world of data sets, people and what they say. Nothing outside is contacted.

    async with Simulator() as sim:
        sim.world.publish("S288C reads", license="CC0")
        sim.world.forums.reply(1, "Found it!", author="mod1")
        sim.fail(Fault.BAD_GATEWAY, times=3)
        ...  # ask sim.url, with sim.token()
        assert min(sim.gaps()) >= 6

A world of one's own is loaded from JSON: `Simulator(world=World.load(data))`. How near it is to
the real application is tested against two recordings of that: 343 requests in shape, and in
meaning (results, orders, pages) 188 about a second world.

Names are loaded when they are used: pytest imports this package at each of its starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gazelled.testing.content.world import World
    from gazelled.testing.simulator import Arrival, Simulator
    from gazelled.testing.site.faults import Fault

__all__ = ["Arrival", "Fault", "Simulator", "World"]

_HOMES = {
    "Arrival": "simulator",
    "Fault": "site.faults",
    "Simulator": "simulator",
    "World": "content.world",
}


def __getattr__(name: str) -> object:
    """Load a public name."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
