"""How everything is, and what was promised beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gazelled.errors import RequestRefused
from gazelled.testing import Fault

if TYPE_CHECKING:
    from .conftest import House


async def test_promise_and_reality_stand_side_by_side(house: House) -> None:
    """A watch that looked in time isn't late."""
    house.watches = house.watches.replace("15m", "1h")
    async with house.running():
        await house.told("Watching yeast")
        await house.until(lambda: "Watching yeast" in house.arrived())
        found = await house.status()
        (watch,) = found["watches"]
        assert (watch["fresh_within"], watch["really_within"]) == (3600.0, 3606.0)
        assert watch["seen"] == watch["last"]
        assert (watch["age"] >= 0, watch["late"]) == (True, watch["age"] > 3666.0)
        assert found["requests"]["sent"] >= 1
        assert found["requests"]["planned_per_hour"] == 1.0
        assert found["requests"]["allowed_per_hour"] == 60.0


async def test_what_has_not_looked_for_too_long_is_late(house: House) -> None:
    """A look that fails doesn't count, even if the tracker answered."""
    house.watches = house.watches.replace("15m", "1h")
    async with house.opened() as app:
        await app.run_watch("yeast")
        (watch,) = (await house.status())["watches"]
        assert watch["late"] is False
        house.sim.fail(Fault.STATUS_ERROR)
        with pytest.raises(RequestRefused):
            await app.run_watch("yeast")
        long_ago = app.clock.now() - timedelta(hours=2)
        await app.store.mark_run("browse group_results=0", long_ago)
        (watch,) = (await house.status())["watches"]
        assert watch["late"] is True
        assert watch["age"] >= 7200.0


async def test_what_never_looked_is_late_after_its_time(house: House) -> None:
    """Before that nobody could expect it."""
    async with house.opened() as app:
        (watch,) = (await house.status())["watches"]
        assert (watch["seen"], watch["age"], watch["late"]) == (None, None, False)
        app.started -= timedelta(hours=1)
        (watch,) = (await house.status())["watches"]
        assert watch["late"] is True


async def test_what_lists_really_need_counts(house: House) -> None:
    """The watcher keeps how many pages they had."""
    async with house.opened() as app:
        await app.store.set_kv("details:browse group_results=0", "1.5")
        assert (await house.status())["requests"]["planned_per_hour"] == 4.0


async def test_it_says_how_far_uploads_are_searched_for(house: House) -> None:
    """Until all are found."""
    house.watches = (
        '[watch.mine]\nask = "my_uploads"\nkind = "alert"\nif = "seeders < 1"\ntell = ["journal"]\n'
    )
    world = house.sim.world
    for number in (20, 45):
        world.torrents[number].uploader = world.user("me").id
    async with house.opened() as app:
        for _ in range(2):
            await app.run_watch("mine")
        (watch,) = (await house.status())["watches"]
        progress = watch["progress"]
        assert progress["known"] + progress["remaining"] == max(world.torrents)
        assert progress["known"] >= 40
        assert datetime.fromisoformat(progress["complete_by"]) > app.clock.now()
        await app.run_watch("mine")
        (watch,) = (await house.status())["watches"]
        assert watch["progress"] is None
