"""
The control socket: how everyone but the owner gets at the daemon.

HTTP with JSON lines on a Unix socket in the state folder, or in the runtime folder of a service:
for its user alone, or also for the group that may enter the runtime folder. The path of a request
names a handler; its reply is a line for each message of `gazelled.service.control.protocol` that
the handler yields, so that whoever waits can be shown how long. Nothing of the protocol is imported
before the first request: a daemon that nobody asks does without.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    aclosing,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from gazelled import __version__
from gazelled.errors import ConfigError, StateError, TrackerUnavailable
from gazelled.service.app import App
from gazelled.service.control.codec import encode
from gazelled.service.control.sockets import LARGEST, VERSION_HEADER, bind_unix
from gazelled.service.notices import texts
from gazelled.service.outages.state_outage import be_impatient
from gazelled.service.web.feed_server import DaemonPages, http_logger

if TYPE_CHECKING:
    from gazelled.service.control.protocol import ControlRequest

log = structlog.stdlib.get_logger(__name__)

OWNER_ONLY, OWNER_AND_GROUP = 0o600, 0o660
"""The modes of the socket: who can open it may do everything."""

_GROUP = 0o050


MANY_TRIES = 6
"""After so many the pauses between two tries grow no more: they are a minute."""

MOST_CONNECTIONS = 128
"""
Connections at once: each costs the daemon a file descriptor. Who comes while there are as many is
told so.
"""

BACKLOG = 16
"""Connections that are accepted at a time, before those that are too many are refused."""

REQUEST_WITHIN = 1.0
"""Seconds that one which is refused has to send a request, so that its client reads the reply."""

LOOK_EVERY = 300.0
"""Seconds after which a daemon looks whether its socket is still there."""

Reply = Callable[["ControlRequest[Any]"], AsyncGenerator[Any, None]]


def serve(
    app: App, path: Path, pages: DaemonPages | None = None
) -> AbstractAsyncContextManager[None]:
    """
    Serve the handlers at a Unix socket while the context lasts; a dead one there is replaced.

    The page is there, too: who can open the socket may do everything.
    """

    def reply(request: ControlRequest[Any]) -> AsyncGenerator[Any, None]:
        from gazelled.service.control.handlers.answering import messages  # noqa: PLC0415 - as below

        return messages(app, request)

    return serve_replies(reply, path, app.folder, pages)


@asynccontextmanager
async def keep_serving(
    app: App, path: Path, pages: DaemonPages | None = None
) -> AsyncIterator[None]:
    """
    Serve in the same way; where that isn't possible now, try again with pauses that grow.

    A socket that somebody removes is made anew: without one nobody can ask or stop the daemon.
    """
    tried = asyncio.Event()

    async def keep() -> None:
        tries = 0
        while True:
            try:
                async with serve(app, path, pages):
                    if app.control_problem:
                        log.warning("control.recovered", socket=str(path))
                    app.control_problem = ""
                    tried.set()
                    made = _identity(path)
                    await app.clock.sleep(LOOK_EVERY)
                    while made is not None and _identity(path) == made:
                        await app.clock.sleep(LOOK_EVERY)
                    log.warning("control.removed", socket=str(path))
                    tries = 0
            except StateError as error:
                if not app.control_problem:
                    log.error("control.listen_failed", reason=str(error))  # noqa: TRY400 - a sentence
                    await app.notices.send(texts.control_failed(str(error)))
                app.control_problem = str(error)
                tried.set()
                await app.clock.sleep(min(2.0 ** min(tries, MANY_TRIES), 60.0))
                tries += 1

    async with asyncio.TaskGroup() as group:  # what nobody foresaw ends the daemon
        keeping = group.create_task(keep(), name="control socket")
        await tried.wait()
        try:
            yield
        finally:
            keeping.cancel()


@asynccontextmanager
async def serve_replies(
    reply_to: Reply, path: Path, folder: Path, pages: DaemonPages | None = None
) -> AsyncIterator[None]:
    """
    Serve what `reply_to` yields for each request, and the page, in the same way.

    Args:
        reply_to: Yields the replies to a request.
        path: Where the socket is to be.
        folder: The state folder.
        pages: The page, where there is one.

    """

    async def show(request: web.Request) -> web.StreamResponse:
        response = None
        if pages is not None:
            response = await pages.answer(request, _without_limit, by_control=True)
        if response is None:
            return web.Response(status=404, text="There is nothing at this address.\n")
        return response

    async def answer(request: web.Request) -> web.StreamResponse:
        if "Origin" in request.headers:  # a browser's, which a tunnel has brought here
            return web.Response(status=403, text="No page may send this.\n")
        from gazelled.service.control.handlers.answering import read_request  # noqa: PLC0415 - asked
        from gazelled.service.control.requests.failures import failure_of  # noqa: PLC0415 - asked

        version = {VERSION_HEADER: __version__}
        be_impatient()
        try:
            message = await read_request(request)
        except ConfigError as error:
            return web.json_response(encode(failure_of(error, str(error))), headers=version)
        headers = {"Content-Type": "application/x-ndjson", **version}
        response = web.StreamResponse(headers=headers)
        # A client that goes away cancels what it asked for.
        with suppress(ConnectionError):
            await response.prepare(request)
            async with aclosing(reply_to(message)) as replies:
                async for reply in replies:
                    await response.write(json.dumps(encode(reply)).encode() + b"\n")
            await response.write_eof()
        return response

    routes = web.Application(client_max_size=LARGEST)
    routes.router.add_post("/{name}", answer)
    routes.router.add_route("*", "/{tail:.*}", show)
    runner = web.AppRunner(
        routes,
        access_log=None,
        shutdown_timeout=1.0,
        handler_cancellation=True,
        logger=http_logger(),
    )
    await runner.setup()
    listening: asyncio.AbstractServer | None = None
    try:
        listening = await _listen(runner, path, folder)
        yield
    finally:
        with suppress(OSError):  # what isn't this daemon's socket stays
            _remove(path)
        if listening is not None:
            listening.close()
        await runner.cleanup()


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which socket stands at a path; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _mode(folder: Path, state: Path) -> int:
    """Return the mode of the socket: a unit may open its runtime folder to a group."""
    shared = folder != state and folder.stat().st_mode & _GROUP == _GROUP
    return OWNER_AND_GROUP if shared else OWNER_ONLY


async def _listen(runner: web.AppRunner, path: Path, state: Path) -> asyncio.AbstractServer:
    assert runner.server is not None  # noqa: S101 - it is set up
    listener: socket.socket | None = None
    try:
        _remove(path)
        listener = bind_unix(path, _mode(path.parent, state))
        return await _accept(runner.server, listener)
    except OSError as error:
        if listener is not None:
            listener.close()
        text = f"The control socket {path} can't be made: {error.strerror}."
        raise StateError(text) from error


async def _accept(server: web.Server, listener: socket.socket) -> asyncio.AbstractServer:
    """Accept connections for a server, as many as there may be; raise OSError if that fails."""

    def of_connection() -> asyncio.BaseProtocol:
        return server() if len(server.connections) < MOST_CONNECTIONS else _Refusal()

    loop = asyncio.get_running_loop()
    return await loop.create_unix_server(of_connection, sock=listener, backlog=BACKLOG)


class _Refusal(asyncio.Protocol):
    """Replies to whatever is sent that there are too many connections, and ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream's socket
        self._transport = transport
        self._timer = asyncio.get_running_loop().call_later(REQUEST_WITHIN, transport.abort)

    def data_received(self, data: bytes) -> None:
        del data
        from gazelled.service.control.requests.failures import failure_of  # noqa: PLC0415 - asked

        text = (
            f"gazelled has {MOST_CONNECTIONS} connections at its control socket, which are all "
            "that it takes. End what is connected there, and try again."
        )
        body = json.dumps(encode(failure_of(TrackerUnavailable(text), text))).encode() + b"\n"
        head = (
            "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
            f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._timer.cancel()


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _without_limit(*, streams: bool = False) -> AbstractContextManager[None]:
    """Return what a connection needs that may live as long as it likes."""
    del streams
    return nullcontext()
