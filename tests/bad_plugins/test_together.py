"""All bad plugins at once: the daemon does its work, and each of them is named."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from tests.bad_plugins.catalog import BAD_PLUGINS
from tests.bad_plugins.model import BadPlugin
from tests.bad_plugins.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.cli.conftest import Person

    from gazelled.testing import Simulator


@asynccontextmanager
async def supervised(person: Person, plugins: Sequence[BadPlugin]) -> AsyncIterator[Supervisor]:
    """Run the daemon with bad plugins, under a supervisor."""
    supervisor = Supervisor(person, plugins)
    running = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
        assert not running.done(), running
    finally:
        running.cancel()


async def examine(person: Person, sim: Simulator, plugins: Sequence[BadPlugin]) -> None:
    """Check what holds with any bad plugins: the main job, the limit, the commands, the names."""
    titles = [f"Saccharomyces yeast reads {number}" for number in range(3)]
    async with supervised(person, plugins) as supervisor:
        await supervisor.delivers("Watching yeast")
        for title in titles:
            sim.world.publish(title)
        await supervisor.delivers(*titles)
        unnamed = await supervisor.named([plugin.name for plugin in plugins])
        assert not unnamed
        assert (await supervisor.command("status"))["running"]
    assert [arrival for arrival in sim.arrivals if arrival.verdict == "limited"] == []
    assert supervisor.secret_in() == []


GROUPS: Mapping[str, Sequence[BadPlugin]] = {
    "that_end_the_process": [plugin for plugin in BAD_PLUGINS.values() if plugin.ends],
    "that_are_quick": [p for p in BAD_PLUGINS.values() if not (p.ends or p.delays)],
    "that_stay": [plugin for plugin in BAD_PLUGINS.values() if not plugin.ends],
}
"""Those that delay items until they have been tried three times are in the last group alone."""


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("group", GROUPS)
async def test_all_together(settled: Person, sim: Simulator, group: str) -> None:
    """The main job goes on, the limit holds, and each one is named with its cause."""
    await examine(settled, sim, GROUPS[group])
