"""What the daemon does for those who keep watches by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gazelled.model import StreamId

if TYPE_CHECKING:
    from .conftest import House

BROWSE = StreamId("browse group_results=0")


async def test_what_a_watch_told_is_listed(house: House) -> None:
    """The newest first, without what others told."""
    async with house.running():
        await house.told("Watching yeast")
        house.sim.world.publish("S288C reads")
        await house.ask("watch.run", name="yeast")
        (said,) = await house.ask("watch.told", name="yeast")
        (nothing,) = await house.ask("watch.told", name="yeas")
    assert said["count"] == 2
    assert [each["title"] for each in said["told"]] == ["S288C reads", "Watching yeast"]
    assert nothing == {"told": [], "count": 0}


async def test_a_watch_that_is_gone_is_forgotten(house: House) -> None:
    """One that still runs would only begin again, so it isn't."""
    async with house.opened() as app:
        await app.run_watch("yeast")
        (said,) = await house.ask("watch.forget", name="yeast")
        assert said == {"watch": "yeast", "forgotten": False, "runs": True}
        assert (await app.store.streams.state(BROWSE)).watches.keys() == {"yeast"}
    house.watches = house.watches.replace("yeast", "mice") + 'match.title = "mice"\n'
    async with house.opened() as app:
        (said,) = await house.ask("watch.forget", name="yeast")
        assert said == {"watch": "yeast", "forgotten": True, "runs": False}
        assert (await app.store.streams.state(BROWSE)).watches == {}
