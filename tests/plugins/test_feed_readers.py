"""Feeds in the readers that people have: newsboat and qBittorrent, the real ones, on loopback."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.torrents.real_clients import RealQBittorrent, until

from gazelled import logs
from gazelled.clock import Clock
from gazelled.config import load
from gazelled.plugin import WebFile
from gazelled.redact import Redactor
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.service.web.feed_server import WebServer
from gazelled.testing import Simulator, World
from gazelled.testing.plugin_kit import PluginKit
from gazelled.testing.ports import free_port

LONG = 60.0
NEWSBOAT = shutil.which("newsboat") or ""
QBITTORRENT = shutil.which("qbittorrent-nox") or ""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

OLD_ATOM = """<?xml version='1.0' encoding='utf-8'?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>tag:biotorrents.de,2026:feed:target</id>
  <title>BioTorrents.de</title>
  <updated>2026-01-05T09:00:00+00:00</updated>
  <link rel="self" type="application/atom+xml" href="http://127.0.0.1:8765/target.atom" />
  <author>
    <name>BioTorrents.de</name>
  </author>
  <entry>
    <id>tag:biotorrents.de,2026:yeast:new:1</id>
    <title type="text">New: first</title>
    <updated>2026-01-05T09:00:00+00:00</updated>
    <link rel="alternate" type="text/html" href="https://biotorrents.de/torrents.php?id=1" />
    <content type="text">yeast</content>
  </entry>
</feed>
"""
OLD_ENTRIES = """[
 {
  "key": "yeast:new:1@target",
  "id": "tag:biotorrents.de,2026:yeast:new:1",
  "title": "New: first",
  "updated": "2026-01-05T09:00:00+00:00",
  "link": "https://biotorrents.de/torrents.php?id=1",
  "authors": [],
  "tags": [],
  "text": "yeast"
 }
]"""


class Newsboat:
    """
    A newsboat with a cache of its own.

    Args:
        folder: Where it keeps it.
        urls: The feeds that it reads.

    """

    def __init__(self, folder: Path, *urls: str) -> None:
        folder.mkdir()
        self._cache = folder / "cache.db"
        self._home = folder
        (folder / "urls").write_text("".join(f"{url}\n" for url in urls))
        (folder / "config").write_text("download-retries 1\nssl-verifypeer no\n")

    async def reload(self) -> str:
        """Read the feeds and return what it says is unread."""
        command = [NEWSBOAT, "-q", "-u", "urls", "-c", "cache.db", "-C", "config"]
        done = await asyncio.to_thread(
            subprocess.run,
            [*command, "-x", "reload", "print-unread"],
            cwd=self._home,
            env={
                "HOME": str(self._home),
                "PATH": "/usr/bin:/bin",
                "LANG": "C.UTF-8",
                "TERM": "dumb",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=LONG,
        )
        return done.stdout.strip()

    def read_all(self) -> None:
        """Mark all as read."""
        with closing(sqlite3.connect(self._cache)) as cache, cache:
            cache.execute("UPDATE rss_item SET unread = 0")

    def items(self, feed: str) -> list[tuple[str, ...]]:
        """Return what it knows of a feed: guid, title, author, page, day, enclosure."""
        with closing(sqlite3.connect(self._cache)) as cache:
            return cache.execute(
                "SELECT guid, title, author, url, date(pubDate, 'unixepoch'), enclosure_url"
                " FROM rss_item WHERE feedurl = ? ORDER BY pubDate DESC, id DESC",
                (feed,),
            ).fetchall()

    def tag(self, feed: str) -> str:
        """Return the ETag that it has of a feed."""
        with closing(sqlite3.connect(self._cache)) as cache:
            (tag,) = cache.execute("SELECT etag FROM rss_feed WHERE rssurl = ?", (feed,)).fetchone()
            return str(tag)


class House:
    """A config, a state and a tracker."""

    def __init__(self, home: Path, sim: Simulator, clock: Clock) -> None:
        self.home = home
        self.sim = sim
        self.clock = clock
        self.address = f"127.0.0.1:{free_port()}"
        self.log = home / "log"
        (home / "secrets").mkdir()
        (home / "secrets" / "password").write_text(sim.world.user("me").password)
        (home / "secrets" / "password").chmod(0o600)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """Let the daemon run."""
        file = self.home / "config.toml"
        file.write_text(
            f"""
