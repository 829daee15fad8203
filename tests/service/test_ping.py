"""The dead man's switch: an address outside is fetched while all is well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from gazelled.config import load
from gazelled.service.app import App
from gazelled.service.health_report import health_report
from gazelled.service.notices.ping import Ping

if TYPE_CHECKING:
    from .conftest import House, HouseClock


class Switch:
    """A service outside, which counts what fetches it."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        self.fetched = asyncio.Event()
        self.status = 200
        self.location = ""
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Answer as the test says."""
        self.headers.append(dict(request.headers))
        self.fetched.set()
        if self.location:
            raise web.HTTPFound(self.location)
        return web.Response(status=self.status)


@pytest.fixture
async def switch() -> AsyncIterator[Switch]:
    """Serve on loopback."""
    served = Switch()
    app = web.Application()
    app.router.add_get("/very-secret-uuid", served.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    served.url = f"http://{host}:{port}/very-secret-uuid"
    yield served
    await runner.cleanup()


def wants(house: House, url: str) -> None:
    """Write it into the config."""
    house.environ["PING"] = url
    house.watches = f'ping = {{ env = "PING" }}\n{house.watches}'


@asynccontextmanager
async def pinging(app: App) -> AsyncIterator[Ping]:
    """Let a ping run, as the daemon does."""
    ping = Ping(lambda: app.config, partial(health_report, app), app.clock)
    task = asyncio.create_task(ping.run())
    try:
        yield ping
    finally:
        task.cancel()
        await asyncio.wait({task})


async def settled(ping: Ping, switch: Switch, number: int) -> None:
    """Look until it was fetched so often."""
    while len(switch.headers) < number:
        ping.look()
        switch.fetched.clear()
        async with asyncio.timeout(60):
            await switch.fetched.wait()


async def test_it_is_fetched_every_five_minutes(
    house: House, switch: Switch, clock: HouseClock
) -> None:
    """Between them nothing is, and nothing of the tracker's goes there."""
    clock.speed = 1.0
    wants(house, switch.url)
    async with house.opened() as app, pinging(app) as ping:
        await settled(ping, switch, 1)
        for _ in range(3):
            ping.look()
            await asyncio.sleep(0)
        assert len(switch.headers) == 1
        clock.skip(301)
        await settled(ping, switch, 2)
    (first, _) = switch.headers
    assert not {"Cookie", "Authorization"} & first.keys()
    assert house.environ["TOKEN"] not in str(first)
    assert first["User-Agent"].endswith("(notices)")


async def test_the_daemon_does_it_by_itself(house: House, switch: Switch) -> None:
    """It is fetched when it starts, too."""
    wants(house, switch.url)
    async with house.running():
        async with asyncio.timeout(60):
            await switch.fetched.wait()


async def test_nothing_is_fetched_while_anything_is_wrong(
    house: House, switch: Switch, clock: HouseClock
) -> None:
    """Once all is well it follows at the next look."""
    clock.speed = 1.0
    wants(house, switch.url)
    reports: asyncio.Queue[str] = asyncio.Queue()
    async with house.opened() as app:

        async def report() -> object:
            result = await health_report(app)
            await reports.put(result.state)
            return result

        ping = Ping(lambda: app.config, report, app.clock)  # type: ignore[arg-type] # it is one
        task = asyncio.create_task(ping.run())
        app.dispatcher.health.stopped = "the token was revoked"
        ping.look()
        assert await reports.get() == "failing"
        assert switch.headers == []
        app.dispatcher.health.stopped = ""
        await settled(ping, switch, 1)
        task.cancel()
        await asyncio.wait({task})


@pytest.mark.parametrize("what", ["status", "tracker", "gone"])
async def test_a_failure_is_logged_without_the_address(
    house: House, switch: Switch, clock: HouseClock, what: str
) -> None:
    """Once for several, and when it is over; a redirect leads nobody to the tracker."""
    clock.speed = 1.0
    wants(house, switch.url)
    good = switch.url
    async with house.opened() as app:
        ping = Ping(lambda: app.config, partial(health_report, app), app.clock)
        match what:
            case "status":
                switch.status = 503
            case "tracker":
                switch.location = f"{house.sim.url}/ajax.php?action=index"
            case _:
                good = "http://127.0.0.1:9/very-secret-uuid"
        with capture_logs() as logs:
            for _ in range(2):
                ping._note(await ping._fetch(good))
            switch.status, switch.location = 200, ""
            ping._note(await ping._fetch(switch.url))
    events = [(line["event"], line.get("reason", "")) for line in logs]
    assert [event for event, _ in events] == ["ping.failed", "ping.recovered"]
    assert events[0][1] in {"HTTP status 503", "it leads to the tracker", "ClientConnectorError"}
    assert "very-secret-uuid" not in str(logs)
    assert house.sim.arrivals == []


@pytest.mark.parametrize(
    ("url", "more", "problem"),
    [
        ("https://hc.example/u", 'ping_every = "10s"', "expected a minute or more"),
        ("https://hc.example/u", 'ping_every = "often"', "ping_every"),
        ("hc.example/u", "", "not an address that begins with https://"),
        ("{tracker}/ping", "", "an address of the tracker"),
    ],
)
async def test_mistakes_in_the_config(house: House, url: str, more: str, problem: str) -> None:
    """They name the key, and never the address."""
    house.config()
    file = house.home / "config.toml"
    text = f'[notices]\nping = {{ env = "PING" }}\n{more}\n'
    file.write_text(file.read_text().replace("[notices]\n", text))
    address = url.format(tracker=house.sim.url)
    problems = [*map(str, load(file, {**house.environ, "PING": address}).problems)]
    assert any(problem in one and "notices.ping" in one for one in problems), problems
    assert not any(address in one for one in problems)
