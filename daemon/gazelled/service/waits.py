"""Sources that wait before they are tried again, until their time or a person ends that."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from gazelled.clock import Clock


class Waits:
    """The waits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sleeping: dict[str, tuple[asyncio.Task[None], datetime]] = {}

    async def wait(self, source: str, seconds: float) -> None:
        """Wait for so many seconds, or until woken."""
        until = self._clock.now() + timedelta(seconds=seconds)
        task = asyncio.create_task(self._clock.sleep(seconds), name=f"wait {source}")
        self._sleeping[source] = task, until
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
            del self._sleeping[source]

    def until(self, source: str) -> datetime | None:
        """Return until when a source waits; None when it doesn't."""
        found = self._sleeping.get(source)
        return found[1] if found else None

    def wake(self, source: str) -> bool:
        """End the wait of a source; return whether it waited."""
        found = self._sleeping.get(source)
        return found[0].cancel() if found else False
