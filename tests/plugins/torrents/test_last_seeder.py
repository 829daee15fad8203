"""The last seeder: an alert brings a real client to keep data alive, and the alert ends by that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from aiohttp import web
from tests.document_blocks import ROOT
from tests.json_lines import read_json_lines

from gazelled.clock import Clock
from gazelled.config import load
from gazelled.redact import Redactor
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.testing import Simulator, World
from gazelled.testing.content.records import TorrentRecord
from gazelled.testing.content.torrent_file import bencode
from gazelled.testing.ports import free_port
from gazelled_plugins.torrents.options import Options

from .real_clients import LONG, PASSWORD, USER, RealQBittorrent, is_installed, make, until

PER = 0.05
SIZE = 300_000

WITH_A_CLIENT = """
client = "qbittorrent"
url = "{seedbox}"
username = "{user}"
password = {{ secret = "qbittorrent" }}
category = "rescued"
path = "{data}"
max = "5/day"
metadata = "json"
"""


class Announcements:
    """
    The tracker of the peers, which makes known to each who else has a torrent.

    Args:
        port: Its port.

    Attributes:
        others: How many seeders there are that no client here is.
        changed: Called with the numbers of seeders and leechers.

    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/announce"
        self.others = 2
        self.changed: Callable[[int, int], object] = lambda _seeders, _leechers: None
        self._port = port
        self._peers: dict[int, bool] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let it answer."""
        app = web.Application()
        app.router.add_get("/announce", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    def leave(self) -> None:
        """Let all others go."""
        self.others = 0
        self._report()

    async def _answer(self, request: web.Request) -> web.Response:
        said = dict(part.split("=", 1) for part in request.rel_url.raw_query_string.split("&"))
        port = int(unquote_to_bytes(said["port"]))
        if said.get("event") == "stopped":
            self._peers.pop(port, None)
        else:
            self._peers[port] = said["left"] == "0"
        self._report()
        peers = [{"ip": "127.0.0.1", "port": other} for other in self._peers if other != port]
        return web.Response(body=bencode({"interval": 5, "min interval": 1, "peers": peers}))

    def _report(self) -> None:
        seeders = sum(self._peers.values())
        self.changed(seeders + self.others, len(self._peers) - seeders)


@pytest.fixture
def clients(tmp_path: Path) -> Iterator[tuple[RealQBittorrent, RealQBittorrent]]:
    """Return two clients: one that has data, and one that is to rescue it."""
    pair = RealQBittorrent(tmp_path / "first"), RealQBittorrent(tmp_path / "second")
    try:
        for client in pair:
            client.start()
        yield pair
    finally:
        for client in pair:
            client.stop()


RESCUE = """
[tracker]
url = "{url}"
login = {{ username = "me", password = {{ secret = "password" }} }}
[tracker.limit]
per = {per}
[watch.rescue]
ask = "collage"
with = {{ id = {collage} }}
every = "15m"
kind = "alert"
if = "seeders <= 1"
until = "seeders >= 2"
tell = ["seedbox", "journal"]
[target.journal]
plugin = "journal"
[notices]
tell = ["journal"]
[target.seedbox]
plugin = "torrents"
free_space = "{space}"
confirm = true
"""


class House:
    """A daemon with its config and its tracker."""

    def __init__(self, home: Path, sim: Simulator, clock: Clock) -> None:
        self.home = home
        self.sim = sim
        self.clock = clock
        secrets = home / "secrets"
        secrets.mkdir(parents=True)
        for name, text in (("password", sim.world.user("me").password), ("qbittorrent", PASSWORD)):
            (secrets / name).write_text(text)
            (secrets / name).chmod(0o600)

    @asynccontextmanager
    async def running(self, client: str, **values: object) -> AsyncIterator[App]:
        """Let the daemon run with a client."""
        file = self.home / "config.toml"
        config = RESCUE + client
        file.write_text(config.format(url=self.sim.url, per=PER, user=USER, **values))
        loaded = load(file, {})
        assert loaded.config is not None, loaded.problems
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
                yield app
            finally:
                app.stopping.set()
                async with asyncio.timeout(LONG):
                    await life

    def events(self) -> list[Mapping[str, Any]]:
        """Return what was reported."""
        file = self.home / "state" / "targets" / "journal" / "journal.jsonl"
        return read_json_lines(file)

    async def event(self, kind: str, title: str = "") -> Mapping[str, Any]:
        """Wait for an event and return it."""
        async with asyncio.timeout(LONG):
            while True:
                for event in self.events():
                    if event["kind"] == kind and title in event["title"]:
                        return event
                await asyncio.sleep(0.05)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Return a house; half an hour passes there in a second."""
    clock = Clock(speed=1800.0, start=datetime(2026, 3, 2, 9, tzinfo=UTC))
    async with Simulator(world=World(clock), clock=clock, per=PER, allowed=2) as sim:
        yield House(tmp_path / "home", sim, clock)


