"""A daemon with its page, and raw and patient clients for it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

import aiohttp
import pytest
from tests.service.conftest import clock, house, port, sim
from tests.web.scene import busy

from gazelled.service.web import page_table
from gazelled.service.web.web_page import NoSuchPageError, PageRequest, WebPage

if TYPE_CHECKING:
    from tests.service.conftest import House

    from gazelled.service.app import App

__all__ = ["clock", "house", "port", "sim"]


@dataclass(frozen=True)
class Reply:
    """What the server answered; the headers by their names in small letters."""

    status: int
    headers: dict[str, str]
    body: str
    cookies: SimpleCookie


@dataclass
class Visit:
    """
    A client, as a browser or a script is one.

    Attributes:
        app: The daemon that it asks.
        port: Where that listens.
        host: What it calls that.
        cookies: What it sends as cookies.

    """

    app: App
    port: int
    host: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The origin of pages of the daemon."""
        return f"http://127.0.0.1:{self.port}"

    async def raw(self, request: bytes) -> bytes:
        """Send bytes, and read until the connection is closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            return await reader.read()
        finally:
            writer.close()

    async def send(
        self, method: str, path: str, form: Mapping[str, str] | None = None, /, **headers: str
    ) -> Reply:
        """Send a request; redirects are not followed, and no cookie is kept by itself."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.host:
            names["Host"] = self.host
        async with aiohttp.ClientSession(cookies=self.cookies) as http:
            url = f"http://127.0.0.1:{self.port}{path}"
            async with http.request(
                method, url, data=form, headers=names, allow_redirects=False
            ) as response:
                lower = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status, lower, await response.text(), response.cookies)

    async def get(self, path: str, **headers: str) -> Reply:
        """Get a page."""
        return await self.send("GET", path, **headers)

    async def post(self, path: str, form: dict[str, str], **headers: str) -> Reply:
        """Send a form, as a page of the daemon does."""
        return await self.send("POST", path, form, **({"Origin": self.origin} | headers))

    async def log_in(self) -> str:
        """Log in with a new token by its link; return the token."""
        token = await self.app.access.renew()
        reply = await self.get(f"/login?token={token}")
        assert reply.status == 303
        self.cookies = {name: morsel.value for name, morsel in reply.cookies.items()}
        return token

    async def csrf(self) -> str:
        """Return what forms of the page hold."""
        found = re.search(r'name="csrf" value="(\w+)"', (await self.get("/probe/x")).body)
        assert found
        return found[1]


@dataclass(frozen=True)
class ProbePage:
    """The model of a page for tests, with what its template shows."""

    status: str
    text: str


async def _probe(app: App, request: PageRequest) -> ProbePage:
    del app
    if request.parts["name"] == "nothing":
        raise NoSuchPageError("There is no such probe.")
    if request.parts["name"] == "bug":
        raise ValueError(request.path)
    return ProbePage(request.parts["name"], request.query.get("title", ""))


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a page of the tests' own, so that they don't depend on what others show."""
    page = WebPage("/probe/{name}", "error.html", _probe)
    monkeypatch.setattr(page_table, "PAGES", (page, *page_table.PAGES))


@pytest.fixture
async def visit(house: House, port: int, probe: None) -> AsyncIterator[Visit]:
    """Let a daemon run with its page."""
    del probe
    async with house.running(web=True) as app:
        yield Visit(app, port)


@pytest.fixture
async def still(house: House, port: int, probe: None) -> AsyncIterator[Visit]:
    """Serve the page of a daemon that does nothing by itself."""
    del probe
    async with house.opened(web=True) as app:
        yield Visit(app, port)


@pytest.fixture
async def guest(house: House, port: int) -> AsyncIterator[Visit]:
    """Visit a busy daemon, logged in."""
    async with busy(house) as app:
        visit = Visit(app, port)
        await visit.log_in()
        yield visit
