"""The tops of the simulated tracker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gazelled.testing import Simulator

Call = Callable[..., Awaitable[Any]]
Tell = Callable[..., Awaitable[dict[str, Any]]]


async def test_limits(tell: Tell) -> None:
    """A hundred are told of all sections or of one; what is no limit is ten."""
    all_of_them = (await tell("top10", limit="100"))["response"]
    assert [section["limit"] for section in all_of_them] == [100] * 6
    assert {each["limit"] for each in (await tell("top10", limit="25"))["response"]} == {10}
    one = (await tell("top10", limit="100", details="snatched"))["response"]
    assert [(section["tag"], section["limit"]) for section in one] == [("snatched", 100)]
    assert len(one[0]["results"]) > 10


async def test_order(tell: Tell, sim: Simulator) -> None:
    """The torrent with the most seeders leads its section; the day's need seeders to be there."""
    sim.world.set_peers(7, seeders=99)
    sim.world.set_peers(8, seeders=0, snatched=999)
    new = [sim.world.publish("New", seeders=seeders).id for seeders in (0, 1)]
    told = (await tell("top10"))["response"]
    assert told[-1]["results"][0]["torrentId"] == 7
    assert told[3]["results"][0]["torrentId"] == 8
    assert new[0] not in [row["torrentId"] for row in told[0]["results"]]
    assert new[1] in [row["torrentId"] for row in told[0]["results"]]


@pytest.mark.parametrize("kind", ["torrents", "tags", "users"])
async def test_no_such_section(
    call: Call, cookie: Callable[..., Awaitable[str]], kind: str
) -> None:
    """A section that isn't one is an error page behind the JSON."""
    told = await call("top10", cookie=await cookie(), type=kind, details="nonsense")
    assert told.status == 500
    assert told.text.startswith('{"status":"failure"}\n<!doctype')


async def test_who_hides_is_not_listed(tell: Tell) -> None:
    """Users are listed who have moved enough and hide nothing."""
    told = (await tell("top10", type="users"))["response"]
    names = {row["username"] for section in told for row in section["results"]}
    assert "me" in names
    assert names.isdisjoint({"shy1", "disabled1", "uploader1"})
