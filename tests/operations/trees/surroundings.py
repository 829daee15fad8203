"""
What a machine has around gazelled: the simulated tracker, and a phone that messages come to.

    surroundings.py serve                 runs them, at the ports below
    surroundings.py publish TITLE         uploads a data set
    surroundings.py requests              prints how many requests reached the tracker
    surroundings.py messages              prints the messages that came to the phone, as JSON
    surroundings.py down | up             stops the tracker, and starts it again
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web

    from gazelled.testing import Simulator

TRACKER, PHONE = 7070, 7071
SOCKET = Path("/run/surroundings.sock")
TOKENS = {"/run/tracker-token": "me", "/run/token-of-another": "mod1"}
"""Where tokens are written, and whose they are."""

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def serve() -> None:
    """Serve the tracker, the phone and the commands until SIGTERM."""
    from aiohttp import web  # noqa: PLC0415 - commands need none of it, and are typed often

    from gazelled.testing import Simulator  # noqa: PLC0415 - likewise

    sim = Simulator(per=1.0)
    await sim.start(TRACKER)
    for place, user in TOKENS.items():
        Path(place).write_text(sim.token(user))  # noqa: ASYNC240 - before anything runs
    messages: list[dict[str, str]] = []
    phone = web.AppRunner(_phone(messages), access_log=None)
    await phone.setup()
    await web.TCPSite(phone, "127.0.0.1", PHONE).start()
    server = await asyncio.start_unix_server(_commands(sim, messages), SOCKET)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    server.close()
    await phone.cleanup()
    await sim.stop()


def _phone(messages: list[dict[str, str]]) -> web.Application:
    from aiohttp import web  # noqa: PLC0415 - as above

    async def receive(request: web.Request) -> web.Response:
        messages.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/{tail:.*}", receive)
    return app


def _commands(sim: Simulator, messages: list[dict[str, str]]) -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command, *words = json.loads(await reader.readline())
        reply: object = None
        match command:
            case "publish":
                sim.world.publish(words[0])
            case "requests":
                reply = len(sim.arrivals)
            case "messages":
                reply = messages
            case "down":
                await sim.stop()
            case "up":
                await sim.start()
        writer.write(json.dumps(reply).encode() + b"\n")
        await writer.drain()
        writer.close()

    return answer


def ask(words: list[str]) -> str:
    """Send a command to what serves, and return its reply."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(SOCKET))
        connection.sendall(json.dumps(words).encode() + b"\n")
        with connection.makefile() as reply:
            return reply.readline().strip()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        print(ask(sys.argv[1:]))  # noqa: T201 - a program's output
