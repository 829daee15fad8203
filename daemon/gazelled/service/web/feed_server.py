"""The web server: what plugins publish, on loopback, with ETag and Last-Modified."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gazelled.clock import Clock

log = structlog.stdlib.get_logger(__name__)

RETRY = 60.0
"""Seconds between two attempts to listen at an address that is not available."""

MAX_CONNECTIONS = 32
"""Connections at once; each costs the daemon a file descriptor."""

BACKLOG = 16
"""Connections that are accepted at a time, before those that are too many are closed."""

CONNECTION_LIFETIME = 15.0
"""Seconds after which a connection is closed, whatever its client has sent or read by then."""

_TYPES = {".atom": "application/atom+xml", ".json": "application/json"}


class WebServer:
    """
    Serves the files of a folder, and keeps trying to where its address is not available.

    Files in folders below it are not served.

    Args:
        on_change: Awaited with what is wrong when nothing can listen, and with an empty text once
            that is over.
        bound: A socket that listens there already.

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
    ) -> None:
        self.problem = ""
        self._folder = folder
        self._listen = listen
        self._host, _, port = listen.rpartition(":")
        self._port = int(port)
        self._clock = clock
        self._on_change = on_change
        self._bound = bound

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        runner = web.ServerRunner(_Limited(self._answer), shutdown_timeout=1.0)
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
        response = self._respond(request)
        response.force_close()  # the next request is a new connection, with its own time limit
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method not in {"GET", "HEAD"}:
            return web.Response(
                status=405, text="Only GET and HEAD are answered.\n", headers={"Allow": "GET, HEAD"}
            )
        host = request.headers.get("Host")
        if host is not None and not _is_own_name(host, self._host):
            # A stranger's page can have its name point here, and would be allowed to read this.
            text = f"Ask for http://{self._listen}/. A proxy in front has to send this as Host.\n"
            return web.Response(status=421, text=text)
        path = self._find(request.path)
        if path is None:
            return web.Response(status=404, text="There is nothing at this address.\n")
        response = web.FileResponse(path)
        response.headers["Content-Type"] = _TYPES.get(path.suffix, "application/octet-stream")
        response.headers["Cache-Control"] = "no-cache"
        return response

    def _find(self, address: str) -> Path | None:
        """Return the file at an address, which has been unquoted by now; None if it is none."""
        name = address.removeprefix("/")
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

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        super().connection_lost(handler, exc)
        if end := self._ends.pop(handler, None):
            end.cancel()


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
