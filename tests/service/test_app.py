"""The daemon as a whole: what it does by itself, how it ends, and what a crash changes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import feedparser
import pytest

from gazelled.delivery import TargetHealth
from gazelled.errors import (
    ConfigError,
    GiveUp,
    RequestRefused,
    RetryLater,
    StateError,
    TrackerUnavailable,
)
from gazelled.model import Delivery
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.testing import Fault
from gazelled.watches.events import notice_event

if TYPE_CHECKING:
    from .conftest import House, HouseClock

SLOWLY = """
import asyncio

async def slowly(options):
    options.path.with_suffix(".begun").touch()
    await asyncio.sleep(0.3)
"""


async def test_it_watches_and_tells(house: House) -> None:
    """A first look, then what is new, to every target, at the tracker's pace."""
    async with house.running():
        await house.told("Watching yeast")
        house.sim.world.publish("S288C reads")
        await house.told("S288C reads")
        await house.until(lambda: "S288C reads" in house.arrived())
    assert Counter(house.titles()) == {"Watching yeast": 1, "S288C reads": 1}
    assert min(house.sim.gaps()) >= 6.0


async def test_the_feed_can_be_read(house: House) -> None:
    """What was told stands in a feed at the address that the status names."""
    async with house.running(web=True):
        await house.told("Watching yeast")
        house.sim.world.publish("S288C reads")
        await house.told("S288C reads")
        feed = house.folder / "public" / "feed.atom"
        await house.until(lambda: feed.exists() and "S288C" in feed.read_text())
        targets = {each["name"]: each["address"] for each in (await house.status())["targets"]}
        assert targets["feed"] == f"http://{house.web}/feed.atom"
        status, _, text = await house.get("/feed.atom")
    assert status == 200
    assert "New: S288C reads" in [entry.title for entry in feedparser.parse(text).entries]


async def test_a_restart_asks_nothing_before_its_time(house: House) -> None:
    """What ran not long ago isn't run again because the daemon was restarted."""
    house.watches = house.watches.replace('"15m"', '"7d"')
    async with house.running():
        await house.told("Watching yeast")
    asked = len(house.sim.arrivals)
    async with house.running():
        await house.clock.sleep(60)
    assert len(house.sim.arrivals) == asked


async def test_once(house: House) -> None:
    """Doing all that is due once delivers it and ends; what isn't due is left alone."""
    house.watches = house.watches.replace('"15m"', '"7d"')
    house.watches += '[watch.daily]\nask = "inbox"\nevery = "daily 08:00"\ntell = ["journal"]\n'
    async with house.opened() as app:
        assert await app.once()
    assert sorted(house.titles()) == ["Watching daily", "Watching yeast"]
    asked = len(house.sim.arrivals)
    async with house.opened() as app:
        assert await app.once()
    assert len(house.sim.arrivals) == asked


async def test_what_the_sentinel_tells_is_as_fresh_as_all_that_it_speaks_for(
    house: House,
) -> None:
    """It is asked for them anyway, so that its own watches come along."""
    house.watches = (
        '[watch.own]\nask = "get_user_notifications"\nevery = "7d"\ntell = ["journal"]\n'
        '[watch.inbox]\nask = "inbox"\nevery = "6h"\ntell = ["journal"]\n'
    )
    async with house.opened() as app:
        now = app.clock.now()
        nexts = [timetable.first(now, now) for timetable in app.timetables.values()]
        assert await app.once()
        assert await app.once()
    assert [(each - now).total_seconds() for each in nexts if each] == [21600, 21600]
    asked = [each.action for each in house.sim.arrivals]
    assert asked.count("get_user_notifications") == 1


async def test_once_catches_up_a_little(house: House, clock: HouseClock) -> None:
    """What pages don't show any more is found by those who run it again and again, too."""
    house.watches = (
        '[watch.old]\nask = "browse"\nevery = "15m"\nmatch.title = "old"\ntell = ["journal"]\n'
    )
    async with house.opened() as app:
        assert await app.once()
    for number in range(1, 26):
        house.sim.world.publish(f"Old {number:02}")
    for _ in range(1000):
        house.sim.world.publish("Rice")
    wanted = [f"Old {number:02}" for number in range(1, 26)]
    rounds = 0
    while len(house.titles()) <= len(wanted) and rounds < 20:  # two, if the machine isn't busy
        rounds += 1
        clock.skip(900)
        async with house.opened() as app:
            assert await app.once()
    assert house.titles() == ["Watching old", *wanted]
    assert min(house.sim.gaps()) >= 6.0


