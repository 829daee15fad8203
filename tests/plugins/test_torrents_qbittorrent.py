"""Torrents from the simulated tracker, through the whole daemon, into a real qBittorrent."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gazelled import logs
from gazelled.clock import Clock
from gazelled.config import load
from gazelled.model import Delivery
from gazelled.plugin import GiveUp, RetryLater
from gazelled.redact import Redactor
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.testing import Simulator, World
from gazelled.testing.plugin_kit import PluginKit
from gazelled.testing.ports import free_port

QBITTORRENT = shutil.which("qbittorrent-nox") or ""
PASSWORD = "adminadmin"
LONG = 60.0
PER = 0.05
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# It is to speak with nobody: what is added waits, and it knows no other interface than this one.
CONFIG = """
[BitTorrent]
Session\\AddTorrentPaused=true
Session\\DHTEnabled=false
Session\\PeXEnabled=false
Session\\LSDEnabled=false
Session\\AnonymousModeEnabled=true
Session\\Interface=lo
Session\\InterfaceName=lo
Session\\InterfaceAddress=127.0.0.1
Session\\Port={peers}
Session\\DefaultSavePath={folder}/data
[LegalNotice]
Accepted=true
[Network]
PortForwardingEnabled=false
[Preferences]
Connection\\ResolvePeerCountries=false
General\\Locale=en
WebUI\\Address=127.0.0.1
WebUI\\UseUPnP=false
"""

pytestmark = [
    pytest.mark.skipif(not QBITTORRENT, reason="qbittorrent-nox isn't installed"),
    pytest.mark.slow,
    pytest.mark.timeout(180),
]


class Seedbox:
    """
    A qBittorrent.

    Args:
        folder: Where it keeps all that is its own.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        settings = folder / "qBittorrent" / "config"
        settings.mkdir(parents=True)
        text = CONFIG.format(folder=folder, peers=free_port())
        (settings / "qBittorrent.conf").write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it answers a little later."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the arguments are ours
                [QBITTORRENT, f"--profile={self._folder}", f"--webui-port={self.port}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"HOME": str(self._folder), "PATH": "/usr/bin:/bin"},
            )

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def torrents(self) -> dict[str, dict[str, Any]]:
        """List what it has, by infohash."""
        form = {"username": "admin", "password": PASSWORD}
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.url, cookie_jar=jar) as http:
            async with http.post("/api/v2/auth/login", data=form) as said:
                assert await said.text() == "Ok."
            async with http.get("/api/v2/torrents/info") as said:
                return {each["hash"]: each for each in await said.json()}

    async def answers(self) -> None:
        """Wait until it answers."""
        async with asyncio.timeout(LONG):
            while True:
                try:
                    await self.torrents()
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
                else:
                    return

    async def until(self, holds: Callable[[dict[str, dict[str, Any]]], bool]) -> None:
        """Wait until what it has is right."""
        async with asyncio.timeout(LONG):
            while not holds(await self.torrents()):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)


class House:
    """A config, a state, a tracker and a client; what is logged is kept as it is."""

    def __init__(self, home: Path, sim: Simulator, clock: Clock, seedbox: Seedbox) -> None:
        self.home = home
        self.sim = sim
        self.clock = clock
        self.seedbox = seedbox
        self.max = "5/day"
        self.log = home / "log"
        (home / "secrets").mkdir()
        self.secret("password", sim.world.user("me").password)
        self.secret("qbittorrent", PASSWORD)

    def secret(self, name: str, text: str) -> None:
        """Write a secret."""
        file = self.home / "secrets" / name
        file.write_text(text)
        file.chmod(0o600)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """Let the daemon run."""
        file = self.home / "config.toml"
        file.write_text(
            f"""
[tracker]
url = "{self.sim.url}"
login = {{ username = "me", password = {{ secret = "password" }} }}
[tracker.limit]
per = {PER}
[watch.yeast]
ask = "browse"
every = "15m"
match.tags.any = ["yeast"]
tell = ["seedbox", "journal"]
[target.journal]
plugin = "journal"
[target.seedbox]
plugin = "torrents"
client = "qbittorrent"
url = "{self.seedbox.url}"
password = {{ secret = "qbittorrent" }}
category = "open data"
tags = ["gazelled", "yeast"]
path = "{self.home}/data"
paused = true
max = "{self.max}"
"""
        )
        loaded = load(file, {})
        assert loaded.config is not None, loaded.problems
        with self.log.open("a") as stream:
            logs.set_up(format="json", level="debug", redactor=Redactor(), stream=stream)
            opened = open_app(
                loaded.config,
                self.home / "state",
                clock=self.clock,
                redactor=Redactor(),
                environ={},
                web=False,
                spread=False,
            )
            async with opened as app:
                life = asyncio.create_task(app.forever(Notifier({})), name="daemon")
                try:
                    await self.until(lambda: "Watching yeast" in self.journal())
                    yield app
                finally:
                    app.stopping.set()
                    async with asyncio.timeout(LONG):
                        await life

    def journal(self) -> str:
        """Read what was told."""
        file = self.home / "state" / "targets" / "journal" / "journal.jsonl"
        return file.read_text() if file.exists() else ""

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(LONG):
            while not holds():  # noqa: ASYNC110 - the daemon makes it hold
                await asyncio.sleep(0.02)


@pytest.fixture
def seedbox(tmp_path: Path) -> Iterator[Seedbox]:
    """Return a qBittorrent that starts."""
    box = Seedbox(tmp_path / "seedbox")
    box.start()
    yield box
    box.stop()


