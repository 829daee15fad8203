"""One action that fails all the time: the other watches, what people see, and how it ends."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.service.conftest import PER, UNHURRIED, House

from gazelled.clock import Clock
from gazelled.errors import TrackerUnavailable
from gazelled.testing import Fault, Simulator, World
from gazelled.testing.ports import free_port

if TYPE_CHECKING:
    from gazelled.service.app import App

HOUR = 3600.0
SPEED, SLOWER, SLOWEST = 300.0, 60.0, 20.0
MARGIN = 150.0
"""The seconds that a look may wait for its turn: half a real one."""

NOTHING = 0.02
"""How often is looked, in seconds of the world, whether the machine is busy with something else."""

WATCHES = """
[watch.yeast]
ask = "browse"
every = "5m"
tell = ["journal"]
[watch.wanted]
ask = "requests"
every = "10m"
tell = ["journal"]
[watch.inbox]
ask = "inbox"
every = "5m"
tell = ["journal"]
[watch.news]
ask = "announcements"
mark_read = true
every = "10m"
tell = ["journal"]
[watch.notes]
ask = "get_user_notifications"
every = "10m"
tell = ["journal"]
[watch.ratio]
ask = "account"
kind = "call"
every = "10m"
[watch.figures]
ask = "stats"
kind = "call"
every = "5m"
"""


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> Clock:
    """Make an hour pass in twelve seconds, or as slowly as a test wants, from a Monday morning."""
    speed: float = getattr(request, "param", SPEED)
    return Clock(speed=speed, start=datetime(2026, 3, 2, 9, tzinfo=UTC))


class HoldUps:
    """Adds up for how long the machine and its disk kept the daemon waiting, in its seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds = 0.0

    async def watch(self, app: App) -> None:
        """Look again and again how long nothing takes."""
        while True:
            before = self._clock.monotonic()
            await asyncio.sleep(NOTHING)
            await app.store.last_runs()
            late = self._clock.monotonic() - before - NOTHING * self._clock.speed
            self.seconds += late if late > MARGIN / 10 else 0.0


def asked_at(house: House, action: str) -> list[float]:
    """Return when an action was asked."""
    return [each.at for each in house.sim.arrivals if each.action == action]


@dataclass(frozen=True)
class Hour:
    """
    An hour in which an action failed.

    Attributes:
        house: Where.
        begin: When it began, on that house's clock.
        end: When it ended.
        promised: How fresh each watch is promised to be.
        known: The actions that were known to fail.
        held_up: How many seconds the machine kept the daemon waiting.

    """

    house: House
    begin: float
    end: float
    promised: dict[str, float]
    known: set[str]
    held_up: float


FAILURES: dict[str, tuple[Fault, str | None, set[str]]] = {
    "search": (Fault.SEARCH_DOWN, None, {"browse", "requests"}),
    "browse": (Fault.EMPTY_500, "browse", {"browse"}),
    "sentinel": (Fault.EMPTY_500, "get_user_notifications", {"get_user_notifications"}),
    "stats": (Fault.EMPTY_500, "stats", {"stats"}),
    "inbox": (Fault.HTML, "inbox", {"inbox"}),
}
"""How what fails, at the same time in five houses, and which actions that are."""


async def hour_of_failing(home: Path, fault: Fault, only: str | None) -> Hour:
    """Let a daemon run for an hour while an action fails."""
    home.mkdir()  # noqa: ASYNC240 - nothing else runs yet
    clock = Clock(speed=SPEED, start=datetime(2026, 3, 2, 9, tzinfo=UTC))
    async with Simulator(
        world=World(clock), clock=clock, per=PER, allowed=2, close_after=UNHURRIED
    ) as sim:
        house = House(home, sim, clock, free_port())
        house.limit = 'floor = "1m"'
        house.watches = WATCHES
        sim.fail(fault, action=only)
        hold_ups = HoldUps(clock)
        async with house.running() as app:
            watching = asyncio.create_task(hold_ups.watch(app), name="hold-ups")
            begin = clock.monotonic()
            await clock.sleep(HOUR)
            end = clock.monotonic()
            watching.cancel()
            status = await house.status()
            promised = {each["name"]: each["fresh_within"] for each in status["watches"]}
            known = {each.name for each in app.dispatcher.health.actions.failing}
    return Hour(house, begin, end, promised, known, hold_ups.seconds)


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Hour]:
    """Let the hours pass side by side."""

    async def side_by_side() -> list[Hour]:
        home = tmp_path_factory.mktemp("houses")
        return await asyncio.gather(
            *(
                hour_of_failing(home / name, fault, only)
                for name, (fault, only, _) in FAILURES.items()
            )
        )

    return dict(zip(FAILURES, asyncio.run(side_by_side()), strict=True))