@pytest.mark.parametrize("fault", [Fault.BAD_GATEWAY, Fault.STATUS_ERROR, Fault.TOKEN_REVOKED])
async def test_once_says_when_it_did_not_go_well(house: House, fault: Fault) -> None:
    """A tracker that can't or won't answer is told by the result."""
    house.sim.fail(fault)
    async with house.opened() as app:
        assert not await app.once()


async def test_once_says_when_a_target_failed(house: House, clock: HouseClock) -> None:
    """A message that didn't arrive is told by the result, and arrives the next time."""
    house.mood("later")
    async with house.opened() as app:
        assert not await app.once()
    house.mood("")
    clock.skip(60)
    async with house.opened() as app:
        assert await app.once()
    assert house.arrived() == ["Watching yeast"]


async def test_a_refused_watch_keeps_its_times(house: House) -> None:
    """What the tracker refuses is asked at its times, not at each start."""
    house.watches = house.watches.replace('"15m"', '"7d"')
    house.sim.fail(Fault.STATUS_ERROR)
    for _ in range(3):
        async with house.opened() as app:
            await app.once()
    assert [each.action for each in house.sim.arrivals] == ["index", "browse"]
    assert house.titles() == ["yeast: BioTorrents.de refuses"]


async def test_what_only_one_action_cannot_answer_is_tried_again(house: House) -> None:
    """When others get answers, it is tried again before its next time, and told once."""
    soon = house.clock.now() + timedelta(hours=2)  # four seconds, to get ready in
    house.watches = f"""
[watch.yeast]
ask = "browse"
every = "daily {soon:%H:%M}"
tell = ["journal"]
[watch.figures]
ask = "stats"
kind = "call"
every = "15m"
"""
    house.sim.fail(Fault.EMPTY_500, action="browse")
    async with house.running():
        failed = "browse of BioTorrents.de has failed since"
        await house.until(lambda: any(each.startswith(failed) for each in house.titles()))
        house.sim.repair()
        await house.told("Watching yeast", "browse of BioTorrents.de works again")
    assert Counter(house.titles()).most_common(1)[0][1] == 1


async def test_an_outage_is_told_once_and_its_end_once(house: House) -> None:
    """Down and back are one notice each, although the daemon was restarted in between."""
    house.watches = '[watch.yeast]\nask = "browse"\nevery = "15m"\ntell = ["journal"]\n'
    house.sim.fail(Fault.BAD_GATEWAY)
    down = "BioTorrents.de hasn't answered since"
    async with house.running():
        await house.until(lambda: any(each.startswith(down) for each in house.titles()))
    for _ in range(2):
        async with house.running():
            seen = len(house.sim.arrivals)
            await house.until(partial(asked_since, house, seen))
            await house.clock.sleep(30)
    house.sim.repair()
    async with house.running():
        await house.told("BioTorrents.de is back", "Watching yeast")
    kinds = Counter(title.partition(" since")[0] for title in house.titles())
    assert kinds == {
        "BioTorrents.de hasn't answered": 1,
        "BioTorrents.de is back": 1,
        "Watching yeast": 1,
    }


def asked_since(house: House, seen: int) -> bool:
    """Return whether the tracker was asked since so many requests."""
    return len(house.sim.arrivals) > seen


async def test_a_stop_is_told_once_and_kept(house: House) -> None:
    """A revoked token stops everything over restarts, until a person says so."""
    house.sim.fail(Fault.TOKEN_REVOKED)
    stopped = "BioTorrents.de: stopped until you act"
    async with house.running():
        await house.told(stopped)
    asked = len(house.sim.arrivals)
    async with house.running():
        await house.clock.sleep(2000)
        assert (await house.status())["tracker"]["state"] == "stopped"
        assert len(house.sim.arrivals) == asked
        house.sim.repair()
        await house.ask("resume")
        await house.told("Watching yeast")
    assert Counter(house.titles())[stopped] == 1


