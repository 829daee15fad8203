"""Reloads in every state of the daemon, and what it says of a config afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import pytest
from tests.service.conftest import House
from tests.service.test_reloading import source_of
from tests.service.test_standby import other

from gazelled.clock import Clock
from gazelled.errors import RequestRefused
from gazelled.service.app import App
from gazelled.service.health_report import health_report
from gazelled.service.reloading.refusal_notices import PAUSE, RefusalNotices
from gazelled.service.reloading.reload_reply import ReloadReply
from gazelled.service.reloading.reloader import Reloader
from gazelled.service.systemd.sd_notify import Notifier

MOUSE = """
[watch.mouse]
ask = "browse"
with = { searchstr = "mouse" }
tell = ["journal"]
"""
BOTH = ("tracker.endpoint", "tracker.scheme")
REFUSED = "config.toml has errors and is not in use"


@pytest.fixture(autouse=True)
def rarely(house: House) -> None:
    """Let no watch be late on a slow machine: a quarter of an hour is half a second there."""
    house.watches = house.watches.replace("15m", "7d")


@asynccontextmanager
async def reloadable(house: House) -> AsyncIterator[App]:
    """Let a daemon run that reads its config again."""
    async with house.running() as app:
        app.reloader = Reloader(app, source_of(house, app.config.file))
        await app.ready.wait()
        yield app


def add(house: House, text: str) -> None:
    """Add a text to the config on the disk."""
    file = house.home / "config.toml"
    file.write_text(file.read_text() + text)


async def test_while_another_process_has_the_account(house: House) -> None:
    """The config is used, nothing is sent, and a new token has to wait."""
    taken = other(house)
    await taken.claim()
    async with reloadable(house) as app:
        await house.until(lambda: app.dispatcher.health.elsewhere is not None)
        add(house, MOUSE)
        assert (await app.reload()).applied
        assert "mouse" in app.config.watches
        house.environ["TOKEN"] = house.sim.token("twofa1")
        reply = await app.reload()
        assert reply.applied
        assert reply.restart_needed == ("tracker.credentials",)
        assert house.sim.arrivals == []
        taken.release()


async def test_while_the_tracker_is_stopped(house: House) -> None:
    """The config is used; nothing is sent until a person acts."""
    async with reloadable(house) as app:
        await house.told("Watching yeast")
        await app.dispatcher.health.stop("It is banned.")
        sent = len(house.sim.arrivals)
        add(house, MOUSE)
        assert (await app.reload()).applied
        assert app.dispatcher.health.stopped
        assert len(house.sim.arrivals) == sent


async def test_two_at_once_and_one_at_the_end(house: House) -> None:
    """Each is answered; none is lost, and one that comes too late says so."""
    async with reloadable(house) as app:
        add(house, MOUSE)
        replies = await asyncio.gather(*(app.reload() for _ in range(5)))
        assert [reply.applied for reply in replies] == [True] * 5
        assert [bool(reply.changes) for reply in replies] == [True, *[False] * 4]
        last = asyncio.create_task(app.reload())
        await asyncio.sleep(0)
        app.stopping.set()
        (ended,) = await asyncio.gather(last, return_exceptions=True)
        assert isinstance(ended, RequestRefused | ReloadReply)
        with pytest.raises(RequestRefused, match="ending"):
            await app.reload()


async def test_a_reload_during_the_start_waits_for_its_end(house: House) -> None:
    """It is answered once the daemon serves."""
    async with house.opened() as app:
        app.reloader = Reloader(app, source_of(house, app.config.file))
        reload = asyncio.create_task(app.reload())
        await asyncio.sleep(0)
        assert not reload.done()
        life = asyncio.create_task(app.forever(Notifier({})))
        assert (await reload).applied
        app.stopping.set()
        await life


async def test_a_config_that_loses_its_last_watch(house: House) -> None:
    """The reply, status, log and health say so, as a start does."""
    async with reloadable(house) as app:
        await house.told("Watching yeast")
        file = house.home / "config.toml"
        text = file.read_text()
        file.write_text(text.replace("[watch.yeast]", "[watch.yeast]\ndisabled = true"))
        reply = await app.reload()
        assert reply.applied
        assert any("No watch runs" in problem for problem in reply.problems)
        (problem,) = (await health_report(app)).problems
        assert (problem.subject, problem.severity) == ("watches", "warning")
        assert app.summary().startswith("No watch runs, so nothing is requested; BioTorrents.de")
        file.write_text(text)
        assert (await app.reload()).applied
        assert (await health_report(app)).problems == ()


async def test_what_was_refused_is_a_problem_until_a_reload_applies(house: House) -> None:
    """It stays named, also where the fault is no file of the config: a secret that is gone, say."""
    async with reloadable(house) as app:
        file = house.home / "config.toml"
        text = file.read_text()
        file.write_text(text.replace('ask = "browse"', 'ask = "brwse"'))
        assert not (await app.reload()).applied
        (problem,) = (await health_report(app)).problems
        assert problem.subject == "config"
        assert 'unknown action "brwse"' in problem.text
        file.write_text(text)
        assert (await app.reload()).applied
        token = house.environ.pop("TOKEN")
        assert not (await app.reload(notify=False)).applied  # a command, which takes it back
        assert (await health_report(app)).problems == ()
        assert not (await app.reload()).applied
        (problem,) = (await health_report(app)).problems
        assert "tracker.token" in problem.text
        house.environ["TOKEN"] = token
        assert (await app.reload()).applied
        assert (await health_report(app)).problems == ()


@pytest.mark.parametrize(
    ("before", "after", "keys"),
    [
        ('name = "Bio', 'zone = "Europe/Berlin"\nname = "Bio', ("tracker.zone",)),
        ('name = "Bio', 'scheme = "token"\nendpoint = "api.php"\nname = "Bio', BOTH),
        ('url = "', 'profile = "orpheus"\nurl = "', ("tracker.profile",)),
        ("[notices]", '[profile.mine]\nhosts = ["127.0.0.1"]\n[notices]', ()),
    ],
)
async def test_what_makes_another_site_is_named_as_it_is_written(
    house: House, before: str, after: str, keys: tuple[str, ...]
) -> None:
    """A reload can't use it, and names the keys that differ."""
    async with reloadable(house) as app:
        file = house.home / "config.toml"
        file.write_text(file.read_text().replace(before, after, 1))
        reply = await app.reload()
        assert (reply.restart_needed, reply.applied) == (keys, not keys)