@pytest.fixture
async def house(tmp_path: Path, seedbox: Seedbox) -> AsyncIterator[House]:
    """Return a house; half an hour passes there in a second."""
    home = tmp_path / "home"
    home.mkdir()
    clock = Clock(speed=1800.0, start=datetime(2026, 3, 2, 9, tzinfo=UTC))
    await seedbox.answers()
    async with Simulator(world=World(clock), clock=clock, per=PER, allowed=2) as sim:
        yield House(home, sim, clock, seedbox)
    logs.reset()


async def test_what_a_watch_finds_is_added_once(house: House, gz: PluginKit) -> None:
    """With its infohash and all that was wished; what doesn't match isn't, nor what was there."""
    async with house.running() as app:
        found = house.sim.world.publish("S288C reads")
        house.sim.world.publish("Mouse reads", tags=["mouse"])
        infohash = found.hash.lower()
        await house.seedbox.until(lambda torrents: infohash in torrents)
        # A crash before the delivery was settled makes it come again.
        again = gz.event(items=(gz.item("S288C reads", id=str(found.id)),))
        await app.deliver(Delivery(again, "seedbox", 2))
    # It looks at what is new before it lets it wait.
    await house.seedbox.until(lambda torrents: torrents[infohash]["state"] == "pausedDL")
    torrents = await house.seedbox.torrents()
    assert [*torrents] == [infohash]
    told = torrents[infohash]
    assert (told["category"], told["tags"]) == ("open data", "gazelled, yeast")
    assert told["save_path"] == f"{house.home}/data"
    me = house.sim.world.user("me")
    assert me.passkey in told["magnet_uri"] + told["tracker"]
    assert house.sim.world.downloads == {(me.id, found.id): 1}
    assert house.log.read_text().count('"torrent.added"') == 1
    # Nothing of it lies about, not even in a log that nobody cleans. What the database keeps of the
    # session, and nowhere else, is looked at in test_canary.py.
    for file in house.home.rglob("*"):
        kept = file.name.startswith("gazelled.db") or file.parent.name in {"secrets", "downloads"}
        if file.is_file() and not kept:
            written = file.read_bytes()
            assert me.passkey.encode() not in written, file
            assert PASSWORD.encode() not in written, file


async def held_by_max(app: App) -> int:
    """Return how many torrents wait for the next day."""
    keys = [event.key for event in await app.store.archive.events_of("yeast", EPOCH)]
    rows = [row for key in keys for row in await app.store.archive.deliveries_of(key)]
    return sum((row.target, row.held) == ("seedbox", "max") for row in rows)


async def test_what_is_beyond_max_waits_over_restarts(house: House) -> None:
    """And costs the tracker nothing."""
    house.max = "2/day"
    async with house.running() as app:
        found = [house.sim.world.publish(f"Reads {number}") for number in range(3)]
        await house.until(lambda: house.log.read_text().count('"torrent.added"') == 2)
        async with asyncio.timeout(LONG):
            while not (held := await held_by_max(app)):  # noqa: ASYNC110 - the daemon makes it
                await asyncio.sleep(0.02)
        assert held == 1
    first = {each.hash.lower() for each in found}
    async with house.running() as app:
        counts = await app.store.counts()
        torrents = await house.seedbox.torrents()
    assert counts["given_up"] == 0
    assert counts["pending"] >= 1
    assert len(torrents) == 2
    assert first > torrents.keys()
    assert house.sim.world.downloads.total() == 2


async def test_a_wrong_password_is_tried_once_and_told(house: House, gz: PluginKit) -> None:
    """What waits is added when it is fixed."""
    house.secret("qbittorrent", "CANARYwrong")
    wrong = house.sim.world.torrents[3]
    again = gz.event(items=(gz.item("It", id=str(wrong.id)),))
    async with house.running() as app:
        with pytest.raises(RetryLater, match="refuses the username or the password") as caught:
            await app.deliver(Delivery(again, "seedbox"))
    assert caught.value.after == 3600
    assert "CANARYwrong" not in house.log.read_text()
    assert await house.seedbox.torrents() == {}
    house.secret("qbittorrent", PASSWORD)
    async with house.running() as app:
        await app.deliver(Delivery(again, "seedbox", 2))
    assert wrong.hash.lower() in await house.seedbox.torrents()


async def test_a_client_that_is_away_gets_it_later(house: House, gz: PluginKit) -> None:
    """The tracker is asked for the file only once."""
    it = house.sim.world.torrents[3]
    event = gz.event(items=(gz.item("It", id=str(it.id)),))
    house.seedbox.stop()
    async with house.running() as app:
        with pytest.raises(RetryLater, match="can't be reached"):
            await app.deliver(Delivery(event, "seedbox"))
        house.seedbox.start()
        await house.seedbox.answers()
        await app.deliver(Delivery(event, "seedbox", 2))
    assert it.hash.lower() in await house.seedbox.torrents()
    assert house.sim.world.downloads.total() == 1


async def test_one_that_the_tracker_deleted_is_given_up(house: House, gz: PluginKit) -> None:
    """In words that say which and why."""
    event = gz.event(items=(gz.item("Gone", id="9999"),))
    words = "The file of torrent 9999 can't be had: bad id parameter"
    async with house.running() as app:
        with pytest.raises(GiveUp, match=words):
            await app.deliver(Delivery(event, "seedbox"))
