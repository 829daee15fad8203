"""`/events`: what changes, as server-sent events, while somebody has a page open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from gazelled.service.web.feed_server import SERVER
from gazelled.service.web.live.changes import Changes, Follower
from gazelled.service.web.page_answers import HEADERS

MOST = 16
"""So many pages may follow at once."""

HEARTBEAT = 25.0
"""Seconds of silence after which a comment is sent, so that nothing on the way hangs up."""

COLLECT = 1.0
"""Seconds in which changes become one event."""

SENT_WITHIN = 15.0
"""Seconds that a client may take to read an event."""


class ChangeStream:
    """Sends changes to those who follow, a bounded number at once."""

    def __init__(self, changes: Changes, stopping: asyncio.Event) -> None:
        self._changes = changes
        self._stopping = stopping
        self._open = 0

    @property
    def is_full(self) -> bool:
        """Whether no further one can follow."""
        return self._open >= MOST

    async def send(
        self, request: web.BaseRequest, may_go_on: Callable[[], bool]
    ) -> web.StreamResponse:
        """
        Send changes until the client goes, the daemon ends, or the visitor is logged out.

        Args:
            request: The request.
            may_go_on: Returns whether the visitor is still known.

        """
        headers = {
            **HEADERS,
            "Content-Type": "text/event-stream",
            "Server": SERVER,
            "X-Accel-Buffering": "no",
        }
        if request.method == "HEAD":
            return web.Response(headers=headers)
        response = web.StreamResponse(headers=headers)
        response.force_close()
        self._open += 1
        try:
            with suppress(ConnectionError, TimeoutError), self._changes.followed() as follower:
                await response.prepare(request)
                await _write(response, "retry: 5000\n\n")
                await self._follow(response, follower, may_go_on)
        finally:
            self._open -= 1
        return response

    async def _follow(
        self,
        response: web.StreamResponse,
        follower: Follower,
        may_go_on: Callable[[], bool],
    ) -> None:
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            while not stopping.done():
                topics = asyncio.ensure_future(follower.next())
                try:
                    await asyncio.wait(
                        {topics, stopping}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED
                    )
                finally:
                    if not topics.done():
                        topics.cancel()
                if not may_go_on():
                    return
                if topics.done() and not topics.cancelled():
                    data = json.dumps({"changed": topics.result()})
                    await _write(response, f"event: changed\ndata: {data}\n\n")
                    await asyncio.wait({stopping}, timeout=COLLECT)
                elif not stopping.done():
                    await _write(response, ": still there\n\n")
        finally:
            stopping.cancel()


async def _write(response: web.StreamResponse, text: str) -> None:
    async with asyncio.timeout(SENT_WITHIN):
        await response.write(text.encode())