async def test_what_needs_a_restart_is_a_problem_until_it_is_taken_back(house: House) -> None:
    """Health names the keys; a config as before has none, and a later change is a newer one."""
    async with reloadable(house) as app:
        file = house.home / "config.toml"
        text = file.read_text()
        file.write_text(text.replace('name = "Bio', 'name = "My Bio'))
        assert (await app.reload()).restart_needed == ("tracker.name",)
        (problem,) = (await health_report(app)).problems
        assert problem.text == ("the config on disk differs in tracker.name, which needs a restart")
        file.write_text(text + "# more\n")
        (problem,) = (await health_report(app)).problems
        assert "newer" in problem.text
        assert (await app.reload()).applied
        assert (await health_report(app)).problems == ()


class SetClock(Clock):
    """A clock that stands still until it is set."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start=start)
        self._at = 0.0
        self._is_set = asyncio.Event()

    def monotonic(self) -> float:
        """Return the seconds that it was set forward by."""
        return self._at

    async def sleep(self, seconds: float) -> None:
        """Sleep until it is set that far."""
        end = self._at + seconds
        while self._at < end:
            await self._is_set.wait()
            self._is_set.clear()

    def forward(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self._at += seconds
        self._is_set.set()


async def test_other_problems_wait_for_a_while(house: House) -> None:
    """The first is sent at once, and of those that follow the latest, unless it was corrected."""
    async with house.running() as app:
        await house.told("Watching yeast")

        def texts() -> list[str]:
            return [line["text"] for line in house.journal() if line["title"] == REFUSED]

        clock = SetClock(app.clock.now())
        refusals = RefusalNotices(replace(app, clock=clock))
        for problem in ("one", "two", "three"):
            await refusals.refused([problem])
            clock.forward(1.0)
        await house.until(lambda: len(texts()) == 1)
        clock.forward(PAUSE)
        await house.until(lambda: len(texts()) == 2)
        assert ["one" in texts()[0], "three" in texts()[1]] == [True, True]
        await refusals.refused(["three"])
        await refusals.refused(["four"])
        refusals.forget()
        clock.forward(2 * PAUSE)
        await refusals.refused(["five"])
        await house.until(lambda: len(texts()) == 3)
        assert "five" in texts()[2]
