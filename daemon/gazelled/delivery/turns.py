"""Turns: which delivery may begin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# A delivery that takes longer, in seconds of the world, doesn't hold those of other targets.
PATIENCE = 2.0


class Turns:
    """Let one delivery begin after the other."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def next(self) -> AsyncIterator[None]:
        """Wait until a delivery may begin; the next one may when it has ended, or is slow."""
        await self._lock.acquire()
        held = True

        def release() -> None:
            nonlocal held
            if held:
                held = False
                self._lock.release()

        timer = asyncio.get_running_loop().call_later(PATIENCE, release)
        try:
            yield
        finally:
            timer.cancel()
            release()
