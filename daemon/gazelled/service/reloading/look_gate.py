"""Lets looks begin, and the config change between two of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


class LookGate:
    """
    Is open while looks may begin; while it is closed nothing looks.

    What doesn't end in time when it is closed is interrupted, and begins anew once it is open: a
    look may wait for hours for a tracker that is down. Nothing is lost by it, as by a kill.
    """

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._under_way: set[asyncio.Task[object]] = set()
        self._interrupted: set[asyncio.Task[object]] = set()

    async def run(self, look: Callable[[], Awaitable[T]]) -> T:
        """Return what a look returns, or raise what it raises; it may be called several times."""
        while True:
            await self._open.wait()
            task: asyncio.Task[T] = asyncio.ensure_future(_awaited(look))
            self._under_way.add(task)
            try:
                await asyncio.wait({task})
                if task not in self._interrupted:
                    return task.result()
                if not task.cancelled():  # it ended before it could be cancelled
                    return task.result()
            finally:
                if not task.done():
                    task.cancel()
                    await asyncio.wait({task})
                self._under_way.discard(task)
                self._interrupted.discard(task)

    @asynccontextmanager
    async def closed(self, within: float) -> AsyncIterator[None]:
        """Let nothing begin meanwhile; what is under way has so many seconds to end."""
        self._open.clear()
        try:
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=within)
            late = {*self._under_way}
            self._interrupted |= late
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
            yield
        finally:
            self._open.set()


async def _awaited(look: Callable[[], Awaitable[T]]) -> T:
    return await look()
