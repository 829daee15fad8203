"""Time as the daemon sees it: a thing that is handed in, so that a demo can run it faster."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """
    The time of day and the passing of time, at the world's speed or faster.

    Args:
        speed: Seconds that pass here in one second of the world.
        start: The time of day it begins with; the world's when None.

    """

    def __init__(self, *, speed: float = 1.0, start: datetime | None = None) -> None:
        self.speed = speed
        self._start = start
        self._zero = time.monotonic()

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        if self._start is None:
            return datetime.now(UTC)
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the seconds since this clock was made, whatever happens to the wall clock."""
        return (time.monotonic() - self._zero) * self.speed

    def world(self, seconds: float) -> float:
        """Convert seconds here to seconds of the world, for timers of asyncio."""
        return seconds / self.speed

    def world_time(self, moment: datetime) -> datetime:
        """Convert a time of day here to the world's, for timers of others."""
        if self._start is None:
            return moment
        ahead = self.world((moment - self.now()).total_seconds())
        return datetime.now(UTC) + timedelta(seconds=ahead)

    async def sleep(self, seconds: float) -> None:
        """Sleep for so many seconds here, never less."""
        end = self.monotonic() + seconds
        while (left := end - self.monotonic()) > 0:  # noqa: ASYNC110 - timers may be early
            await asyncio.sleep(self.world(left))
