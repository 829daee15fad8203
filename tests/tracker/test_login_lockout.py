"""A log-in counts before it is sent; what the tracker could not answer only waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gazelled.clock import Clock
from gazelled.model import Call
from gazelled.tracker.answers.classification import Consequence
from gazelled.tracker.answers.health import TrackerHealth
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import LoginAuth
from gazelled.tracker.login.login_lockout import MOST, MOST_SESSIONS, PAUSES, LockoutGuard

if TYPE_CHECKING:
    from datetime import datetime

    from .conftest import Connect

HOST = "tracker.example"
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
WRONG = b"<html>Your username or password was incorrect. login</html>"


class Leaping(Clock):
    """A clock whose time of day can be moved."""

    ahead = timedelta()

    def now(self) -> datetime:
        """Return the time of day."""
        return super().now() + self.ahead


class Page:
    """A log-in page: a server that reads each request wholly and does what the test says."""

    def __init__(self) -> None:
        self.posts = 0
        self.status = b""
        self.body = b""
        self.port = 0
        self.arrived = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a request, or close the connection when there is no status."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        await reader.readexactly(length)
        self.posts += 1
        self.arrived.set()
        if self.status == b"never":
            await reader.read()
        elif self.status:
            writer.write(
                b"HTTP/1.1 %b X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
                % (self.status, len(self.body), self.body)
            )
            await writer.drain()
        writer.close()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """Serve a log-in page on loopback."""
    made = Page()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@pytest.mark.parametrize("status", [b"200", b"400"])
async def test_a_refusal_with_any_status_is_one(
    connect: Connect, page: Page, status: bytes
) -> None:
    """Wrong credentials stop everything, whether they are said with 200 or 400."""
    page.status, page.body = status, WRONG
    client = connect(LoginAuth("me", "x" * 20), url=f"http://127.0.0.1:{page.port}")
    for _ in range(2):
        verdict = await client.ask("index")
        assert verdict.consequence is Consequence.STOPPED
        assert "refuses user name or password" in verdict.text
    assert page.posts == 1


async def test_three_without_an_answer_are_all(connect: Connect, page: Page) -> None:
    """A connection that breaks after the request counts, over restarts, and stops nothing."""
    memory = InMemoryStore()
    url = f"http://127.0.0.1:{page.port}"
    for _ in range(7):
        client = connect(LoginAuth("me", "x" * 20), url=url, memory=memory)
        assert (await client.ask("index")).consequence is Consequence.UNAVAILABLE
    verdict = await connect(LoginAuth("me", "x" * 20), url=url, memory=memory).ask("index")
    assert page.posts == MOST
    assert verdict.consequence is Consequence.UNAVAILABLE
    assert "refused or got no answer" in verdict.text
    assert verdict.after is not None
    assert timedelta(hours=11) < timedelta(seconds=verdict.after) <= timedelta(hours=12)
    health = TrackerHealth(Clock(), InMemoryStore())
    await health.failed(Call("index"), verdict.text, after=verdict.after)
    assert "try at once" not in str(health.problem())  # a resume doesn't help, as the text says


async def test_an_attempt_that_is_cut_off_counts(connect: Connect, page: Page) -> None:
    """Whoever is stopped while the log-in is under way leaves it counted."""
    memory, page.status = InMemoryStore(), b"never"
    for _ in range(MOST + 2):
        client = connect(
            LoginAuth("me", "x" * 20), url=f"http://127.0.0.1:{page.port}", memory=memory
        )
        page.arrived.clear()
        asking = asyncio.create_task(client.ask("index"))
        arrival = asyncio.create_task(page.arrived.wait())
        await asyncio.wait([asking, arrival], return_when=asyncio.FIRST_COMPLETED)
        asking.cancel()
        arrival.cancel()
        await asyncio.wait([asking, arrival])
    assert page.posts == MOST


async def test_what_was_not_written_does_not_count(connect: Connect, page: Page) -> None:
    """Where no connection comes about nothing was sent, so nothing is counted."""
    memory = InMemoryStore()
    for _ in range(MOST + 2):
        client = connect(LoginAuth("me", "x" * 20), url="http://127.0.0.1:1", memory=memory)
        assert (await client.ask("index")).consequence is Consequence.UNAVAILABLE
    page.status, page.body = b"200", WRONG
    client = connect(LoginAuth("me", "x" * 20), url=f"http://127.0.0.1:{page.port}", memory=memory)
    assert (await client.ask("index")).consequence is Consequence.STOPPED
    assert page.posts == 1


@pytest.mark.parametrize("status", [b"500", b"503", b"429"])
async def test_trouble_of_the_tracker_waits(connect: Connect, page: Page, status: bytes) -> None:
    """An error of the server isn't counted, but paces the next log-in, over restarts too."""
    memory, page.status = InMemoryStore(), status
    url = f"http://127.0.0.1:{page.port}"
    for _ in range(3):
        client = connect(LoginAuth("me", "x" * 20), url=url, memory=memory)
        assert (await client.ask("index")).consequence is Consequence.UNAVAILABLE
    assert page.posts == 1
    client = connect(LoginAuth("me", "x" * 20), url=url, memory=memory)
    verdict = await client.ask("index")
    assert "the next log-in is tried at" in verdict.text
    for tries in range(2, MOST + 3):
        await client.session.resume()
        await client.ask("index")
        assert page.posts == tries


