"""Trying a rule on stored items."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gazelled.errors import ConfigError, GazelledError, RequestRefused
from gazelled.model import Item, StreamId
from gazelled.store import LookTransaction

if TYPE_CHECKING:
    from gazelled.service.app import App

    from .conftest import House

UPLOADS = StreamId("browse group_results=0")
DAY = timedelta(days=1)
WATCH = '[watch.yeast]\nask = "browse"\ntell = ["journal"]\nmatch.license = "CC0"\n'
MONTH = 30 * 86400.0


def reads(name: str, licence: str | None, group: str = "") -> Item:
    """Make an upload."""
    return Item(name, "torrent", f"Reads {name}", group=group or name, fields={"license": licence})


async def fill(app: App, stream: str = UPLOADS) -> None:
    """Keep four days of uploads, two of which are formats of one data set."""
    rules = {each.name: each.rule for each in app.config.watches.values()}
    finds = [
        (4, [reads("1", "CC0")]),
        (3, [reads("2", "CC BY")]),
        (2, [reads("3", "CC0", "g3"), reads("4", "CC0", "g3")]),
        (1, [reads("5", None)]),
    ]
    for ago, items in finds:
        await app.store.commit_look(
            LookTransaction(
                StreamId(stream), at=app.clock.now() - ago * DAY, rules=rules, items=items
            )
        )


async def tried(house: House, **given: object) -> Any:  # noqa: ANN401 - it is JSON
    """Try, and tell the last line."""
    lines = await house.ask("try", **{"watch": "yeast", "since": MONTH, **given})
    return lines[-1]["tried"]


def ids(lines: Any) -> list[str]:  # noqa: ANN401 - it is JSON
    """Return the items of a table."""
    return [each["id"] for each in lines]


async def test_the_rule_in_use(house: House) -> None:
    """What fits, the newest first, and how many messages that is: formats share one."""
    house.watches = WATCH
    async with house.opened() as app:
        await fill(app)
        found = await tried(house)
        assert ids(found["shown"]) == ["4", "3", "1"]
        assert found["shown"][0]["why"] == ["CC0"]
        assert (found["items"], found["fit"], found["unknown"]) == (5, 3, 1)
        assert (found["messages"], found["per_day"]) == (2, 0.5)
        assert (found["differs"], found["asked"], found["note"]) == (None, 0, "")
        assert ids((await tried(house, since=2.5 * 86400))["shown"]) == ["4", "3"]


async def test_another_rule(house: House) -> None:
    """What it adds and drops is told."""
    house.watches = WATCH
    rule = '{"ask": "browse", "with": {}, "kind": "new", "match": {"license": ["CC BY"]}}'
    async with house.opened() as app:
        await fill(app)
        found = await tried(house, rule=rule)
    assert ids(found["shown"]) == ["2"]
    differs = found["differs"]
    assert (differs["adds"], ids(differs["added"])) == (1, ["2"])
    assert (differs["drops"], ids(differs["dropped"])) == (3, ["4", "3", "1"])


async def test_a_search_that_is_not_asked_yet(house: House) -> None:
    """It is tried on all uploads, and says that the tracker's search can't be."""
    house.watches = WATCH
    rule = (
        '{"ask": "browse", "with": {"searchstr": "x"}, "kind": "new", "match": {"license": "CC0"}}'
    )
    async with house.opened() as app:
        await fill(app)
        found = await tried(house, watch="draft", rule=rule)
    assert ids(found["shown"]) == ["4", "3", "1"]
    assert (found["differs"], found["asked"]) == (None, 0)
    assert found["note"].endswith("what the tracker's own search would leave out is unknown")


async def test_without_history_two_pages_are_asked(house: House) -> None:
    """It is said before; offline nothing is asked."""
    house.watches = WATCH
    async with house.opened():
        with pytest.raises(GazelledError, match=f"nothing is stored for {UPLOADS} yet"):
            await tried(house, offline=True)
        hint, *waits, last = await house.ask("try", watch="yeast", since=MONTH)
        assert hint["hint"] == f"Nothing is stored for {UPLOADS} yet. This sends 2 requests."
        assert [each["asking"] for each in waits] == [UPLOADS, f"{UPLOADS} page=2"]
        assert last["tried"]["items"] > 0
        assert last["tried"]["asked"] == len(waits)


async def test_after_a_first_look_two_pages_are_asked(house: House) -> None:
    """It keeps nothing of what was there already, and a newcomer wants to see something."""
    async with house.running():
        await house.told("Watching yeast")
        found = await tried(house)
    assert (found["asked"], found["fit"]) == (2, found["items"])
    assert found["items"] > 0


async def test_what_can_not_be_tried(house: House) -> None:
    """An unknown watch, a rule that is none, and a watch that chooses nothing."""
    async with house.opened():
        with pytest.raises(ConfigError, match="no watch"):
            await tried(house, watch="mice")
        with pytest.raises(ConfigError, match="can't be read"):
            await tried(house, rule='{"ask": "nonsense"}')
        with pytest.raises(RequestRefused, match="chooses nothing"):
            await tried(house, rule='{"ask": "stats", "kind": "call"}')


async def test_an_alert(house: House) -> None:
    """What would have raised it, as each was when it was new."""
    house.watches = WATCH
    rule = '{"ask": "browse", "with": {}, "kind": "alert", "if": "license == \\"CC BY\\""}'
    async with house.opened() as app:
        await fill(app)
        found = await tried(house, rule=rule)
    assert ids(found["shown"]) == ["2"]
    assert found["note"] == "each item is evaluated as it was when it was new"


async def test_a_search_for_uploads_says_how_many_requests_it_is(house: House) -> None:
    """It is one call of many requests; what they teach is kept."""
    asks = '[watch.yeast]\nask = "my_uploads"\nkind = "alert"\n'
    house.watches = asks + 'if = "seeders < 5"\ntell = ["journal"]\n'
    for number in (20, 58):
        house.sim.world.torrents[number].uploader = house.sim.world.user("me").id
    async with house.opened():
        hint, *_, last = await house.ask("try", watch="yeast", since=MONTH)
        assert hint["hint"] == "Nothing is stored for my_uploads yet. This sends 42 requests."
        assert ids(last["tried"]["shown"]) == ["58"]
        hint, *_ = await house.ask("try", watch="yeast", since=MONTH)
        assert hint["hint"].endswith("This sends 24 requests.")
