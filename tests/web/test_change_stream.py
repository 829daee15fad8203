"""`/events`: pages that are open learn what changes, and nothing is sent once nobody may know."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from gazelled.service.web.live import change_stream

if TYPE_CHECKING:
    from tests.web.conftest import Visit


@asynccontextmanager
async def following(visit: Visit) -> AsyncIterator[aiohttp.ClientResponse]:
    """Open the stream as a browser does that is logged in."""
    async with (
        aiohttp.ClientSession(cookies=visit.cookies) as http,
        http.get(f"{visit.origin}/events", headers={"Accept": "text/event-stream"}) as response,
    ):
        yield response


async def changes(response: aiohttp.ClientResponse) -> AsyncGenerator[list[str], None]:
    """Yield the topics of each event."""
    async for line in response.content:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))["changed"]


async def test_a_look_is_shown(visit: Visit) -> None:
    """What a watch found comes by itself, and carries no content of its own."""
    await visit.log_in()
    async with following(visit) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        assert response.headers["Cache-Control"] == "no-store"
        await visit.app.run_watch("yeast")
        seen: set[str] = set()
        async with asyncio.timeout(60), aclosing(changes(response)) as lines:
            async for topics in lines:
                seen |= {*topics}
                if {"watches", "events", "deliveries"} <= seen:
                    break


async def test_silence_is_kept_alive(still: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment comes now and then while somebody listens."""
    monkeypatch.setattr(change_stream, "HEARTBEAT", 0.05)
    await still.log_in()
    async with asyncio.timeout(60), following(still) as response:
        async for line in response.content:
            if line == b": still there\n":
                break


async def test_it_ends_with_the_daemon(visit: Visit) -> None:
    """Nobody keeps the daemon from stopping."""
    await visit.log_in()
    async with asyncio.timeout(60), following(visit) as response:
        await response.content.readline()
        visit.app.stopping.set()
        await response.content.read()


async def test_it_ends_with_the_token(visit: Visit) -> None:
    """Who is logged out learns nothing more."""
    await visit.log_in()
    async with asyncio.timeout(60), following(visit) as response:
        await response.content.readline()
        await visit.app.access.revoke()
        visit.app.happenings.changes.announce("watches")
        assert b"changed" not in await response.content.read()


async def test_it_lives_longer_than_other_connections(
    still: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time limit of a connection is not for those that wait for news."""
    monkeypatch.setattr("gazelled.service.web.feed_server.CONNECTION_LIFETIME", 0.2)
    await still.log_in()
    async with asyncio.timeout(60), following(still) as response:
        await asyncio.sleep(0.6)
        still.app.happenings.changes.announce("config")
        async with aclosing(changes(response)) as lines:
            assert await anext(lines) == ["config"]


async def test_who_leaves_makes_room_at_once(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that were left by a click keep nobody out, also where nothing changes for long."""
    monkeypatch.setattr(change_stream, "HEARTBEAT", 3600.0)
    monkeypatch.setattr(change_stream, "MOST", 1)
    await visit.log_in()
    async with asyncio.timeout(60):
        for _ in range(4):
            await _followed_once(visit)


async def _followed_once(visit: Visit) -> None:
    """Open the stream as soon as there is room, and leave."""
    while True:
        async with following(visit) as response:
            if response.status == 200:
                await response.content.readline()
                return
        await asyncio.sleep(0.02)


async def test_only_a_get_follows(visit: Visit) -> None:
    """HEAD is answered at once, and takes nobody's place."""
    await visit.log_in()
    reply = await visit.send("HEAD", "/events")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/event-stream")


async def test_it_ends_with_the_token_of_a_script(visit: Visit) -> None:
    """A new token ends what the one before had opened."""
    token = await visit.app.access.renew()
    request = f"GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    async with asyncio.timeout(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", visit.port)
        writer.write(request.encode())
        head = await reader.readuntil(b"retry: ")
        assert b"Server: gazelled\r\n" in head
        await visit.app.access.renew()
        visit.app.happenings.changes.announce("watches")
        assert b"changed" not in await reader.read()
        writer.close()


async def test_they_are_few_and_leave_room(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many follow, pages are served; one more is told so, and may once another is gone."""
    monkeypatch.setattr(change_stream, "HEARTBEAT", 0.05)
    await visit.log_in()
    streams = [following(visit) for _ in range(change_stream.MOST)]
    opened = [await stream.__aenter__() for stream in streams]
    assert {response.status for response in opened} == {200}
    async with following(visit) as one_more:
        assert (one_more.status, one_more.headers["Retry-After"]) == (503, "60")
    pages = [visit.get("/probe/x") for _ in range(20)]
    assert {reply.status for reply in await asyncio.gather(*pages)} == {200}
    for stream in streams:
        await stream.__aexit__(None, None, None)
    async with asyncio.timeout(60):
        while True:
            async with following(visit) as again:
                if again.status == 200:
                    break
            await asyncio.sleep(0.02)
