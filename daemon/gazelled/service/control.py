"""
The control socket: how everyone but the owner gets at the daemon.

HTTP with JSON lines on a Unix socket in the state folder, with the folder's rights. A request
names a handler of `gazelled.service.handlers`; its reply is a line for each thing that the
handler has to say, so that whoever waits can be shown how long.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import aiohttp
from aiohttp import web

from gazelled.errors import (
    Broken,
    ConfigError,
    GazelledError,
    Refused,
    StateError,
    Stopped,
    Unavailable,
)
from gazelled.service.app import App
from gazelled.service.handlers import HANDLERS

LONGEST_PATH = 100
_ERRORS: Mapping[str, type[GazelledError]] = {
    kind.__name__: kind for kind in (ConfigError, StateError, Unavailable, Stopped, Refused, Broken)
}
Line = Mapping[str, object]


class NobodyThereError(GazelledError):
    """No daemon listens at a socket."""


@asynccontextmanager
async def serve(app: App, path: Path) -> AsyncIterator[None]:
    """
    Serve the handlers at a Unix socket while the context lasts.

    Args:
        app: The daemon.
        path: Where the socket is; a dead one there is replaced.

    Raises:
        StateError: If it can't be made.

    """

    async def answer(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in HANDLERS:
            return web.json_response({"error": "ConfigError", "text": f"no handler {name}"})
        given = await request.json() if request.can_read_body else {}
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        with suppress(ConnectionError):  # nobody listens any more
            async for line in said(app, name, given):
                await response.write(json.dumps(line).encode() + b"\n")
        return response

    routes = web.Application()
    routes.router.add_post("/{name}", answer)
    runner = web.AppRunner(routes, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await _listen(runner, path)
        yield
    finally:
        _remove(path)
        await runner.cleanup()


async def _listen(runner: web.AppRunner, path: Path) -> None:
    with _reachable(path) as short:
        _remove(path)
        before = os.umask(0o177)
        try:
            await web.UnixSite(runner, short).start()
        except OSError as error:
            text = f"The control socket {path} can't be made: {error.strerror}."
            raise StateError(text) from error
        finally:
            os.umask(before)


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


async def said(app: App, name: str, given: Mapping[str, object]) -> AsyncIterator[Line]:
    """
    Run a handler; what goes wrong is its last line.

    Args:
        app: The daemon.
        name: The handler.
        given: Its arguments.

    """
    try:
        async for line in HANDLERS[name](app, given):
            yield line
    except GazelledError as error:
        kind = next((name for name, known in _ERRORS.items() if isinstance(error, known)), "")
        yield {"error": kind, "text": app.redactor.scrub(str(error))}


async def ask(path: Path, name: str, given: Mapping[str, object]) -> AsyncIterator[Line]:
    """
    Ask the owner at a socket, line by line.

    Args:
        path: The socket.
        name: The handler.
        given: Its arguments.

    Raises:
        NobodyThereError: If nobody listens there.
        GazelledError: What the handler raised.

    """
    with _reachable(path) as short:
        connector = aiohttp.UnixConnector(short)
        timeout = aiohttp.ClientTimeout(total=None)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as http,
                http.post(f"http://gazelled/{name}", json=given) as response,
            ):
                async for text in _lines(response.content):
                    line = json.loads(text)
                    if "error" in line:
                        raise _ERRORS.get(line["error"], GazelledError)(line["text"])
                    yield line
        except (aiohttp.ClientError, OSError) as error:
            raise NobodyThereError(f"No gazelled listens at {path}.") from error


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Split a stream into lines of any length."""
    rest = b""
    async for chunk in content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """Yield a path short enough for a socket's address, whatever the folder is called."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise NobodyThereError(f"No gazelled listens at {path}.") from error
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
