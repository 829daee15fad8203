"""What the tests of the simulated tracker share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar
from multidict import CIMultiDictProxy

from gazelled.testing import Simulator


@dataclass(frozen=True)
class Told:
    """An answer of the simulated tracker."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str
    json: dict[str, object]

    @property
    def error(self) -> object:
        """Why it failed."""
        return self.json.get("error")

    @property
    def response(self) -> dict[str, object]:
        """What it told."""
        response = self.json["response"]
        assert isinstance(response, dict)
        return response


Call = Callable[..., Awaitable[Told]]


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    """A client that keeps no cookies."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        yield session


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker whose window outlasts any test."""
    async with Simulator(per=600, allowed=1000) as simulator:
        yield simulator


@pytest.fixture
def call(client: ClientSession, sim: Simulator) -> Call:
    """Call an action, by the token of `me` unless told otherwise."""

    async def send(
        action: str = "index",
        *,
        token: str | None = None,
        cookie: str = "",
        form: dict[str, str] | None = None,
        **params: str,
    ) -> Told:
        headers = {"Cookie": cookie} if cookie else {}
        if not cookie or token:
            headers["Authorization"] = f"Bearer {token or sim.token()}"
        async with client.request(
            "POST" if form else "GET",
            f"{sim.url}/ajax.php",
            params={"action": action} | params,
            headers=headers,
            data=form,
            allow_redirects=False,
        ) as response:
            text = await response.text()
            there = response.status == HTTPStatus.OK and text.startswith("{")
            data = await response.json(content_type=None) if there else {}
            return Told(response.status, response.headers, text, data)

    return send


Tell = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def tell(call: Call, sim: Simulator, cookie: Callable[..., Awaitable[str]]) -> Tell:
    """Call an action as someone, by cookie unless told otherwise, and decode the answer."""

    async def send(
        action: str, who: str = "me", *, token: bool = False, **more: str | dict[str, str]
    ) -> dict[str, Any]:
        if token:
            return (await call(action, token=sim.token(who), **more)).json
        return (await call(action, cookie=await cookie(who), **more)).json

    return send


LogIn = Callable[..., Awaitable[Told]]


@pytest.fixture
def log_in(client: ClientSession, sim: Simulator) -> LogIn:
    """Post the form of the log-in."""

    async def send(name: str = "me", password: str | None = None, **more: str) -> Told:
        secret = sim.world.user(name).password if password is None else password
        form = {"username": name, "password": secret} | more
        async with client.post(f"{sim.url}/login.php", data=form, allow_redirects=False) as got:
            return Told(got.status, got.headers, await got.text(), {})

    return send


@pytest.fixture
def cookie(log_in: LogIn) -> Callable[..., Awaitable[str]]:
    """Log in and make the header that shows it."""

    async def get(name: str = "me", **more: str) -> str:
        told = await log_in(name, **more)
        pairs = [each.partition(";")[0] for each in told.headers.getall("Set-Cookie")]
        return "; ".join(pairs)

    return get
