"""The daemon is killed again and again while it looks, catches up and delivers."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import pytest

from gazelled.testing import Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

PER = 0.03
MOST = 120.0
"""How many seconds it may take at most until something is so."""

BEHIND = 80
"""So many uploads are further back than the pages go."""

DEATHS = [7, 24, 34, 3, 25, 18]
"""After how many requests it is killed: at its pages, at what lies behind them, at neither."""


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """Return a tracker that takes thirty requests a second."""
    async with Simulator(per=PER, allowed=2) as made:
        yield made


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that takes long."""
    async with asyncio.timeout(MOST):
        while not holds():  # noqa: ASYNC110 - another process makes it hold
            await asyncio.sleep(0.01)


@pytest.mark.slow
@pytest.mark.timeout(2 * MOST)
async def test_kills_at_any_moment_lose_and_repeat_nothing(settled: Person, sim: Simulator) -> None:
    """Each upload that fits is in the journal once, whenever the process died."""
    text = settled.config.read_text().replace("per = 0.1", f'per = {PER}\nfloor = "2s"')
    watch = 'match.title = "Wanted"\nevery = "2s"'
    settled.write(text.replace('with = { searchstr = "yeast" }', watch))
    chance = random.Random(4)  # noqa: S311 - moments, not a secret
    wanted: list[str] = []

    def upload(count: int) -> None:
        for _ in range(count):
            fits = chance.random() < 1 / 4
            title = f"Wanted {len(wanted)}" if fits else "Other"
            wanted.extend([title] if fits else [])
            sim.world.publish(title)

    first = await settled.daemon()
    await until(lambda: settled.titles() == ["Watching yeast"])
    first.kill()
    await settled.ended(first)
    upload(1000 + BEHIND)
    for requests in DEATHS:
        upload(2)
        seen = len(sim.arrivals)
        daemon = settled.starts("run")
        await until(lambda: len(sim.arrivals) >= seen + requests)  # noqa: B023 - called at once
        await asyncio.sleep(chance.uniform(0, 0.1))
        assert daemon.poll() is None
        daemon.kill()
        await settled.ended(daemon)
    upload(2)
    last = await settled.daemon()
    await until(lambda: len(settled.titles()) > len(wanted))
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(last) == 0
    assert Counter(settled.titles()) == Counter(["Watching yeast", *wanted])
    assert {each.verdict for each in sim.arrivals} == {"ok"}


@pytest.mark.slow
@pytest.mark.timeout(2 * MOST)
async def test_kills_while_uploads_are_searched_for(settled: Person, sim: Simulator) -> None:
    """What was learnt stays so, and each alert is in the journal once."""
    text = settled.config.read_text().replace("per = 0.1", f'per = {PER}\nfloor = "2s"')
    text = text.replace("[tracker]", "[tracker]\nshare = 1.0")
    watch = (
        'ask = "my_uploads"\nwith = { learn = 8 }\nkind = "alert"\nif = "seeders < 1"\nevery = "2s"'
    )
    settled.write(text.replace('ask = "browse"\nwith = { searchstr = "yeast" }', watch))
    mine = [58, 45, 30, 12, 3]
    for number in mine:
        sim.world.torrents[number].uploader = sim.world.user("me").id
        sim.world.set_peers(number, seeders=0)
    for requests in DEATHS:
        seen = len(sim.arrivals)
        daemon = settled.starts("run")
        await until(lambda: len(sim.arrivals) >= seen + requests)  # noqa: B023 - called at once
        assert daemon.poll() is None
        daemon.kill()
        await settled.ended(daemon)
    last = await settled.daemon()
    await until(lambda: len(settled.titles()) >= len(mine))
    seen = len(sim.arrivals)
    await until(lambda: len(sim.arrivals) >= seen + 3 * (2 + len(mine)))  # nothing more comes
    assert (await settled.asks("stop")).code == 0
    assert await settled.ended(last) == 0
    titles = [sim.world.torrents[number].group.title for number in mine]
    assert sorted(settled.titles()) == sorted(f"{title}: seeders 0, below 1" for title in titles)
    searched = [each.action for each in sim.arrivals[seen:]]
    assert set(searched) == {"index", "user", "torrentgroup"}
    assert {each.verdict for each in sim.arrivals} == {"ok"}
