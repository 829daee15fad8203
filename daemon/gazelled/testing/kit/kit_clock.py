"""A clock that moves only when a test says so."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""The time of all events and items of tests, and the time at which their clock begins."""


class KitClock:
    """The clock of `PluginContext`, which `advance` moves."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now(self) -> datetime:
        """Return the time of day."""
        return AT + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """Sleep until the clock has moved on by so many seconds."""
        if seconds > 0:
            awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            sleeper = (self._passed + seconds, next(self._numbers), awake)
            heapq.heappush(self._sleepers, sleeper)
            await awake

    def advance(self, seconds: float) -> None:
        """
        Move the clock, and wake those whose time has come.

        Args:
            seconds: By how much.

        """
        self._passed += seconds
        while self._sleepers and self._sleepers[0][0] <= self._passed:
            _, _, awake = heapq.heappop(self._sleepers)
            if not awake.done():
                awake.set_result(None)