[tracker]
url = "{self.sim.url}"
login = {{ username = "me", password = {{ secret = "password" }} }}
downloads_a_day = 2
[tracker.limit]
per = 0.05
[watch.yeast]
ask = "browse"
every = "15m"
match.tags.any = ["yeast"]
tell = ["lab"]
[target.lab]
plugin = "feed"
title = "Yeast data"
torrents = true
[web]
listen = "{self.address}"
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
                spread=False,
            )
            async with opened as app:
                life = asyncio.create_task(app.forever(Notifier({})), name="daemon")
                try:
                    await self.until("Watching yeast")
                    yield app
                finally:
                    app.stopping.set()
                    async with asyncio.timeout(LONG):
                        await life

    async def until(self, text: str) -> None:
        """Wait until the feed has an entry."""
        file = self.home / "state" / "public" / "lab.atom"
        async with asyncio.timeout(LONG):
            while text not in (file.read_text() if file.exists() else ""):  # noqa: ASYNC110 - the daemon writes it
                await asyncio.sleep(0.02)

    @property
    def token(self) -> str:
        """The token of the private feed."""
        return (self.home / "state" / "targets" / "lab" / "token").read_text().strip()


async def another_second() -> None:
    """Wait until the date of what is served can be another one than before a restart."""
    second = int(time.time())
    while int(time.time()) == second:  # noqa: ASYNC110 - likewise
        await asyncio.sleep(0.05)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Return a house; half an hour passes there in a second."""
    home = tmp_path / "home"
    home.mkdir()
    clock = Clock(speed=1800.0, start=datetime(2026, 3, 2, 9, tzinfo=UTC))
    async with Simulator(world=World(clock), clock=clock, per=0.05, allowed=2) as sim:
        yield House(home, sim, clock)
    logs.reset()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[RealQBittorrent]:
    """Start a qBittorrent."""
    client = RealQBittorrent(tmp_path / "client")
    try:
        client.start()
        yield client
    finally:
        client.stop()


@pytest.mark.skipif(not NEWSBOAT, reason="newsboat isn't installed")
@pytest.mark.parametrize("path", ["lab.atom", "lab.rss", "lab/yeast.rss", "all.atom"])
async def test_newsboat_reads_the_feeds_of_a_daemon(
    house: House, tmp_path: Path, path: str
) -> None:
    """In each format alike; what it has read isn't new again, after a restart neither."""
    url = f"http://{house.address}/{path}"
    reader = Newsboat(tmp_path / "newsboat", url)
    async with house.running():
        torrent = house.sim.world.publish("S288C <reads> & more")
        await house.until("S288C")
        assert await reader.reload() == "2 unread articles"
        newest = reader.items(url)[0]
        assert newest[1] == "New: S288C <reads> & more"
        assert newest[3].endswith(f"torrentid={torrent.id}")
        assert newest[4] == house.clock.now().date().isoformat()
        assert not newest[5]
        reader.read_all()
        tag = reader.tag(url)
        assert await reader.reload() == "0 unread articles"
    await another_second()
    async with house.running():
        assert await reader.reload() == "0 unread articles"
        house.sim.world.publish("Fresh reads")
        await house.until("Fresh reads")
        assert await reader.reload() == "1 unread articles"
        assert "" != reader.tag(url) != tag


