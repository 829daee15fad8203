"""Answers as other sites and PHP write them, and entries that nobody can read: the whole daemon."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gazelled.model import StreamId
from gazelled.testing import Fault, Simulator, World

from .conftest import House, HouseClock

BROWSE = StreamId("browse group_results=0")

Entries = list[dict[str, Any]]

WATCH = """
[watch.yeast]
ask = "browse"
every = "15m"
tell = ["journal", "moody"]
"""


def rewritten(house: House, change: Callable[[Any], object], *, once: bool = False) -> None:
    """Have the tracker answer searches with what becomes of its own `response`."""

    def rewrite(body: bytes) -> bytes:
        envelope = json.loads(body)
        return json.dumps(envelope | {"response": change(envelope["response"])}).encode()

    house.sim.settings.rewrite = rewrite
    house.sim.fail(Fault.REWRITTEN, action="browse", times=1 if once else None)


def first(change: Callable[[dict[str, Any]], object]) -> Callable[[Any], object]:
    """Change the newest entry."""

    def rewrite(response: Any) -> object:  # noqa: ANN401 - it is JSON
        results = response["results"]
        return response | {"results": [change(results[0]), *results[1:]]}

    return rewrite


def flat(response: Any) -> object:  # noqa: ANN401 - it is JSON
    """Write torrents without a list around each, with the time of the group, as Orpheus does."""
    results = []
    for entry in response["results"]:
        (torrent,) = entry.pop("torrents")
        time = datetime.fromisoformat(torrent.pop("time")).replace(tzinfo=UTC)
        kept = {key: entry[key] for key in ("groupId", "groupName", "tags")}
        results.append(kept | torrent | {"groupTime": str(int(time.timestamp()))})
    return response | {"results": results}


def with_holes(response: Any) -> object:  # noqa: ANN401 - it is JSON
    """Write lists as PHP does when an entry was taken out of them."""
    results = [entry | {"torrents": {"3": entry["torrents"][0]}} for entry in response["results"]]
    return response | {"results": {str(2 * n): entry for n, entry in enumerate(results)}}


def titled(title: str) -> Callable[[dict[str, Any]], object]:
    """Set the title of the newest entry."""
    return lambda entry: entry | {"groupName": title}


def with_torrent(**values: object) -> Callable[[dict[str, Any]], object]:
    """Change values of the torrent of the newest entry."""
    return lambda entry: entry | {"torrents": [entry["torrents"][0] | values]}


@pytest.mark.parametrize(
    ("change", "title"),
    [
        (flat, "S288C reads"),
        (with_holes, "S288C reads"),
        (first(titled("Yeast \ud83d")), "Yeast \ufffd"),
        (first(titled("Yeast\0\x1b[31m\u202e")), "Yeast\ufffd\ufffd[31m\ufffd"),
        (first(titled("B" * 3_000_000)), "B" * 999 + "…"),
        (first(with_torrent(size=10**400)), "S288C reads"),
        (first(with_torrent(size=float("nan"), seeders=float("inf"))), "S288C reads"),
        (first(with_torrent(time="0001-01-01 00:00:00")), "S288C reads"),
        (first(with_torrent(time="9999-12-31 23:59:59")), "S288C reads"),
        (first(with_torrent(format="\udfff", license=["x"])), "S288C reads"),
    ],
    ids=lambda given: str(given)[:12] if isinstance(given, str) else "",
)
async def test_what_is_new_is_told_whatever_the_spelling(
    house: House, change: Callable[[Any], object], title: str
) -> None:
    """Both are told once, to a target that writes files as well, and nothing is wrong."""
    house.watches = WATCH
    house.more = ""
    async with house.running():
        await house.told("Watching yeast")
        house.sim.world.publish("S288C reads")
        rewritten(house, change)
        await house.ask("watch.run", name="yeast")
        house.sim.repair()
        house.sim.world.publish("The one after it")
        await house.ask("watch.run", name="yeast")
        await house.told("The one after it")
        await house.until(lambda: "The one after it" in house.arrived())
        (watch,) = (await house.status())["watches"]
    found = [each for each in house.titles() if not each.startswith("Answers of BioTorrents.de")]
    assert [*map(len, found)] == [*map(len, ["Watching yeast", title, "The one after it"])]
    assert found == ["Watching yeast", title, "The one after it"]
    assert (watch["trouble"], watch["unreadable"]) == ("", [])


@pytest.mark.parametrize("empty", [[], {}, {"results": None, "pages": 1, "currentPage": 1}])
async def test_no_hits(house: House, empty: object) -> None:
    """An empty list or null in place of the list is no trouble, and loses nothing."""
    house.watches = WATCH
    async with house.running():
        await house.told("Watching yeast")
        rewritten(house, lambda _: empty)
        house.sim.world.publish("S288C reads")
        await house.ask("watch.run", name="yeast")
        house.sim.repair()
        await house.ask("watch.run", name="yeast")
        await house.told("S288C reads")
        (watch,) = (await house.status())["watches"]
    assert watch["trouble"] == ""
    assert house.titles() == ["Watching yeast", "S288C reads"]


CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize(
    ("case", "title"),
    [("flat-browse", "A manual"), ("lone-surrogate", "Yeast \ufffd")],
)
async def test_cases_at_another_site(
    tmp_path: Path, clock: HouseClock, port: int, case: str, title: str
) -> None:
    """By the profile of Orpheus, what such answers list is new after the first look, and told."""
    async with Simulator(world=World(clock), clock=clock, per=6.0, scheme="token") as sim:
        house = House(tmp_path, sim, clock, port)
        house.auth = 'profile = "orpheus"\ntoken = { env = "TOKEN" }'
        house.watches = WATCH
        rewritten(house, lambda _: {"results": []})
        async with house.opened() as app:
            assert await app.once()
        sim.repair()
        sim.settings.rewrite = lambda _: (CASES / f"{case}.json").read_bytes()
        sim.fail(Fault.REWRITTEN, action="browse")
        for _ in range(2):
            clock.skip(3600)
            async with house.opened() as app:
                assert await app.once()
                source = next(iter(app.watcher.sources))
                assert await app.watcher.troubles.of(source) == ""
                assert await app.watcher.unreadable.here(source) == []
    told = [each for each in house.titles() if "to browse have changed" not in each]
    assert told == ["Watching yeast", title]
    assert title in house.arrived()


@pytest.mark.parametrize(
    ("case", "trouble"),
    [
        ("lists-as-objects-empty", ""),
        ("lists-as-objects-null", ""),
        (
            "lists-as-objects-results",
            (
                "None of the entries of the answer can be read. Entry 1 of results (groupId 3): it "
                "has no torrentId; entry 2 of results (groupId 1): it has no torrentId."
            ),
        ),
    ],
)
async def test_lists_as_php_writes_them(house: House, case: str, trouble: str) -> None:
    """No hits are no trouble; a list as an object is entered, and its entries are named."""
    house.watches = WATCH
    house.sim.settings.rewrite = lambda _: (CASES / f"{case}.json").read_bytes()
    house.sim.fail(Fault.REWRITTEN, action="browse")
    async with house.opened() as app:
        assert await app.once() is not bool(trouble)
        assert await app.watcher.troubles.of(next(iter(app.watcher.sources))) == trouble


async def test_an_id_that_is_too_large(house: House) -> None:
    """It isn't read as one; `why` says so, and doesn't promise that it is yet to come."""
    house.watches = WATCH
    async with house.running() as app:
        await house.told("Watching yeast")
        house.sim.world.publish("S288C reads")
        rewritten(house, first(lambda entry: entry | {"torrents": [{"torrentId": 10**20}]}))
        await house.ask("watch.run", name="yeast")
        await house.told("yeast: 1 entry could not be read")
        (line,) = await house.ask("why", item=str(10**20), watch="")
        (reason,) = line["why"]["unseen"]
        assert await app.watcher.unreadable.here(BROWSE)
    assert reason["text"].startswith("a number that large can't be read as an id")
    assert "its torrentId is null, or out of range" in reason["text"]


async def test_an_entry_that_cannot_be_read(house: House) -> None:
    """It is told once, with its number, shown by `status`, explained by `why`; the rest is told."""
    house.watches = WATCH
    async with house.running() as app:
        await house.told("Watching yeast")
        lost = house.sim.world.publish("The lost one")
        house.sim.world.publish("The one after it")

        def spoil(response: Any) -> object:  # noqa: ANN401 - it is JSON
            for entry in response["results"]:
                if entry["torrents"][0]["torrentId"] == lost.id:
                    entry["torrents"] = [{"id": lost.id, "time": "2026-03-02 09:00:00"}]
            return response

        rewritten(house, spoil)
        for _ in range(3):
            await house.ask("watch.run", name="yeast")
        await house.told("The one after it")
        await house.told("yeast: 1 entry could not be read")
        (watch,) = (await house.status())["watches"]
        (line,) = await house.ask("why", item=str(lost.id), watch="")
        (reason,) = line["why"]["unseen"]
        said = f"entry 2 of results (groupId {lost.group.id}, id {lost.id}): it has no torrentId"
        await house.told("Answers of BioTorrents.de to browse have changed")
        assert watch["unreadable"] == [said]
        assert reason["text"].startswith("it could not be read at the look of ")
        assert reason["text"].endswith(said)
        state = await app.store.streams.state(BROWSE)
        assert int(state.watermark or 0) == lost.id + 1
        house.sim.repair()
        await house.ask("watch.run", name="yeast")
        await house.told("The lost one")
        (watch,) = (await house.status())["watches"]
    assert watch["unreadable"] == []
    told = [each for each in house.titles() if "to browse have changed" not in each]
    assert sorted(told) == sorted(
        [
            "Watching yeast",
            "yeast: 1 entry could not be read",
            "The one after it",
            "The lost one",
        ]
    )
    notice = next(each for each in house.journal() if "could not be read" in each["title"])
    assert said in notice["text"]
    changed = next(each for each in house.journal() if "to browse have changed" in each["title"])
    assert "nothing for you to do" not in changed["text"]


async def test_why_finds_an_id_that_is_none(house: House) -> None:
    """What stands where the id should names the entry, also where it can't be an id."""
    house.watches = WATCH
    async with house.running():
        await house.told("Watching yeast")
        house.sim.world.publish("The odd one")
        rewritten(house, first(with_torrent(torrentId="7; drop table")))
        await house.ask("watch.run", name="yeast")
        (line,) = await house.ask("why", item="7; drop table", watch="yeast")
    (reason,) = line["why"]["unseen"]
    assert 'its torrentId is "7; drop table", not a number from 1 on' in reason["text"]


async def test_why_says_that_looks_fail(house: House) -> None:
    """Where nothing of an answer can be read, that is why an item wasn't seen."""
    house.watches = WATCH
    async with house.running():
        await house.told("Watching yeast")
        lost = house.sim.world.publish("The lost one")
        rewritten(house, lambda response: response | {"results": [{"id": lost.id}]})
        with pytest.raises(Exception, match="None of the entries"):
            await house.ask("watch.run", name="yeast")
        (line,) = await house.ask("why", item=str(lost.id), watch="")
        (reason,) = line["why"]["unseen"]
    said = f"None of the entries of the answer can be read. Entry 1 of results (id {lost.id}): it"
    assert f"its looks fail: {said} has no torrentId." in reason["text"]
