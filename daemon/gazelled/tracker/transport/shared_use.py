"""
Who spends the account's requests: we, or somebody else too.

The tracker's limit is one for a user, over all their tokens, browsers and programs. Our own
pace keeps it, so when it refuses us again and again all the same, somebody else asks as well,
and it is for us to make room.
"""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta

from gazelled.clock import Clock
from gazelled.tracker.login.auth import Memory

ENOUGH = 3
WITHIN = timedelta(hours=1)
SLOWEST = 8
_BUDGET = "budget"


class SharedUseDetector:
    """
    Counts refusals that we didn't earn.

    Args:
        clock: The time of day.
        memory: Keeps the count across restarts.

    Attributes:
        slowness: How many times longer than the tracker wants we wait between requests.
        since: When somebody else was noticed; None while we are alone.

    """

    def __init__(self, clock: Clock, memory: Memory) -> None:
        self._clock = clock
        self._memory = memory
        self._refusals: list[datetime] = []
        self._last = -math.inf
        self._heard = False
        self.slowness = 1
        self.since: datetime | None = None

    async def recall(self) -> None:
        """Remember what was counted before a restart."""
        kept = json.loads(await self._memory.get_kv(_BUDGET) or "{}")
        if kept:
            now = self._clock.now()
            self._refusals = [min(datetime.fromisoformat(at), now) for at in kept["refusals"]]
            self.slowness = kept["slowness"]
            self.since = datetime.fromisoformat(kept["since"]) if kept["since"] else None

    async def refused(self, window: float) -> bool:
        """
        Count a refusal.

        The first request of a process proves nothing, since what its predecessor sent isn't
        known; nor do several that were under way at once prove more than one.

        Args:
            window: The length of the tracker's window in seconds.

        Returns:
            Whether somebody else is noticed by it for the first time.

        """
        now, passed = self._clock.now(), self._clock.monotonic()
        heard, self._heard = self._heard, True
        together, self._last = passed - self._last < window / 2, passed
        if not heard or together:
            return False
        recent = [at for at in self._refusals if now - at < WITHIN]
        self._refusals = [*recent[1 - ENOUGH :], now]
        if self.since is None and len(self._refusals) < ENOUGH:
            await self._keep()
            return False
        first = self.since is None
        self.since = self.since or now
        self.slowness = min(2 * self.slowness, SLOWEST)
        await self._keep()
        return first

    def answered(self) -> bool:
        """Note an answer, and tell whether somebody else was there and is gone by now."""
        self._heard = True
        return self.since is not None and self._clock.now() - self._refusals[-1] >= WITHIN

    def excuse(self) -> None:
        """Don't count the next refusal: a person lets us ask before it is time."""
        self._heard = False

    async def forget(self) -> None:
        """Begin anew: we are alone."""
        self._refusals, self.slowness, self.since = [], 1, None
        await self._memory.set_kv(_BUDGET, None)

    async def _keep(self) -> None:
        kept = {
            "refusals": [at.isoformat() for at in self._refusals],
            "slowness": self.slowness,
            "since": self.since.isoformat() if self.since else None,
        }
        await self._memory.set_kv(_BUDGET, json.dumps(kept))
