"""
How many log-ins a tracker has refused, so that it never has to lock us out.

The tracker counts failures by address, whoever they are of, and locks the address after six;
a success in between doesn't help. So three in half a day are all that we make, whatever
credentials they were made with, and fewer when the tracker says that others have failed too.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from gazelled.clock import Clock
from gazelled.tracker.auth import Memory

MOST = 3
WITHIN = timedelta(hours=12)
LAST_CHANCE = timedelta(days=7)
_FEW_LEFT = 2


class RefusedLogIns:
    """
    Counts them, across restarts.

    Args:
        host: Where they were refused.
        clock: The time of day.
        memory: Keeps the count.

    """

    def __init__(self, host: str, clock: Clock, memory: Memory) -> None:
        self._key = f"refused-log-ins {host}"
        self._clock = clock
        self._memory = memory

    async def add(self, left: int | None) -> None:
        """
        Count one.

        Args:
            left: How many more the tracker says that it takes; None if it didn't say.

        """
        now = self._clock.now()
        await self._keep([*await self._recall(), (now, left)][-MOST:])

    async def none_before(self) -> datetime | None:
        """Tell until when no log-in may be tried; None if one may be tried now."""
        refused = await self._recall()
        if not refused:
            return None
        now = self._clock.now()
        last, left = refused[-1]
        until = refused[-MOST][0] + WITHIN if len(refused) >= MOST else now
        if left is not None and left <= _FEW_LEFT:
            # With one left, the tracker would lock us out at the next.
            until = max(until, last + (LAST_CHANCE if left == 1 else WITHIN))
        return until if until > now else None

    async def _recall(self) -> list[tuple[datetime, int | None]]:
        kept = json.loads(await self._memory.recall(self._key) or "[]")
        refused = [(datetime.fromisoformat(at), left) for at, left in kept]
        now = self._clock.now()
        if any(at > now for at, _ in refused):  # the wall clock jumped back: count from now
            refused = [(min(at, now), left) for at, left in refused]
            await self._keep(refused)
        return refused

    async def _keep(self, refused: list[tuple[datetime, int | None]]) -> None:
        text = json.dumps([(at.isoformat(), left) for at, left in refused])
        await self._memory.remember(self._key, text)