async def test_pauses_grow_and_a_person_ends_them() -> None:
    """Each log-in without an answer is followed by a longer pause; a success ends them."""
    clock = Leaping()
    guard = LockoutGuard(HOST, clock, InMemoryStore())
    for pause in (*PAUSES, PAUSES[-1]):
        await guard.begin()
        await guard.unanswered("log-in: 500 Internal Server Error", after=None)
        found = await guard.block()
        assert found
        assert not found.stops
        assert abs((found.until - clock.now()).total_seconds() - pause) < 1
        clock.ahead += timedelta(seconds=pause)
        assert await guard.block() is None
    await guard.begin()
    await guard.unanswered("log-in: 503 Service Unavailable", after=7200.0)
    found = await guard.block()
    assert found
    assert (found.until - clock.now()).total_seconds() > PAUSES[-1]
    await guard.resume()
    assert await guard.block() is None


async def test_a_pause_of_a_clock_that_was_ahead() -> None:
    """A pause is never longer than itself, wherever the wall clock is set to."""
    clock, memory = Leaping(), InMemoryStore()
    clock.ahead = timedelta(days=700)
    guard = LockoutGuard(HOST, clock, memory)
    await guard.begin()
    await guard.unanswered("log-in: 500 Internal Server Error", after=None)
    clock.ahead = timedelta()
    found = await guard.block()
    assert found
    assert (found.until - clock.now()).total_seconds() <= PAUSES[0]


async def test_log_ins_that_never_last() -> None:
    """Where each session ends soon after its log-in, gazelled stops logging in."""
    clock = Leaping()
    guard = LockoutGuard(HOST, clock, InMemoryStore())
    for _ in range(MOST_SESSIONS):
        assert await guard.block() is None
        await guard.begin()
        await guard.succeeded()
    found = await guard.block()
    assert found
    assert found.stops
    assert "ended each session" in found.text
    clock.ahead = timedelta(hours=1)
    assert await guard.block() is None


async def test_what_earlier_versions_kept_is_read() -> None:
    """Refusals that an earlier version counted count still."""
    clock, memory = Leaping(), InMemoryStore()
    at = clock.now().isoformat()
    await memory.set_kv(f"refused-log-ins {HOST}", f'[["{at}", 1]]')
    found = await LockoutGuard(HOST, clock, memory).block()
    assert found
    assert found.until - clock.now() > timedelta(days=6)
