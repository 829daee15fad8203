"""The tops of the simulated tracker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from gazelled.testing import Simulator

Tell = Callable[..., Awaitable[dict[str, Any]]]


async def test_limits_need_a_section(tell: Tell) -> None:
    """More than ten are told of one section only."""
    all_of_them = (await tell("top10", limit="100"))["response"]
    assert [section["limit"] for section in all_of_them] == [10] * 6
    one = (await tell("top10", limit="100", details="snatched"))["response"]
    assert [(section["tag"], section["limit"]) for section in one] == [("snatched", 100)]
    assert len(one[0]["results"]) > 10


async def test_order(tell: Tell, sim: Simulator) -> None:
    """The torrent with the most seeders leads its section; one without any isn't there."""
    sim.world.set_peers(7, seeders=99)
    sim.world.set_peers(8, seeders=0, snatched=999)
    told = (await tell("top10"))["response"]
    assert told[-1]["results"][0]["torrentId"] == 7
    assert 8 not in [row["torrentId"] for row in told[3]["results"]]


async def test_who_hides_is_not_listed(tell: Tell) -> None:
    """Users are listed who have moved enough and hide nothing."""
    told = (await tell("top10", type="users"))["response"]
    names = {row["username"] for section in told for row in section["results"]}
    assert "me" in names
    assert names.isdisjoint({"shy1", "disabled1", "uploader1"})
