"""
The web server: the page, and files and handlers of plugins, with ETag and Last-Modified.

It listens on loopback or at a Unix socket; its connections are few and end soon.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import math
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Protocol

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gazelled.clock import Clock
from gazelled.errors import RetryLater
from gazelled.plugin import WebFile
from gazelled.regular_file import read_regular
from gazelled.service.control.sockets import bind_unix, remove_dead
from gazelled.service.web.access.request_source import is_own_name
from gazelled.service.web.media_types import media_type
from gazelled.service.web.published.renderings import Renderings

log = structlog.stdlib.get_logger(__name__)

RETRY = 60.0
"""Seconds at most between two attempts to listen at an address that is not available."""

RETRY_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds before the first attempts: at the start of a machine an address is there soon."""

MAX_CONNECTIONS = 32
"""Connections at once; each costs the daemon a file descriptor."""

BACKLOG = 16
"""Connections that are accepted at a time, before those that are too many are closed."""

CONNECTION_LIFETIME = 15.0
"""
Seconds after which a connection is closed, whatever its client has sent or read by then. The time
that a plugin takes for the answer doesn't count.
"""

GROUP_TOO = 0o660
"""The mode of a Unix socket for a proxy: whoever opens it still needs the token."""

INDEX = "index.html"

SERVER = "gazelled"
"""What the server calls itself: versions are nobody's business."""

IN_MEMORY = 2**20
"""Larger files are sent in pieces, and not compressed."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-site",
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    ),
}
"""
Whatever a plugin publishes runs no script, loads nothing from elsewhere and isn't taken for another
type. Pages of other sites can't include it, and an address with a token in it is told to none.
"""

Handlers = Callable[[str], Awaitable[WebFile | None]]
"""Return what a plugin serves at an address; raise RetryLater if that isn't available now."""


async def _none(path: str) -> WebFile | None:
    del path
    return None


Patience = Callable[..., AbstractContextManager[None]]
"""Lets a connection live while an answer is made that has a time limit of its own."""


class DaemonPages(Protocol):
    """What the daemon shows of itself beside what plugins publish."""

    async def answer(
        self, request: web.BaseRequest, patience: Patience, *, by_control: bool = False
    ) -> web.StreamResponse | None:
        """Return the response to a request; None if it isn't for the page."""

    def published(self, request: web.BaseRequest) -> str | None:
        """Return the address below which a target publishes what is asked for; None if none may."""


