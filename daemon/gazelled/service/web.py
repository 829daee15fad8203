"""The web server: what plugins publish, on loopback, with ETag and Last-Modified."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from aiohttp import web

from gazelled.errors import ConfigError

log = structlog.stdlib.get_logger(__name__)

_TYPES = {".atom": "application/atom+xml", ".json": "application/json"}


@asynccontextmanager
async def serve_folder(
    folder: Path, listen: str, bound: socket.socket | None = None
) -> AsyncIterator[None]:
    """
    Serve the files of a folder while the context lasts.

    Args:
        folder: The folder; files in folders below it are not served.
        listen: Host and port.
        bound: A socket that listens there already.

    Raises:
        ConfigError: If nothing can listen there.

    """

    async def answer(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        path = folder / name
        # What stands quoted in the address, such as %2F, has been unquoted by now.
        if "/" in name or name.startswith(".") or path.is_symlink() or not path.is_file():
            raise web.HTTPNotFound(text="There is nothing at this address.\n")
        response = web.FileResponse(path)
        response.headers["Content-Type"] = _TYPES.get(path.suffix, "application/octet-stream")
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    routes = web.Application()
    routes.router.add_get("/{name:[^/]+}", answer)
    runner = web.AppRunner(routes, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    host, _, port = listen.rpartition(":")
    try:
        if bound is None:
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        else:
            await web.SockSite(runner, bound).start()
    except OSError as error:
        await runner.cleanup()
        raise ConfigError(
            f"Nothing can listen at {listen} ({error.strerror or error}): choose another address "
            "for listen in [web]."
        ) from error
    log.debug("web.started", listen=listen)
    try:
        yield
    finally:
        await runner.cleanup()