@pytest.mark.skipif(not is_installed(RealQBittorrent), reason="qbittorrent-nox isn't installed")
@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_last_seeder_gets_company(
    house: House, clients: tuple[RealQBittorrent, RealQBittorrent]
) -> None:
    """It is reported, fetched, added, downloaded and seeded, and then reported as over."""
    world = house.sim.world
    first, second = clients
    announcements = Announcements(free_port())
    made = make("S288C reads.fastq", announce=announcements.url, size=SIZE)
    torrent = world.publish("S288C reads", seeders=3, accession="SRR1", license="CC0", year=2021)
    torrent.file, torrent.hash = made.content, made.sha1.upper()
    collage = world.collages.create("Yeast", groups=[torrent.group.id])
    announcements.changed = peers_of(torrent)
    (first.data / made.name).write_bytes(made.data)
    async with announcements.running():
        await asyncio.to_thread(first.api().torrents_add, torrent_files=made.content)
        await asyncio.to_thread(until, lambda: torrent.seeders == 3)
        values = {"collage": collage.id, "seedbox": second.url, "data": second.data}
        async with house.running(WITH_A_CLIENT, space="1 MiB", **values):
            await house.event("first-look")
            announcements.leave()
            raised = await house.event("raised", "S288C reads")
            added = await house.event("notice", "Added to seedbox")
            over = await house.event("cleared", "S288C reads")
    assert "seeders" in raised["title"]
    assert added["title"] == "Added to seedbox: S288C reads.fastq (293 KiB)"
    assert added["text"] == (
        f"qBittorrent at 127.0.0.1:{second.port}. It downloads, and then seeds."
    )
    assert over["title"].startswith("Over: S288C reads")
    assert (second.data / made.name).read_bytes() == made.data
    listed = second.torrents()[made.sha1]
    assert listed.labels == {"rescued"}
    assert listed.path == str(second.data)
    facts = json.loads((second.data / f"{made.name}.gazelled-{torrent.id}.json").read_text())
    assert facts["citation"].startswith("Barbara McClintock (2021). S288C reads. ")
    assert (facts["licence"], facts["files"]) == ("CC0", [{"path": made.name, "size": SIZE}])
    assert world.downloads.total() == 1


def peers_of(torrent: TorrentRecord) -> Callable[[int, int], None]:
    """Return what gives a torrent its numbers of peers."""

    def change(seeders: int, leechers: int) -> None:
        torrent.seeders, torrent.leechers = seeders, leechers

    return change


async def test_a_full_disk_is_reported_and_what_waits_is_added_later(
    house: House, tmp_path: Path
) -> None:
    """Nothing is lost meanwhile, over a restart too; what was fetched is not fetched again."""
    world = house.sim.world
    torrent = world.publish("S288C reads", seeders=1)
    collage = world.collages.create("Yeast", groups=[torrent.group.id])
    watched = tmp_path / "watched"
    watched.mkdir()
    client = f'client = "folder"\nfolder = "{watched}"\n'
    async with house.running(client, collage=collage.id, space="1024 PiB"):
        await house.event("raised", "S288C reads")
        full = await house.event("notice", "seedbox")
        assert list(watched.iterdir()) == []
    assert "less than free_space (1024 PiB): torrents wait until there is more" in full["text"]
    async with house.running(client, collage=collage.id, space="1 MiB"):
        await house.event("notice", "Added to seedbox")
    assert [file.name for file in watched.iterdir()] == [f"{torrent.id}.torrent"]
    assert world.downloads.total() == 1


def test_the_recipe_is_valid(tmp_path: Path) -> None:
    """As it stands in the documents."""
    text = (ROOT / "docs" / "watches.md").read_text()
    section = text.partition("## The last seeder\n")[2].partition("\nInstead of a collage")[0]
    recipe = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    file = tmp_path / "config.toml"
    others = '[tracker]\nurl = "http://127.0.0.1:9"\ntoken = { env = "TOKEN" }\n[target.phone]\n'
    file.write_text(others + 'plugin = "journal"\n' + "\n".join(recipe))
    loaded = load(file, {"TOKEN": "t" * 40})
    assert loaded.config is not None, loaded.problems
    assert loaded.config.watches["rescue"].tell == ("seedbox", "phone")
    options = loaded.config.targets["seedbox"].options
    assert Options.model_validate(options).free_space == 50 * 2**30