class WebServer:
    """
    Serves the files of a folder, and keeps trying to where its address is not available.

    Files in folders below it are not served. What a handler serves goes before a file.

    Args:
        on_change: Awaited with what is wrong when nothing can listen, and with an empty text once
            that is over.
        bound: A socket that listens there already.
        handlers: Returns what plugins serve without a file.
        pages: What is shown beside it.

    Attributes:
        problem: Why nothing can listen; empty when the files are served.

    """

    def __init__(
        self,
        folder: Path,
        listen: str,
        clock: Clock,
        on_change: Callable[[str], Awaitable[None]] | None = None,
        bound: socket.socket | None = None,
        *,
        handlers: Handlers = _none,
        pages: DaemonPages | None = None,
    ) -> None:
        self.problem = ""
        self._folder = folder
        self._listen = listen
        self._unix = Path(listen.removeprefix("unix:")) if listen.startswith("unix:") else None
        self._pages = pages
        self._clock = clock
        self._on_change = on_change
        self._bound = bound
        self._handlers = handlers
        self._rendered = Renderings()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._server = _Limited(self._answer)
        runner = web.ServerRunner(self._server, shutdown_timeout=1.0)
        await runner.setup()
        retrying: asyncio.Task[None] | None = None
        try:
            if not await self._start(runner):
                retrying = asyncio.create_task(self._keep_trying(runner), name="web server")
            yield
        finally:
            if retrying:
                retrying.cancel()
                await asyncio.wait({retrying})
            await runner.cleanup()
            if self._unix is not None and not self.problem:
                await asyncio.to_thread(self._unix.unlink, missing_ok=True)

    async def _keep_trying(self, runner: web.ServerRunner) -> None:
        for pause in chain(RETRY_PAUSES, repeat(RETRY)):
            await self._clock.sleep(pause)
            if await self._start(runner):
                return

    async def _start(self, runner: web.ServerRunner) -> bool:
        site: web.BaseSite | None = None
        try:
            site = self._place(runner)
            await site.start()
        except OSError as error:
            reason = os.strerror(error.errno).lower() if error.errno else str(error)
            await self._changed(f"Nothing can listen at {self._listen}: {reason}")
            if site is not None:
                await site.stop()
            return False
        log.debug("web.started", listen=self._listen)
        await self._changed("")
        return True

    def _place(self, runner: web.ServerRunner) -> web.BaseSite:
        """Return where to listen; raise OSError if a Unix socket can't be made there."""
        if self._bound is not None:
            return web.SockSite(runner, self._bound, backlog=BACKLOG)
        if self._unix is not None:
            remove_dead(self._unix)
            listener = bind_unix(self._unix, GROUP_TOO)
            return web.SockSite(runner, listener, backlog=BACKLOG)
        host, _, port = self._listen.rpartition(":")
        return web.TCPSite(runner, host.strip("[]"), int(port), backlog=BACKLOG)

    async def _changed(self, problem: str) -> None:
        if problem == self.problem:
            return
        first, self.problem = not (problem and self.problem), problem
        if problem:
            log.warning("web.listen_failed", listen=self._listen, problem=problem)
        if first and self._on_change:
            await self._on_change(problem)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        response = await self._shown(request)
        if response is None:
            response = await self._respond(request)
            response.headers.update(HEADERS)
        if not response.prepared:
            response.headers.setdefault("Server", SERVER)
            response.force_close()  # the next request is a new connection, with its own time limit
        return response

    async def _shown(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """Return what is no plugin's; None where only a plugin's may be meant."""
        if self._pages is None:
            return None
        return await self._pages.answer(request, partial(self._server.waiting, request.protocol))

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method not in {"GET", "HEAD"}:
            return web.Response(
                status=405, text="Only GET and HEAD are answered.\n", headers={"Allow": "GET, HEAD"}
            )
        host = request.headers.get("Host")
        if self._pages is None and host is not None and not is_own_name(host, self._listen):
            # A stranger's page can have its name point here, and would be allowed to read this.
            text = f"Ask for http://{self._listen}/. A proxy in front has to send this as Host.\n"
            return web.Response(status=421, text=text)
        path = request.path if self._pages is None else self._pages.published(request)
        if path is None:
            return _not_found()
        address = path.removeprefix("/") or INDEX
        try:
            with self._server.waiting(request.protocol):
                served = await self._handlers(address)
        except RetryLater as error:
            after = 60.0 if error.after is None else error.after
            headers = {"Retry-After": str(math.ceil(after)), "Cache-Control": "no-store"}
            return web.Response(status=503, text="This is not available now.\n", headers=headers)
        if served is not None:
            return self._rendered.response(request, served)
        if file := await asyncio.to_thread(self._find, address):
            return await self._file(request, file)
        return _not_found()

    async def _file(self, request: web.BaseRequest, path: Path) -> web.StreamResponse:
        try:
            return self._rendered.response(request, await asyncio.to_thread(_read, path))
        except OSError as error:
            if error.errno != errno.EFBIG:
                return _not_found()
        response = web.FileResponse(path)
        response.headers["Content-Type"] = media_type(path.name)
        response.headers["Cache-Control"] = "no-cache"
        return response

    def _find(self, name: str) -> Path | None:
        """Return the file at an address, which has been unquoted by now; None if it is none."""
        if not name or "/" in name or "\0" in name or name.startswith("."):
            return None
        path = self._folder / name
        try:
            return path if path.is_file() and not path.is_symlink() else None
        except OSError:
            return None  # the name is longer than names of files can be


class _Limited(web.Server):
    """A server of few connections, each of which ends soon: clients may be slow or hostile."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        super().__init__(handler, access_log=None, logger=http_logger())
        self._ends: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        self._streams: dict[web.RequestHandler, asyncio.Task[object] | None] = {}

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Take a connection, or close it at once where there are too many."""
        super().connection_made(handler, transport)
        loop = asyncio.get_running_loop()
        if len(self.connections) - len(self._streams) > MAX_CONNECTIONS:
            loop.call_soon(transport.abort)  # once the handler has begun: it expects that
            return
        self._ends[handler] = loop.call_later(CONNECTION_LIFETIME, transport.abort)

    @contextmanager
    def waiting(self, handler: web.RequestHandler, *, streams: bool = False) -> Iterator[None]:
        """
        Let a connection live while an answer is made that has a time limit of its own.

        One that `streams` leaves its place to others; how many do is limited elsewhere. It is
        cancelled once its client is gone, who would be noticed only by the next thing to send.
        """
        self._end(handler)
        if streams:
            self._streams[handler] = asyncio.current_task()
        try:
            yield
        finally:
            self._streams.pop(handler, None)
            if handler in self.connections and handler.transport is not None:
                loop = asyncio.get_running_loop()
                self._ends[handler] = loop.call_later(CONNECTION_LIFETIME, handler.transport.abort)

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        super().connection_lost(handler, exc)
        self._end(handler)
        if task := self._streams.get(handler):
            task.cancel()

    def _end(self, handler: web.RequestHandler) -> None:
        if timer := self._ends.pop(handler, None):
            timer.cancel()


def _not_found() -> web.Response:
    return web.Response(status=404, text="There is nothing at this address.\n")


def _read(file: Path) -> WebFile:
    """Read a file that isn't large; raise OSError if it is, or can't be read."""
    modified = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return WebFile(read_regular(file, IN_MEMORY), media_type(file.name), modified=modified)


def http_logger() -> logging.Logger:
    """Return a logger for a server that leaves out requests which aren't HTTP."""
    logger = logging.getLogger("gazelled.service.http")
    logger.addFilter(_is_ours)
    return logger


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)
