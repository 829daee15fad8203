"""Cookies of a file that the tracker renews, and credentials that it doesn't take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from gazelled.tracker.answers.classification import Consequence
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import CookieAuth, LoginAuth, TokenAuth
from gazelled.tracker.login.credentials import MOST
from gazelled.tracker.login.log_in import COOKIES

if TYPE_CHECKING:
    from .conftest import Connect

INDEX = {"status": "success", "response": {"id": 5}}
BAD = {"status": "failure", "error": "bad credentials"}


class Renewing:
    """A tracker that sends a new session with each answer and takes only the newest."""

    def __init__(self) -> None:
        self.newest = "first"
        self.url = ""
        self.got: list[str] = []
        self.bad_credentials: int | None = None
        self.sends_to_log_in = False
        self.log_ins = 0

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a call."""
        session = request.cookies.get("session", "")
        self.got.append(session)
        if self.bad_credentials:
            return web.json_response(BAD, status=self.bad_credentials)
        if self.sends_to_log_in or session != self.newest:
            raise web.HTTPFound("login.php")
        self.newest = f"number-{len(self.got)}"
        made = web.json_response(INDEX)
        made.set_cookie("session", self.newest)
        return made

    async def log_in(self, _: web.Request) -> web.Response:
        """Log in whoever comes."""
        self.log_ins += 1
        made = web.Response(status=302, headers={"Location": "index.php"})
        made.set_cookie("session", self.newest)
        return made


@pytest.fixture
async def tracker() -> AsyncIterator[Renewing]:
    """Serve one on loopback."""
    made = Renewing()
    app = web.Application()
    app.router.add_get("/ajax.php", made.answer)
    app.router.add_post("/login.php", made.log_in)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def cookie_file(folder: Path, value: str) -> CookieAuth:
    """Write a browser's cookies."""
    file = folder / "cookies.txt"
    line = f"127.0.0.1\tFALSE\t/\tFALSE\t4102444800\tsession\t{value}\n"
    file.write_text(f"# Netscape HTTP Cookie File\n{line}")
    return CookieAuth(file)


async def test_a_renewed_cookie_survives_a_restart(
    connect: Connect, tracker: Renewing, tmp_path: Path
) -> None:
    """A new process goes on with what the tracker sent last, not with what the file holds."""
    auth, memory = cookie_file(tmp_path, "first"), InMemoryStore()
    for _ in range(2):
        client = connect(auth, url=tracker.url, memory=memory)
        for _ in range(2):
            assert (await client.ask("index")).consequence is Consequence.OK
    assert tracker.got == ["first", "number-1", "number-2", "number-3"]


async def test_a_changed_file_counts_again(
    connect: Connect, tracker: Renewing, tmp_path: Path
) -> None:
    """What was kept belongs to the file as it was: a new export is used at once."""
    memory = InMemoryStore()
    await connect(cookie_file(tmp_path, "first"), url=tracker.url, memory=memory).ask("index")
    tracker.newest = "fresh"
    client = connect(cookie_file(tmp_path, "fresh"), url=tracker.url, memory=memory)
    assert (await client.ask("index")).consequence is Consequence.OK
    assert tracker.got == ["first", "fresh"]


async def test_what_was_kept_and_is_of_no_use(
    connect: Connect, tracker: Renewing, tmp_path: Path
) -> None:
    """When the renewed cookie has ended, that of the file is tried once before all stops."""
    auth, memory = cookie_file(tmp_path, "first"), InMemoryStore()
    await connect(auth, url=tracker.url, memory=memory).ask("index")
    tracker.newest = "first"
    client = connect(auth, url=tracker.url, memory=memory)
    assert (await client.ask("index")).consequence is Consequence.OK
    assert tracker.got == ["first", "number-1", "first"]
    tracker.newest = "another"
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.STOPPED
    assert "no longer log in" in verdict.text
    assert tracker.got[3:] == ["number-3", "first"]
    assert await memory.get_kv(COOKIES) is None


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("way", ["token", "cookies"])
async def test_bad_credentials_stop_after_a_few(
    connect: Connect, tracker: Renewing, tmp_path: Path, status: int, way: str
) -> None:
    """A site may say so while it is in trouble: it stops all when it goes on, over restarts."""
    tracker.bad_credentials, memory = status, InMemoryStore()
    ways = {"token": TokenAuth("x" * 118), "cookies": cookie_file(tmp_path, "first")}
    for number in range(1, MOST):
        verdict = await connect(ways[way], url=tracker.url, memory=memory).ask("index")
        assert verdict.consequence is Consequence.UNAVAILABLE
        assert f"{number} of {MOST} times" in verdict.text
    verdict = await connect(ways[way], url=tracker.url, memory=memory).ask("index")
    assert verdict.consequence is Consequence.STOPPED
    assert f'"bad credentials" of the {way} {MOST} times in a row' in verdict.text


async def test_a_success_between_begins_anew(
    connect: Connect, tracker: Renewing, tmp_path: Path
) -> None:
    """Only what was said in a row counts."""
    auth, memory = cookie_file(tmp_path, "first"), InMemoryStore()
    for status in (200, None, 200, 200):
        tracker.bad_credentials = status
        verdict = await connect(auth, url=tracker.url, memory=memory).ask("index")
        assert verdict.consequence is (Consequence.UNAVAILABLE if status else Consequence.OK)


async def test_a_log_in_that_leads_to_the_log_in(connect: Connect, tracker: Renewing) -> None:
    """A session that doesn't hold for one request is named as that, after one log-in."""
    tracker.sends_to_log_in = True
    client = connect(LoginAuth("me", "x" * 20), url=tracker.url)
    verdict = await client.ask("index")
    assert verdict.consequence is Consequence.STOPPED
    assert "accepted the log-in and asked for it again" in verdict.text
    assert tracker.log_ins == 2
