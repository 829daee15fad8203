"""The phone of the demo: it receives on loopback what Apprise sends, as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

_HOST = "127.0.0.1"


@asynccontextmanager
async def phone(arrived: Callable[[str, str], None]) -> AsyncIterator[str]:
    """
    Receive messages while the context lasts.

    Args:
        arrived: Called with the headline and the rest of each.

    Yields:
        The Apprise URL that reaches it.

    """

    async def receive(request: web.Request) -> web.Response:
        message = await request.json()
        arrived(str(message["title"]), str(message["message"]))
        return web.Response()

    routes = web.Application()
    routes.router.add_post("/", receive)
    runner = web.AppRunner(routes, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, _HOST, 0).start()
        yield f"json://{_HOST}:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
