"""The messages in a Matrix room, at a server on loopback that answers as the protocol says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from gazelled.plugin import GiveUp, RetryLater, TargetFault
from gazelled.testing.plugin_kit import PluginKit

ROOM = "!lab:localhost"
TOKEN = "sesame"


class Server:
    """
    A homeserver with one room.

    Attributes:
        sent: The bodies of the messages by their transactions.
        refusal: The status and the body of the next answers; None where all is well.

    """

    def __init__(self) -> None:
        self.sent: dict[str, str] = {}
        self.refusal: tuple[int, dict[str, object]] | None = None
        self.url = ""

    async def send(self, request: web.Request) -> web.Response:
        """Take a message; the same transaction is the same message."""
        assert request.match_info["room"] == ROOM
        authorization = request.headers.get("Authorization", "")
        if self.refusal or authorization != f"Bearer {TOKEN}":
            status, body = self.refusal or (401, {"errcode": "M_UNKNOWN_TOKEN", "error": "no"})
            return web.json_response(body, status=status)
        content = json.loads(await request.text())
        self.sent.setdefault(request.match_info["transaction"], content["body"])
        return web.json_response({"event_id": "$1"})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Return a homeserver."""
    made = Server()
    app = web.Application()
    path = "/_matrix/client/{version}/rooms/{room}/send/m.room.message/{transaction}"
    app.router.add_put(path, made.send)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    made.url = f"http://{host}:{port}"
    yield made
    await runner.cleanup()


def options(server: Server, token: str = TOKEN) -> dict[str, str]:
    """Return the options of a target."""
    return {"homeserver": server.url, "user": "@bot:localhost", "token": token, "room": ROOM}


async def test_a_message_arrives_once(gz: PluginKit, server: Server) -> None:
    """A repetition has the same transaction, so the room shows it once."""
    async with gz.async_target("matrix_room.py", **options(server)) as target:
        event = gz.event("new", title="S288C reads")
        await target.deliver(event)
        await target.deliver(event, attempt=2)
    assert [text.splitlines()[0] for text in server.sent.values()] == ["S288C reads"]


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "M_FORBIDDEN", TargetFault),
        (413, "M_TOO_LARGE", GiveUp),
        (500, "M_UNKNOWN", RetryLater),
    ],
)
async def test_what_the_server_refuses(
    gz: PluginKit, server: Server, status: int, code: str, error: type[Exception]
) -> None:
    """Each refusal means what the server says."""
    server.refusal = (status, {"errcode": code, "error": "no"})
    async with gz.async_target("matrix_room.py", **options(server)) as target:
        with pytest.raises(error):
            await target.deliver(gz.event("new"))
    assert server.sent == {}


async def test_a_wrong_token_is_a_fault_of_the_target(gz: PluginKit, server: Server) -> None:
    """All of its messages wait until the config is right."""
    async with gz.async_target("matrix_room.py", **options(server, "wrong")) as target:
        with pytest.raises(TargetFault):
            await target.deliver(gz.event("new"))


async def test_a_server_that_is_away_is_a_fault_of_the_target(gz: PluginKit) -> None:
    """Nothing is lost by it."""
    server = Server()
    server.url = "http://127.0.0.1:9"
    async with gz.async_target("matrix_room.py", **options(server)) as target:
        async with asyncio.timeout(60):
            with pytest.raises(RetryLater):
                await target.deliver(gz.event("new"))
