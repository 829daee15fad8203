"""
Whether another client uses the account's requests, too.

The tracker's limit is one for a user, over all their tokens, browsers and programs. gazelled keeps
it, so when requests are refused again and again all the same, another client asks as well, and
gazelled makes room for it.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from gazelled.clock import Clock
from gazelled.tracker.key_values import KeyValues, load_json, save_json, stored_time

ENOUGH = 3
WITHIN = timedelta(hours=1)
SLOWEST = 8
_KEY = "budget"


class SharedUseDetector:
    """
    Counts refusals that gazelled didn't cause.

    Attributes:
        slowness: How many times longer than the tracker wants gazelled waits between requests.
        since: When another client was noticed; None while there is none.

    """

    def __init__(self, clock: Clock, store: KeyValues) -> None:
        self._clock = clock
        self._store = store
        self._refusals: list[datetime] = []
        self._last = -math.inf
        self._heard = False
        self.slowness = 1
        self.since: datetime | None = None

    async def recall(self) -> None:
        if stored := await load_json(self._store, _KEY, _read):
            now = self._clock.now()
            refusals, self.slowness, self.since = stored
            self._refusals = [min(at, now) for at in refusals]

    async def refused(self, window: float) -> bool:
        """
        Count a refusal; return whether another client is noticed by it for the first time.

        The first request of a process proves nothing, since what its predecessor sent isn't
        known; nor do several that were under way at once prove more than one.
        """
        now, passed = self._clock.now(), self._clock.monotonic()
        heard, self._heard = self._heard, True
        together, self._last = passed - self._last < window / 2, passed
        if not heard or together:
            return False
        recent = [at for at in self._refusals if now - at < WITHIN]
        self._refusals = [*recent[1 - ENOUGH :], now]
        first = self.since is None
        if first and len(self._refusals) < ENOUGH:
            await self._keep()
            return False
        self.since = self.since or now
        self.slowness = min(2 * self.slowness, SLOWEST)
        await self._keep()
        return first

    def answered(self) -> bool:
        """Note an answer; return whether another client was there and is gone by now."""
        self._heard = True
        return self.since is not None and self._clock.now() - self._refusals[-1] >= WITHIN

    def excuse(self) -> None:
        """Don't count the next refusal: a person let gazelled ask before it was time."""
        self._heard = False

    async def forget(self) -> None:
        """Begin anew: there is no other client."""
        self._refusals, self.slowness, self.since = [], 1, None
        await save_json(self._store, _KEY, None)

    async def _keep(self) -> None:
        record = {"refusals": self._refusals, "slowness": self.slowness, "since": self.since}
        await save_json(self._store, _KEY, record)


def _read(stored: Any) -> tuple[list[datetime], int, datetime | None]:  # noqa: ANN401 - JSON
    refusals = [stored_time(at) for at in stored["refusals"]]
    since = stored_time(stored["since"]) if stored["since"] else None
    return refusals, int(stored["slowness"]), since
