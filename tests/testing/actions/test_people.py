"""Other users at the simulated tracker."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from gazelled.testing import Simulator

Tell = Callable[..., Awaitable[dict[str, Any]]]


async def test_numbers_are_text(tell: Tell, sim: Simulator) -> None:
    """What a user shares is text with commas; nothing leeched is a number, hidden ones `false`."""
    sim.world.user("power1").snatched = {*range(1, 1235)}
    told = (await tell("community_stats", token=True, userid="6"))["response"]
    assert (told["seeding"], told["leeching"], told["snatched"]) == ("3", 0, "1,234")
    assert (told["usnatched"], told["downloaded"]) == (False, False)
    shy = (await tell("community_stats", token=True, userid="11"))["response"]
    assert {*shy.values()} == {False}


async def test_recent_ones_need_a_picture(tell: Tell, sim: Simulator) -> None:
    """Only sequences with a picture are recent; whoever hides them says so."""
    sim.world.publish("With", picture="https://pics.example.org/x.png", uploader="power1")
    sim.world.publish("Without", uploader="power1")
    told = (await tell("user_recents", token=True, userid="6"))["response"]
    assert [row["Name"] for row in told["uploads"]] == ["With"]
    shy = (await tell("user_recents", token=True, userid="11"))["response"]
    assert shy == {"snatches": "hidden", "uploads": "hidden"}


async def test_recommending(tell: Tell, sim: Simulator) -> None:
    """A friend who takes recommendations gets a message."""
    power = sim.world.user("power1")
    sim.world.user("me").friends.add(power.id)
    friends = json.loads((await tell("get_friends"))["response"])
    assert friends == [{"FriendID": "6", "Username": "power1"}]
    form = {"friend": "6", "type": "torrent", "id": "1", "note": "Nice"}
    assert (await tell("send_recommendation", form=form))["response"] == "Sent!"
    inbox = (await tell("inbox", "power1"))["response"]["messages"]
    assert inbox[0]["subject"] == "me recommended you a torrent!"


async def test_search_has_pages(tell: Tell) -> None:
    """Users are found by a part of their name, in its order."""
    told = (await tell("usersearch", token=True, search="1"))["response"]
    names = [row["username"] for row in told["results"]]
    assert names == sorted(names)
    assert ("me" in names, told["pages"]) == (False, 1)
