"""
The control socket: how everyone but the owner gets at the daemon.

HTTP with JSON lines on a Unix socket in the state folder, with the folder's rights. The path of a
request names a handler; its reply is a line for each message of `gazelled.service.control.protocol`
that the handler yields, so that whoever waits can be shown how long.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gazelled import __version__
from gazelled.errors import ConfigError, GazelledError, StateError
from gazelled.service.app import App
from gazelled.service.control.codec import CodecError, decode, encode
from gazelled.service.control.handlers import handle
from gazelled.service.control.protocol import REQUESTS, ControlRequest, Failure, name_of
from gazelled.service.control.sockets import VERSION_HEADER, failure_of, reachable
from gazelled.service.web.feed_server import http_logger

log = structlog.stdlib.get_logger(__name__)

LARGEST = 2**20
MOST_LEVELS = 20


@asynccontextmanager
async def serve(app: App, path: Path) -> AsyncIterator[None]:
    """Serve the handlers at a Unix socket while the context lasts; a dead one there is replaced."""

    async def answer(request: web.Request) -> web.StreamResponse:
        version = {VERSION_HEADER: __version__}
        try:
            message = await _request(request)
        except ConfigError as error:
            return web.json_response(encode(failure_of(error, str(error))), headers=version)
        headers = {"Content-Type": "application/x-ndjson", **version}
        response = web.StreamResponse(headers=headers)
        # A client that goes away cancels what it asked for.
        with suppress(ConnectionError):
            await response.prepare(request)
            async with aclosing(messages(app, message)) as replies:
                async for reply in replies:
                    await response.write(json.dumps(encode(reply)).encode() + b"\n")
            await response.write_eof()
        return response

    routes = web.Application(client_max_size=LARGEST)
    routes.router.add_post("/{name}", answer)
    runner = web.AppRunner(
        routes,
        access_log=None,
        shutdown_timeout=1.0,
        handler_cancellation=True,
        logger=http_logger(),
    )
    await runner.setup()
    try:
        await _listen(runner, path)
        yield
    finally:
        _remove(path)
        await runner.cleanup()


async def messages(app: App, request: ControlRequest[Any]) -> AsyncGenerator[Any, None]:
    """Yield the messages of a handler; if it fails, that is the last one."""
    try:
        async with aclosing(handle(app, request)) as replies:
            async for reply in replies:
                yield reply
    except GazelledError as error:
        yield failure_of(error, app.redactor.scrub(str(error)))
    except Exception:
        name = name_of(request)
        log.exception("control.crashed", handler=name)
        yield Failure("", f"{name} failed for an internal error; see the log.")


async def _request(request: web.Request) -> ControlRequest[Any]:
    name = request.match_info["name"]
    theirs = request.headers.get(VERSION_HEADER, "")
    hint = "" if theirs in {"", __version__} else f"; this is gazelled {__version__}, restart it"
    if name not in REQUESTS:
        raise ConfigError(f"unknown request {name}{hint}")
    data = await _data(request)
    try:
        message: ControlRequest[Any] = decode(REQUESTS[name], data)
    except CodecError as error:
        raise ConfigError(f"{name}: {error}{hint}") from None
    return message


async def _data(request: web.Request) -> Mapping[str, object]:
    if not request.can_read_body:
        return {}
    try:
        data = json.loads(await request.read())
    except web.HTTPRequestEntityTooLarge:
        raise ConfigError(f"expected a request of at most {LARGEST} bytes") from None
    except (ValueError, RecursionError, ConnectionError, HttpProcessingError):
        # Not JSON, or its sender is gone, and then nobody reads the sentence.
        data = None
    if not isinstance(data, dict) or not _is_flat(data):
        raise ConfigError(f"expected a JSON object of at most {MOST_LEVELS} levels")
    return data


def _is_flat(data: dict[str, object]) -> bool:
    """Return whether data has few levels: what reads it may walk through it by recursion."""
    level: list[object] = [data]
    for _ in range(MOST_LEVELS + 1):
        values = [value.values() for value in level if isinstance(value, dict)]
        lists = [value for value in level if isinstance(value, list)]
        level = [*chain.from_iterable([*values, *lists])]
        if not level:
            return True
    return False


async def _listen(runner: web.AppRunner, path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _bind(listener, path)
        await web.SockSite(runner, listener).start()
    except OSError as error:
        listener.close()
        text = f"The control socket {path} can't be made: {error.strerror}."
        raise StateError(text) from error


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _bind(listener: socket.socket, path: Path) -> None:
    """Make the socket file, for this user alone from its first moment."""
    with reachable(path) as short:
        _remove(path)
        before = os.umask(0o177)
        try:
            listener.bind(short)
        finally:
            os.umask(before)