@pytest.mark.skipif(not NEWSBOAT, reason="newsboat isn't installed")
async def test_no_entry_is_new_after_the_upgrade(gz: PluginKit, tmp_path: Path) -> None:
    """The address and the ids that a reader has are those of before."""
    target = gz.target("feed")
    (target.public / "target.atom").write_text(OLD_ATOM)
    (target.folder / "entries.json").write_text(OLD_ENTRIES)
    listen = f"127.0.0.1:{free_port()}"
    url = f"http://{listen}/target.atom"
    reader = Newsboat(tmp_path / "newsboat", url)
    async with WebServer(target.public, listen, Clock()).running():
        assert await reader.reload() == "1 unread articles"
    reader.read_all()
    await another_second()
    await asyncio.to_thread(target.prepare)

    async def handlers(path: str) -> WebFile | None:
        return await asyncio.to_thread(target.get, path)

    server = WebServer(target.public, listen, Clock(), handlers=handlers)
    async with server.running():
        assert await reader.reload() == "0 unread articles"
        await asyncio.to_thread(target.deliver, gz.event(title="second"))
        assert await reader.reload() == "1 unread articles"
    assert [item[0] for item in reader.items(url)][-1] == "tag:biotorrents.de,2026:yeast:new:1"


@pytest.mark.skipif(not QBITTORRENT, reason="qbittorrent-nox isn't installed")
async def test_qbittorrent_downloads_what_the_private_feed_offers(
    house: House, client: RealQBittorrent
) -> None:
    """By its own rule: the file is fetched once, when it is asked for, within the daily maximum."""
    world = house.sim.world
    async with house.running():
        wanted = world.publish("S288C reads")
        other = world.publish("Mouse reads")
        await house.until("Mouse reads")
        assert world.downloads.total() == 0
        url = f"http://{house.address}/lab/{house.token}/torrents.rss"

        def subscribe() -> None:
            api = client.api()
            api.app_set_preferences(
                {"rss_processing_enabled": True, "rss_auto_downloading_enabled": True}
            )
            rule: Any = {
                "enabled": True,
                "mustContain": "S288C",
                "affectedFeeds": [url],
                "assignedCategory": "open data",
                "addPaused": True,
            }
            api.rss_set_rule(rule_name="yeast", rule_def=rule)
            api.rss_add_feed(url=url, item_path="lab")

        def articles() -> set[str]:
            feeds: Any = client.api().rss_items(include_feed_data=True)
            return {article["title"] for article in feeds["lab"]["articles"]}

        await asyncio.to_thread(subscribe)
        await asyncio.to_thread(until, lambda: wanted.hash.lower() in client.torrents())
        assert await asyncio.to_thread(articles) == {"New: S288C reads", "New: Mouse reads"}
        torrents = await asyncio.to_thread(client.torrents)
        assert [*torrents] == [wanted.hash.lower()]
        assert "open data" in torrents[wanted.hash.lower()].labels
        me = world.user("me")
        assert world.downloads == {(me.id, wanted.id): 1}

        def refresh() -> None:
            api = client.api()
            api.torrents_delete(delete_files=True, torrent_hashes=wanted.hash.lower())
            api.rss_remove_item(item_path="lab")
            api.rss_add_feed(url=url, item_path="lab")

        await asyncio.to_thread(refresh)
        await asyncio.to_thread(until, lambda: wanted.hash.lower() in client.torrents())
        assert world.downloads == {(me.id, wanted.id): 1}
        assert other.hash.lower() not in await asyncio.to_thread(client.torrents)
        # Of two more one is beyond the daily maximum: the tracker isn't asked for it.
        for number in range(2):
            world.publish(f"S288C run {number}")
            await house.until(f"S288C run {number}")
        await asyncio.to_thread(lambda: client.api().rss_refresh_item(item_path="lab"))
        await asyncio.to_thread(until, lambda: "plugin.serve_failed" in house.log.read_text())
        await asyncio.to_thread(until, lambda: len(client.torrents()) == 2)
        assert world.downloads.total() == 2
        assert house.token not in house.log.read_text()
        assert me.passkey not in house.log.read_text()
