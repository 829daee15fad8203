"""A watch that got another name goes on where it was."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gazelled.model import StreamId
from gazelled.service.maintenance import maintain

if TYPE_CHECKING:
    from .conftest import House

WATCH = """
[watch.{}]
ask = "browse"
match = {{ title = "reads" }}
every = "15m"
tell = ["journal"]
"""
ALERT = """
[watch.{}]
ask = "browse"
kind = "alert"
match = {{ title = "lonely" }}
if = "seeders <= 1"
every = "15m"
tell = ["journal"]
"""


async def look(house: House, *names: str) -> None:
    """Look once with the watches that are configured, and tell what comes of it."""
    async with house.opened() as app:
        for name in names:
            await app.run_watch(name)
        await app.deliverer.drain(60)
        await maintain(app.store, app.clock, *app.configured())


def told(house: House) -> list[tuple[str, str]]:
    """Read who told what, but for first looks."""
    return [
        (line["watch"], line["title"]) for line in house.journal() if line["kind"] != "first-look"
    ]


async def test_nothing_is_missed_and_nothing_repeated(house: House) -> None:
    """What came between the last look by the old name and the first by the new one is told."""
    house.watches = WATCH.format("before")
    house.sim.world.publish("Reads that were there")
    await look(house, "before")
    house.sim.world.publish("Reads of meanwhile")
    house.watches = WATCH.format("after")
    await look(house, "after")
    await look(house, "after")

    assert told(house) == [("after", "Reads of meanwhile")]


async def test_what_was_raised_is_not_raised_again(house: House) -> None:
    """An alert ends under the new name."""
    house.watches = ALERT.format("before")
    lonely = house.sim.world.publish("Lonely reads", seeders=5)
    await look(house, "before")
    house.sim.world.set_peers(lonely.id, seeders=1)
    await look(house, "before")
    house.watches = ALERT.format("after")
    await look(house, "after")
    house.sim.world.set_peers(lonely.id, seeders=9)
    await look(house, "after")

    assert [(line["watch"], line["kind"]) for line in house.journal()][1:] == [
        ("before", "raised"),
        ("after", "cleared"),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [(("one", "two"), ("one", "three", "four")), (("one", "two"), ("three",))],
    ids=["two could be it", "it could be of two"],
)
async def test_where_several_could_be_meant(
    house: House, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    """All of them begin anew."""
    house.watches = "".join(WATCH.format(name) for name in before)
    await look(house, before[0])
    house.sim.world.publish("Reads of meanwhile")
    house.watches = "".join(WATCH.format(name) for name in after)
    await look(house, after[0])

    assert {name for name, _ in told(house)} == {"one"} & set(after)


async def test_a_rule_of_its_own_begins_anew(house: House) -> None:
    """It is another watch, which takes what is there as known."""
    house.watches = WATCH.format("before")
    await look(house, "before")
    house.sim.world.publish("Reads of meanwhile")
    house.watches = WATCH.format("after").replace("reads", "READS OF")
    await look(house, "after")

    assert told(house) == []


async def test_a_disabled_one_is_not_gone(house: House) -> None:
    """Another with its rule takes nothing from it."""
    house.watches = WATCH.format("before")
    await look(house, "before")
    house.sim.world.publish("Reads of meanwhile")
    disabled = WATCH.format("before") + "disabled = true\n"
    house.watches = disabled + WATCH.format("other")
    await look(house, "other")
    house.watches = WATCH.format("before") + WATCH.format("other")
    house.sim.world.publish("Reads of now")
    await look(house, "before")

    assert told(house) == [("before", "Reads of now"), ("other", "Reads of now")]


async def test_one_that_was_removed_long_ago_is_not_meant(house: House) -> None:
    """A watch that is written later begins with what is there then."""
    house.watches = WATCH.format("before")
    await look(house, "before")
    house.watches = WATCH.format("other").replace("reads", "rice")
    await look(house, "other")
    house.sim.world.publish("Reads of meanwhile")
    house.watches = WATCH.format("after")
    await look(house, "after")

    assert told(house) == []


async def test_why_knows_who_told_it_before(house: House) -> None:
    """Under the new name it says which one told it."""
    house.watches = WATCH.format("before")
    await look(house, "before")
    told_of = house.sim.world.publish("Reads of then")
    await look(house, "before")
    house.watches = WATCH.format("after")
    async with house.opened():
        (line,) = await house.ask("why", item=str(told_of.id), watch="after")

    ((watch,),) = [sight["watches"] for sight in line["why"]["seen"]]
    assert (watch["watch"], watch["verdict"]) == ("after", True)
    assert watch["note"] == "reported by before, which isn't in the config any more"


async def test_what_rests_is_kept(house: House) -> None:
    """A disabled watch goes on where it was, however long it rested."""
    house.watches = WATCH.format("yeast")
    await look(house, "yeast")
    house.watches = WATCH.format("yeast") + "disabled = true\n"
    async with house.opened() as app:
        for days in (0, 80, 160):
            later = app.clock.now() + timedelta(days=days)
            await app.store.mark_in_use(*app.configured(), later)
            await app.store.prune(later - timedelta(days=90))
        assert [*(await app.store.streams.state(StreamId("browse group_results=0"))).watches] == [
            "yeast"
        ]
