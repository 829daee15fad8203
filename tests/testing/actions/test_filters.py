"""What filters find at the simulated tracker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from gazelled.testing import Simulator

Tell = Callable[..., Awaitable[dict[str, Any]]]


async def test_reading_marks_all_read(tell: Tell, sim: Simulator) -> None:
    """The first page marks what is on the others as read, too."""
    unread = len(sim.world.torrents)
    before = (await tell("index", "power1"))["response"]["notifications"]["notifications"]
    first = (await tell("notifications", "power1"))["response"]
    assert (before, first["numNew"], len(first["results"])) == (unread, 50, 50)
    assert (await tell("notifications", "power1", page="2"))["response"]["numNew"] == 0
    after = (await tell("index", "power1"))["response"]["notifications"]["notifications"]
    assert after == 0


async def test_a_new_upload_is_found(tell: Tell, sim: Simulator) -> None:
    """An upload that fits is found at once, and leaves with its torrent."""
    sim.world.filters.create("Moss", ["moss"], user="uploader1")
    new = sim.world.publish("Moss genome", tags=["moss"])
    told = (await tell("get_user_notifications", "uploader1"))["response"]["Torrents"]
    assert told["message"] == "You have a new torrent notification"
    listed = (await tell("notifications", "uploader1"))["response"]["results"]
    assert [row["torrentId"] for row in listed] == [new.id]
    sim.world.delete(new.id)
    assert (await tell("notifications", "uploader1"))["response"]["results"] == []


async def test_not_for_every_class(tell: Tell) -> None:
    """Users and moderators, and all tokens, are refused."""
    told = [await tell("notifications", who) for who in ("me", "mod1")]
    told.append(await tell("notifications", "power1", token=True))
    assert [each["error"] for each in told] == ["bad parameters"] * 3
