"""A whole daemon in this process, on a simulated tracker and a clock that is fast."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.json_lines import read_json_lines

from gazelled.clock import Clock
from gazelled.config import Config, load
from gazelled.redact import Redactor
from gazelled.service.app import App
from gazelled.service.compose import open_app
from gazelled.service.control.client import ask
from gazelled.service.control.codec import decode, encode
from gazelled.service.control.protocol import REQUESTS
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.testing import Simulator, World
from gazelled.testing.ports import free_port

PER = 6.0
LONG = 120.0
UNHURRIED = 108_000.0
"""A minute of the world, in which the tracker closes no connection that is about to be used."""

MOODY = """
from pathlib import Path
from gazelled.plugin import GiveUp, PluginConfig, RetryLater, target

class Options(PluginConfig):
    path: Path

@target(Options)
async def moody(delivery, options):
    mood = options.path.with_suffix(".mood")
    if mood.exists():
        text = mood.read_text()
        raise {"later": RetryLater, "never": GiveUp, "bug": ValueError}[text]("not today")
    with options.path.open("a") as file:
        file.write(delivery.event.title + "\\n")
    if delivery.is_test:
        options.path.with_suffix(".tests").write_text("test ")
"""


class HouseClock(Clock):
    """A fast clock on which time can be skipped while no daemon runs."""

    def skip(self, seconds: float) -> None:
        """Let time pass at once."""
        self._zero -= seconds / self.speed


class House:
    """
    A config, a state and a tracker.

    Attributes:
        sim: The tracker.
        clock: The time there and here.
        folder: The state folder.
        watches: The watches of the config.
        limit: What else stands in the limit's table.
        notices: The targets of notices.
        more: What else stands in the config.

    """

    def __init__(self, home: Path, sim: Simulator, clock: Clock, port: int) -> None:
        self.sim = sim
        self.clock = clock
        self.home = home
        self.folder = home / "state"
        self.web = f"127.0.0.1:{port}"
        self.watches = (
            '[watch.yeast]\nask = "browse"\nevery = "15m"\ntell = ["moody", "journal", "feed"]\n'
        )
        self.notices = ["journal"]
        self.auth = 'token = { env = "TOKEN" }'
        self.more = ""
        self.limit = ""
        self.environ = {"TOKEN": sim.token()}
        self.redactor = Redactor()
        (home / "plugins").mkdir()
        (home / "plugins" / "moody.py").write_text(MOODY)

    def config(self) -> Config:
        """Load the config."""
        file = self.home / "config.toml"
        file.write_text(
            f"""
[tracker]
url = "{self.sim.url}"
name = "BioTorrents.de"
{self.auth}
[tracker.limit]
per = {PER}
{self.limit}
[notices]
tell = {json.dumps(self.notices)}
{self.watches}
[target.journal]
plugin = "journal"
[target.feed]
plugin = "feed"
title = "All of it"
[target.moody]
plugin = "moody"
path = "{self.home}/moody.txt"
[plugin.moody]
file = "moody.py"
[web]
listen = "{self.web}"
{self.more}
"""
        )
        loaded = load(file, self.environ)
        assert loaded.config is not None, [str(each) for each in loaded.problems]
        return loaded.config

    def opened(self, *, web: bool = False) -> AbstractAsyncContextManager[App]:
        """Put the daemon together."""
        return open_app(
            self.config(),
            self.folder,
            clock=self.clock,
            redactor=self.redactor,
            environ={},
            web=web,
            spread=False,
        )

    @asynccontextmanager
    async def running(
        self, notifier: Notifier | None = None, *, web: bool = False
    ) -> AsyncIterator[App]:
        """Let the daemon run, and stop it afterwards."""
        async with self.opened(web=web) as app:
            life = asyncio.create_task(app.forever(notifier or Notifier({})), name="daemon")
            try:
                yield app
            finally:
                app.stopping.set()
                async with asyncio.timeout(LONG):
                    await life

    async def ask(self, name: str, /, **given: object) -> list[Any]:
        """Ask the daemon over its socket; return what it says as JSON data."""
        request = decode(REQUESTS[name], given)
        replies = ask(self.folder / "control.sock", request)
        return [encode(reply) async for reply in replies]

    async def status(self) -> Any:  # noqa: ANN401 - the test knows what it looks for
        """Ask how it is."""
        (line,) = await self.ask("status")
        return line

    def mood(self, mood: str) -> None:
        """Let the moody target fail: `later`, `never` or by a `bug`; an empty text fixes it."""
        file = self.home / "moody.mood"
        file.write_text(mood)
        if not mood:
            file.unlink()

    def arrived(self) -> list[str]:
        """Read what the moody target got."""
        file = self.home / "moody.txt"
        return file.read_text().splitlines() if file.exists() else []

    def journal(self) -> list[dict[str, Any]]:
        """Read what the journal holds."""
        file = self.folder / "targets" / "journal" / "journal.jsonl"
        return read_json_lines(file)

    def titles(self) -> list[str]:
        """Read the headlines in the journal."""
        return [line["title"] for line in self.journal()]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(LONG):
            while not holds():  # noqa: ASYNC110 - a file makes it hold
                await asyncio.sleep(0.01)

    async def told(self, *titles: str) -> None:
        """Wait until the journal has these headlines."""
        await self.until(lambda: set(titles) <= set(self.titles()))

    async def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """Ask the web server."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://{self.web}{path}", headers=names) as response,
        ):
            return response.status, dict(response.headers), await response.text()


@pytest.fixture
def port() -> int:
    """Find a port that nobody uses."""
    return free_port()


@pytest.fixture
def clock() -> HouseClock:
    """Make an hour pass in two seconds, from a Monday morning."""
    return HouseClock(speed=1800.0, start=datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    """Return a tracker with the limit of the real one, on the fast clock."""
    async with Simulator(
        world=World(clock), clock=clock, per=PER, allowed=2, close_after=UNHURRIED
    ) as made:
        yield made


@pytest.fixture
def house(tmp_path: Path, sim: Simulator, clock: Clock, port: int) -> House:
    """Return a house that nobody lives in yet."""
    return House(tmp_path, sim, clock, port)
