"""Collages and bookmarks of the simulated tracker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from gazelled.testing import Simulator

Tell = Callable[..., Awaitable[dict[str, Any]]]


async def test_a_collage_changes(tell: Tell, sim: Simulator) -> None:
    """What is added stands at the end; what is deleted leaves."""
    new = sim.world.publish("New yeast")
    sim.world.collages.add(1, new.group.id)
    listed = (await tell("collage", token=True, id="1"))["response"]
    assert listed["torrentGroupIDList"][-1] == new.group.id
    assert listed["torrentgroups"][-1]["torrents"][0]["torrentid"] == new.id
    sim.world.delete(new.id)
    listed = (await tell("collage", token=True, id="1"))["response"]
    assert new.group.id not in listed["torrentGroupIDList"]


async def test_bookmarks_are_seen_everywhere(tell: Tell, sim: Simulator) -> None:
    """A bookmark is listed by `bookmarks`, and shown by `browse` to a token as well."""
    sim.world.bookmark(4)
    marks = (await tell("bookmarks", token=True))["response"]["bookmarks"]
    assert [row["id"] for row in marks] == [1, 4]
    found = (await tell("browse", token=True))["response"]["results"]
    assert {row["groupId"] for row in found if row["bookmarked"]} <= {1, 4}


async def test_dots_are_not_kept(tell: Tell, sim: Simulator) -> None:
    """In lists, tags are one string with `_` for `.`."""
    new = sim.world.publish("Open", tags=["open.data", "yeast"])
    sim.world.bookmark(new.group.id)
    marks = (await tell("bookmarks"))["response"]["bookmarks"]
    assert marks[-1]["tagList"] == "open_data yeast"