@pytest.mark.parametrize("name", FAILURES)
def test_an_hour_with_one_action_failing(hours: dict[str, Hour], name: str) -> None:
    """Every watch that doesn't ask it stays as fresh as promised, and its try costs little."""
    hour, failing = hours[name], FAILURES[name][2]
    house = hour.house
    assert hour.known == failing
    # What the sentinel speaks for is seen by asking the sentinel, or itself while that fails.
    sentinel = "get_user_notifications"
    shown_by = {
        "yeast": "browse",
        "wanted": "requests",
        "inbox": "inbox" if sentinel in failing else sentinel,
        "news": "announcements",
        "notes": sentinel,
        "ratio": "index",
        "figures": "stats",
    }
    for watch, action in shown_by.items():
        if failing.isdisjoint({action, watch}):
            looks = [hour.begin, *asked_at(house, action), hour.end]
            stalest = max(later - earlier for earlier, later in pairwise(looks))
            assert stalest <= hour.promised[watch] + MARGIN + hour.held_up, (watch, stalest)
    for each in failing:
        tries = asked_at(house, each)
        assert 3 <= len(tries) <= 7, (each, tries)
        assert tries[1] - tries[0] >= 60
        assert tries[2] - tries[1] >= 240
    told = Counter(title.partition(" since")[0] for title in house.titles())
    about = {title: count for title, count in told.items() if "BioTorrents.de" in title}
    assert about == {f"{each} of BioTorrents.de has failed": 1 for each in failing}
    assert min(house.sim.gaps()) >= 6.0


@pytest.mark.parametrize("clock", [SLOWER], indirect=True)
async def test_what_people_see_of_it(house: House, clock: Clock) -> None:
    """Status, its line, the time of the next try, a person's calls, and how resume ends it."""
    house.limit = 'floor = "1m"'
    house.watches = WATCHES
    house.sim.fail(Fault.EMPTY_500, action="browse")
    async with house.running() as app:
        await house.until(lambda: bool(app.dispatcher.health.actions.failing))
        await house.until(lambda: any("browse of" in title for title in house.titles()))
        status = await house.status()
        assert status["tracker"]["state"] == "up"
        [failing] = status["tracker"]["failing"]
        assert (failing["action"], failing["problem"]) == ("browse", "500 Internal Server Error")
        assert "failing: browse" in status["summary"]
        [yeast] = [each for each in status["watches"] if each["name"] == "yeast"]
        rest = app.dispatcher.health.actions.held_for(app.watcher.sources[yeast["asks"]][0].call)
        expected = clock.now() + timedelta(seconds=rest)
        assert abs(datetime.fromisoformat(yeast["next"]) - expected) < timedelta(seconds=60)
        assert yeast["trouble"] == "browse: 500 Internal Server Error"
        assert not any(each["trouble"] for each in status["watches"] if each is not yeast)

        [*_, answer] = await house.ask("call", action="index")
        assert answer["answer"]
        with pytest.raises(TrackerUnavailable, match=r"browse can't be answered \(since .*\): 500"):
            await house.ask("call", action="browse")

        house.sim.repair()
        at = clock.monotonic()
        (line,) = await house.ask("resume")
        assert line["resumed"] == "browse: 500 Internal Server Error"
        assert line["due"] == ["yeast"]
        await house.told("Watching yeast", "browse of BioTorrents.de works again")
        assert asked_at(house, "browse")[-1] - at < 60
        after = await house.status()
        assert after["tracker"]["failing"] == []
        assert not any(each["trouble"] for each in after["watches"])


