"""Plugins reach the world outside, and never the tracker."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from gazelled.errors import RequestRefused
from gazelled.service.plugins.outside_http import OutsideHttp, TrackerGuard
from gazelled.tracker.transport.proxies import Proxy, proxy_environment


@dataclass
class Server:
    """A server on loopback, and what was asked of it."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    leads_to: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer, or lead to where it is to lead."""
        self.asked.append(request.path)
        self.headers.append(dict(request.headers))
        if request.path == "/away":
            raise web.HTTPFound(self.leads_to)
        return web.Response(text="fine")


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """Serve on a free port."""
    server = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    server.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined] # aiohttp names no port
    try:
        yield server
    finally:
        await runner.cleanup()


async def test_the_world_outside_is_reached() -> None:
    """Other services of this machine, too, with the name of the plugin."""
    async with serving() as server:
        outside = OutsideHttp("plugin sheet", "https://192.0.2.7", None)
        session = outside.session()
        assert outside.session() is session
        for _ in range(2):
            async with session.get(f"http://127.0.0.1:{server.port}/a") as response:
                assert await response.text() == "fine"
        await outside.close()

    assert server.asked == ["/a", "/a"]
    assert server.headers[0]["User-Agent"].startswith("gazelled/")
    assert server.headers[0]["User-Agent"].endswith("(plugin sheet)")
    assert not {"Authorization", "Cookie"} & server.headers[1].keys()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "127.0.0.2",
        "0.0.0.0",  # noqa: S104 - what connects there reaches this machine
    ],
)
async def test_the_tracker_on_this_machine_is_refused(host: str) -> None:
    """However it is written; the error says what to use."""
    async with serving() as server:
        outside = OutsideHttp("plugin sheet", f"http://127.0.0.1:{server.port}", None)
        with pytest.raises(RequestRefused, match=r"127\.0\.0\.1 is the tracker.*context\.tracker"):
            await outside.session().get(f"http://{host}:{server.port}/ajax.php")
        await outside.close()

    assert server.asked == []


async def test_a_redirect_to_the_tracker_is_refused() -> None:
    """Nothing is sent there, also when the connection would be an old one."""
    async with serving() as tracker, serving() as server:
        server.leads_to = f"http://localhost:{tracker.port}/ajax.php"
        outside = OutsideHttp("plugin sheet", f"http://127.0.0.1:{tracker.port}", None)
        for _ in range(2):
            with pytest.raises(RequestRefused, match="is the tracker"):
                await outside.session().get(f"http://127.0.0.1:{server.port}/away")
        await outside.close()

    assert (server.asked, tracker.asked) == (["/away", "/away"], [])


@pytest.mark.parametrize(
    ("tracker", "url"),
    [
        ("https://biotorrents.example", "https://biotorrents.example/ajax.php"),
        ("https://biotorrents.example", "http://BioTorrents.example.:8080/"),
        ("https://biotorrents.example", "https://www.biotorrents.example/"),
        ("https://www.biotorrents.example", "https://biotorrents.example/"),
        ("https://bücher.example", "https://xn--bcher-kva.example/"),
        ("https://192.0.2.7", "https://3221225991/"),
        ("https://192.0.2.7", "http://[::ffff:192.0.2.7]:99/"),
    ],
)
async def test_the_tracker_is_recognised(tracker: str, url: str) -> None:
    """By its name and its number, with any port and scheme; nothing is looked up or sent."""
    outside = OutsideHttp("plugin sheet", tracker, None)
    with pytest.raises(RequestRefused, match="is the tracker"):
        await outside.session().get(url)
    with pytest.raises(RequestRefused, match="is the tracker"):
        await outside.session().ws_connect(url)
    await outside.close()


async def test_a_number_is_compared_with_the_addresses_of_a_name() -> None:
    """The name of the tracker is looked up once in a while, and nothing if that fails."""
    asked: list[str] = []

    async def look_up(host: str) -> list[str]:
        asked.append(host)
        if len(asked) == 1:
            raise OSError("no name server")
        return ["192.0.2.7", "2001:db8::7"]

    guard = TrackerGuard(URL("https://tracker.example"), look_up)
    await guard.check(URL("https://192.0.2.7/"))
    for url in ("https://192.0.2.7/", "https://[2001:db8::7]/", "https://192.0.519/"):
        with pytest.raises(RequestRefused, match="is the tracker"):
            await guard.check(URL(url))
    await guard.check(URL("https://192.0.2.8/"))
    await guard.check(URL("https://other.example/"))

    assert asked == ["tracker.example"] * 2


async def test_the_proxy_of_the_config_is_used() -> None:
    """As for the tracker, and never around what is refused."""
    async with serving() as server:
        proxy = Proxy(f"http://127.0.0.1:{server.port}")
        with proxy_environment(proxy, os.environ, off=False):
            outside = OutsideHttp("plugin sheet", "https://192.0.2.7", None)
            async with outside.session().get("http://192.0.2.9/outside") as response:
                assert await response.text() == "fine"
            with pytest.raises(RequestRefused, match="is the tracker"):
                await outside.session().get("http://192.0.2.7/ajax.php")
            await outside.close()

    assert server.asked == ["/outside"]
    assert server.headers[0]["Host"] == "192.0.2.9"


async def test_a_session_that_was_closed_is_opened_again() -> None:
    """A plugin may close it; at the end of the daemon there is no new one."""
    outside = OutsideHttp("plugin sheet", "https://192.0.2.7", None)
    await outside.session().close()
    session = outside.session()
    closed = [session.closed]
    await outside.close()

    assert [*closed, session.closed] == [False, True]
    with pytest.raises(RequestRefused, match="stopping"):
        outside.session()


async def test_what_is_never_used_is_never_opened() -> None:
    """Closing is nothing then."""
    outside = OutsideHttp("plugin sheet", "https://192.0.2.7", None)
    await outside.close()
    assert outside._session is None


async def test_an_error_of_the_outside_is_that_of_the_library() -> None:
    """Nothing is wrapped: plugins know aiohttp's errors."""
    outside = OutsideHttp("plugin sheet", "https://192.0.2.7", None)
    with pytest.raises(aiohttp.ClientConnectorError):
        await outside.session().get("http://127.0.0.1:1/")
    await outside.close()