async def test_stopping_ends_what_waits(house: House) -> None:
    """With a request that hangs and a person who waits, stopping is a matter of seconds."""
    house.sim.fail(Fault.HANG)
    async with house.running() as app:
        await house.until(lambda: len(house.sim.arrivals) > 0)
        person = asyncio.create_task(house.ask("call", action="stats"), name="person")
        await house.until(lambda: app.dispatcher.waiting > 0)
        await house.ask("stop")
    with pytest.raises(TrackerUnavailable, match="ended"):
        await person


async def test_stopping_lets_a_message_out(house: House) -> None:
    """What is being sent when it is stopped is sent, and known to be: no restart repeats it."""
    plugin = house.home / "plugins" / "moody.py"
    plugin.write_text(
        SLOWLY + plugin.read_text().replace("    mood =", "    await slowly(options)\n    mood =")
    )
    begun = house.home / "moody.begun"
    async with house.running():
        await house.until(begun.exists)
    async with house.running():
        await house.told("Watching yeast")
    assert house.arrived() == ["Watching yeast"]


async def test_it_beats_on_while_it_stops(house: House) -> None:
    """A heartbeat between the end of the schedule and the last message is no error."""
    plugin = house.home / "plugins" / "moody.py"
    plugin.write_text(
        SLOWLY + plugin.read_text().replace("    mood =", "    await slowly(options)\n    mood =")
    )
    begun = house.home / "moody.begun"
    path = house.home / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(0)
        notifier = Notifier({"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "100000"})
        async with house.running(notifier):
            await house.until(begun.exists)
        heard: list[str] = []
        with suppress(BlockingIOError):
            while True:
                heard.append(manager.recv(4096).decode())
    assert "WATCHDOG=1" in heard[heard.index("STOPPING=1") :]


async def test_its_life_is_told_to_the_service_manager(house: House) -> None:
    """READY comes when it runs, STATUS and WATCHDOG while it does, STOPPING at the end."""
    path = house.home / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(0)
        notifier = Notifier({"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "100000"})
        heard: list[str] = []

        def listen() -> bool:
            with suppress(BlockingIOError):
                while True:
                    heard.append(manager.recv(4096).decode())
            return any("answered" in each for each in heard) and heard.count("WATCHDOG=1") > 2

        async with house.running(notifier):
            await house.until(listen)
        listen()
    assert heard[0] == "READY=1"
    stopping = heard.index("STOPPING=1")
    assert {each.partition("=")[0] for each in heard[stopping + 1 :]} <= {"STATUS", "WATCHDOG"}
    assert "STATUS=Watching 1; BioTorrents.de answered" in " ".join(heard)


async def test_the_watchdog_starves_when_something_is_stuck(house: House) -> None:
    """When jobs aren't started any more, the daemon says what is stuck."""
    house.watches = house.watches.replace("15m", "1h")
    async with house.running() as app:
        await house.told("Watching yeast")
        await house.until(lambda: app.stuck() == "")
        app.scheduler._scheduler.pause()
        await house.clock.sleep(4000)
        assert app.stuck() == "the schedule of browse group_results=0"


async def test_ready_does_not_wait_for_the_tracker(house: House) -> None:
    """A tracker that can't be reached ends nothing."""
    await house.sim.stop()
    async with house.running() as app:
        await house.until(lambda: app.dispatcher.health.failing_since is not None)
        await house.sim.start()
        await house.told("Watching yeast")


async def test_deliveries_that_lead_nowhere(house: House) -> None:
    """A target that left the config is given up; one whose plugin is left out waits for it."""
    (house.home / "plugins" / "moody.py").write_text("import nothing_of_that_name")
    event = notice_event("x", "x", "", "", house.clock.now())
    async with house.opened() as app:
        with pytest.raises(GiveUp):
            await app.deliver(Delivery(event, "gone"))
        with pytest.raises(RetryLater):
            await app.deliver(Delivery(event, "moody"))


async def test_a_plugin_that_was_left_out_is_told_once(house: House) -> None:
    """At each start the same broken plugin is the same news; a new mistake is new."""
    good = (house.home / "plugins" / "moody.py").read_text()
    for code in ("import nothing", "import nothing", good, "import nothing"):
        (house.home / "plugins" / "moody.py").write_text(code)
        async with house.opened() as app:
            await app.deliverer.drain(120)
    assert house.titles() == ["The plugin moody was left out"] * 2


CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from gazelled.clock import Clock
from gazelled.config import load
from gazelled.redact import Redactor
from gazelled.service.compose import open_app

async def main():
    config = load(Path(sys.argv[1]), dict(os.environ)).config
    folder = Path(sys.argv[2])
    clock = Clock(speed=1800)
    async with open_app(config, folder, clock=clock, redactor=Redactor(), web=False) as app:
        await app.run_watch("yeast")
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_a_kill_between_commit_and_delivery_loses_nothing(house: House) -> None:
    """What was committed is delivered after a restart, once, and the pace is kept."""
    house.config()
    environ = house.environ | {"PATH": "/usr/bin:/bin"}
    arguments = [sys.executable, "-c", CHILD, str(house.home / "config.toml"), str(house.folder)]
    for title in ("", "S288C reads"):
        if title:
            house.sim.world.publish(title)
        child = await asyncio.create_subprocess_exec(
            *arguments, env=environ, stdout=subprocess.DEVNULL
        )
        assert await child.wait() == -signal.SIGKILL
    assert house.titles() == []
    async with house.running():
        await house.told("Watching yeast", "S288C reads")
        await house.until(lambda: len(house.arrived()) == 2)
    assert house.titles() == house.arrived() == ["Watching yeast", "S288C reads"]
    assert min(house.sim.gaps()) >= 6.0


def is_between_rounds(row: TargetHealth) -> bool:
    """Return whether the next try is that of the oldest message."""
    return row.doubted and not row.challenging


async def test_a_target_that_fails_is_told_to_the_others(house: House) -> None:
    """Failing and back are told once each, to the other targets; what waited arrives in order."""
    house.notices = ["journal", "moody"]
    house.mood("later")
    async with house.running() as app:
        await house.until(lambda: any("moody have failed since" in each for each in house.titles()))
        house.sim.world.publish("S288C reads")
        await house.told("S288C reads")
        await house.until(lambda: is_between_rounds(app.deliverer.health["moody"]))
        house.mood("")
        await house.told("moody works again")
        await house.until(lambda: "S288C reads" in house.arrived())
    assert house.arrived() == ["Watching yeast", "S288C reads"]
    assert sum("moody" in each for each in house.titles()) == 2, "failing, and back"


async def test_a_disk_that_fails_ends_it_with_a_sentence(house: House) -> None:
    """When the state can't be written, the daemon ends with what is wrong, and only with that."""
    with pytest.raises(StateError, match="can't be written"):
        await fail_in_the_middle(house)


async def fail_in_the_middle(house: House) -> None:
    """Let the state become read-only while the daemon runs."""
    async with house.opened() as app:
        life = asyncio.create_task(app.forever(Notifier({})), name="daemon")
        await house.told("Watching yeast")
        store = app.store
        await store._database.run(partial(store._db.execute, "PRAGMA query_only = ON"))
        await app.notices.plugins_left_out({})
        await life


@pytest.mark.parametrize("error", [RequestRefused("no"), ConfigError("bad"), KeyboardInterrupt()])
async def test_what_is_raised_inside_comes_out_as_it_is(house: House, error: BaseException) -> None:
    """Whoever uses the daemon's parts gets their own exception back."""
    with pytest.raises(type(error)) as caught:
        async with house.opened():
            raise error
    assert caught.value is error


async def test_targets_follow_the_proxy_of_the_config(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What libraries of targets read is the config's proxy while the daemon runs, and then not."""
    monkeypatch.setenv("HTTPS_PROXY", "http://other.example:1")
    house.auth += '\nproxy = "http://127.0.0.1:9"'
    async with house.opened():
        assert os.environ["HTTPS_PROXY"] == os.environ["https_proxy"] == "http://127.0.0.1:9"
        assert "127.0.0.1" in os.environ["NO_PROXY"].split(",")
    assert os.environ["HTTPS_PROXY"] == "http://other.example:1"
    house.auth = house.auth.replace("http://127.0.0.1:9", "none")
    async with house.opened():
        assert "HTTPS_PROXY" not in os.environ