@pytest.mark.parametrize("clock", [SLOWEST], indirect=True)
async def test_the_first_failure_is_seen(house: House, clock: Clock) -> None:
    """Nobody is notified of it, and the status says what a watch waits for and until when."""
    house.limit = 'floor = "1m"'
    house.watches = WATCHES
    house.sim.fail(Fault.EMPTY_500, action="browse", times=1)
    async with house.running() as app:
        [call] = [each[0].call for each in app.watcher.sources.values() if each[0].name == "yeast"]
        await house.until(lambda: app.dispatcher.health.actions.of(call) is not None)
        status = await house.status()
        [yeast] = [each for each in status["watches"] if each["name"] == "yeast"]
        assert yeast["trouble"] == "browse: 500 Internal Server Error"
        assert datetime.fromisoformat(yeast["next"]) > clock.now()
        assert status["tracker"]["failing"] == []
        (line,) = await house.ask("resume")
        assert line["resumed"] == "browse: 500 Internal Server Error"
        assert line["due"] == ["yeast"]
        await house.told("Watching yeast")
    assert not any("BioTorrents.de" in title for title in house.titles())


async def test_resume_wakes_a_watch_that_waits_for_its_next_time(house: House) -> None:
    """A look that the tracker refused waits for its time, which may be days; unless told."""
    house.limit = 'floor = "1m"'
    house.watches = '[watch.yeast]\nask = "browse"\nevery = "7d"\ntell = ["journal"]\n'
    house.sim.fail(Fault.STATUS_ERROR, action="browse")
    async with house.running():
        await house.told("yeast: BioTorrents.de refuses")
        house.sim.repair()
        (line,) = await house.ask("resume")
        assert (line["resumed"], line["due"]) == ("", ["yeast"])
        await house.told("Watching yeast", "yeast works again")
        (line,) = await house.ask("resume")
        assert (line["resumed"], line["due"]) == ("", [])


async def test_an_outage_moves_the_next_time(house: House, clock: Clock) -> None:
    """While the tracker is down nothing is due before it is asked again; stopped, nothing is."""
    house.limit = 'floor = "1m"'
    house.watches = '[watch.yeast]\nask = "browse"\nevery = "5m"\ntell = ["journal"]\n'
    house.sim.settings.retry_after = "7200"
    house.sim.fail(Fault.RETRY_AFTER, times=1)
    async with house.running() as app:
        await house.until(lambda: bool(app.dispatcher.health.held_for()))
        status = await house.status()
        [yeast] = status["watches"]
        left = datetime.fromisoformat(yeast["next"]) - clock.now()
        assert timedelta(hours=1, minutes=50) < left <= timedelta(hours=2, minutes=1)
        assert status["tracker"]["held_until"]
        assert "503" in status["tracker"]["held_because"]
        await app.dispatcher.health.stop("The account is disabled.")
        [yeast] = (await house.status())["watches"]
        assert yeast["next"] is None


async def test_details_that_fail_hold_up_only_for_a_while(house: House, clock: Clock) -> None:
    """A look whose items can't be asked for is decided after three tries; messages go on."""
    house.limit = 'floor = "1m"'
    house.watches = """
[watch.big]
ask = "browse"
every = "5m"
match.files.any = "*.*"
tell = ["journal"]
[watch.all]
ask = "browse"
every = "5m"
tell = ["moody"]
[watch.inbox]
ask = "inbox"
every = "5m"
tell = ["journal"]
"""
    async with house.running():
        await house.told("Watching big", "Watching inbox")
        house.sim.fail(Fault.EMPTY_500, action="torrent")
        seen = len(house.sim.arrivals)
        house.sim.world.publish("Yeast of the day", organism="Saccharomyces cerevisiae")
        began = clock.monotonic()
        await house.until(lambda: "Yeast of the day" in house.arrived())
        assert clock.monotonic() - began < 2 * 300 + 60 + 2 * 240 + 100
    inbox = [each.at for each in house.sim.arrivals[seen:] if each.action == "inbox"]
    assert all(later - earlier < 300 + MARGIN for earlier, later in pairwise(inbox))


async def test_a_person_in_once_is_not_kept(house: House) -> None:
    """One round of a cron job ends although an action fails, and says that it went badly."""
    house.limit = 'floor = "1m"'
    house.watches = WATCHES
    house.sim.fail(Fault.EMPTY_500, action="browse")
    async with house.opened() as app:
        async with asyncio.timeout(60):
            assert not await app.once()
        assert app.dispatcher.idle
    assert {"stats", "inbox", "requests"} <= {each.action for each in house.sim.arrivals}
