"""
The simulated tracker, for the demo, for tests and for plugin authors.

It listens on loopback and behaves like the real application, with its rate limit, log-in, failures
and oddities. It serves every action, downloads and feeds, for tokens and cookies, from one world of
data sets, people and their posts. It contacts nothing outside.

    async with Simulator() as sim:
        sim.world.publish("S288C reads", license="CC0")
        sim.world.forums.reply(1, "Found it!", author="mod1")
        sim.fail(Fault.BAD_GATEWAY, times=3)
        ...  # send requests to sim.url, with sim.token()
        assert min(sim.gaps()) >= 6

Load a world of your own from JSON: `Simulator(world=World.load(data))`. Tests compare it with two
recordings of the real application: 343 requests in shape, and 188 about a second world in meaning
(results, orders, pages).

Names are imported on first use, since pytest imports this package at each start.
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
