"""The web server: files and handlers of plugins, on loopback, with ETag and Last-Modified."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import math
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gazelled.clock import Clock
from gazelled.errors import RetryLater
from gazelled.plugin import WebFile
from gazelled.regular_file import read_regular
from gazelled.service.web.media_types import media_type
from gazelled.service.web.renderings import Renderings

log = structlog.stdlib.get_logger(__name__)

RETRY = 60.0
"""Seconds between two attempts to listen at an address that is not available."""

MAX_CONNECTIONS = 32
"""Connections at once; each costs the daemon a file descriptor."""

BACKLOG = 16
"""Connections that are accepted at a time, before those that are too many are closed."""

CONNECTION_LIFETIME = 15.0
"""
Seconds after which a connection is closed, whatever its client has sent or read by then. The time
that a plugin takes for the answer doesn't count.
"""

INDEX = "index.html"

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


class WebServer:
    """
    Serves the files of a folder, and keeps trying to where its address is not available.

    Files in folders below it are not served. What a handler serves goes before a file.

    Args:
        on_change: Awaited with what is wrong when nothing can listen, and with an empty text once
            that is over.
        bound: A socket that listens there already.
        handlers: Returns what plugins serve without a file.

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
        handlers: Handlers = _none,
    ) -> None:
        self.problem = ""
        self._folder = folder
        self._listen = listen
        self._host, _, port = listen.rpartition(":")
        self._port = int(port)
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

    async def _keep_trying(self, runner: web.ServerRunner) -> None:
        while True:
            await self._clock.sleep(RETRY)
            if await self._start(runner):
                return

    async def _start(self, runner: web.ServerRunner) -> bool:
        site: web.BaseSite
        if self._bound is None:
            site = web.TCPSite(runner, self._host.strip("[]"), self._port, backlog=BACKLOG)
        else:
            site = web.SockSite(runner, self._bound, backlog=BACKLOG)
        try:
            await site.start()
        except OSError as error:
            reason = os.strerror(error.errno).lower() if error.errno else str(error)
            await self._changed(f"Nothing can listen at {self._listen}: {reason}")
            await site.stop()
            return False
        log.debug("web.started", listen=self._listen)
        await self._changed("")
        return True

    async def _changed(self, problem: str) -> None:
        if problem == self.problem:
            return
        first, self.problem = not (problem and self.problem), problem
        if problem:
            log.warning("web.listen_failed", listen=self._listen, problem=problem)
        if first and self._on_change:
            await self._on_change(problem)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        response = await self._respond(request)
        response.force_close()  # the next request is a new connection, with its own time limit
        response.headers.update(HEADERS)
        return response

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method not in {"GET", "HEAD"}:
            return web.Response(
                status=405, text="Only GET and HEAD are answered.\n", headers={"Allow": "GET, HEAD"}
            )
        host = request.headers.get("Host")
        if host is not None and not _is_own_name(host, self._host):
            # A stranger's page can have its name point here, and would be allowed to read this.
            text = f"Ask for http://{self._listen}/. A proxy in front has to send this as Host.\n"
            return web.Response(status=421, text=text)
        address = request.path.removeprefix("/") or INDEX
        try:
            with self._server.waiting(request.protocol):
                served = await self._handlers(address)
        except RetryLater as error:
            after = 60.0 if error.after is None else error.after
            headers = {"Retry-After": str(math.ceil(after)), "Cache-Control": "no-store"}
            return web.Response(status=503, text="This is not available now.\n", headers=headers)
        if served is not None:
            return self._rendered.response(request, served)
        if path := await asyncio.to_thread(self._find, address):
            return await self._file(request, path)
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

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Take a connection, or close it at once where there are too many."""
        super().connection_made(handler, transport)
        loop = asyncio.get_running_loop()
        if len(self.connections) > MAX_CONNECTIONS:
            loop.call_soon(transport.abort)  # once the handler has begun: it expects that
            return
        self._ends[handler] = loop.call_later(CONNECTION_LIFETIME, transport.abort)

    @contextmanager
    def waiting(self, handler: web.RequestHandler) -> Iterator[None]:
        """Let a connection live while a plugin makes the answer, which has a limit of its own."""
        self._end(handler)
        try:
            yield
        finally:
            if handler in self.connections and handler.transport is not None:
                loop = asyncio.get_running_loop()
                self._ends[handler] = loop.call_later(CONNECTION_LIFETIME, handler.transport.abort)

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        super().connection_lost(handler, exc)
        self._end(handler)

    def _end(self, handler: web.RequestHandler) -> None:
        if timer := self._ends.pop(handler, None):
            timer.cancel()


def _not_found() -> web.Response:
    return web.Response(status=404, text="There is nothing at this address.\n")


def _read(file: Path) -> WebFile:
    """Read a file that isn't large; raise OSError if it is, or can't be read."""
    modified = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return WebFile(read_regular(file, IN_MEMORY), media_type(file.name), modified=modified)


def _is_own_name(header: str, listen_host: str) -> bool:
    """Return whether a Host header names this machine, and not a domain that points at it."""
    host = header.rpartition(":")[0] if header.rpartition(":")[2].isdigit() else header
    if host.lower().rstrip(".") in {"localhost", listen_host.lower()}:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def http_logger() -> logging.Logger:
    """Return a logger for a server that leaves out requests which aren't HTTP."""
    logger = logging.getLogger("gazelled.service.http")
    logger.addFilter(_is_ours)
    return logger


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)
