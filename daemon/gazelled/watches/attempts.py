"""How often something failed, counted over restarts, so that nothing is tried for ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from gazelled.clock import Clock
from gazelled.store import JsonRecords, Store

MOST_KEPT = 100
"""So many things are counted; of more the one that failed longest ago is let go."""

Counts = dict[str, tuple[int, datetime]]
"""How often each thing failed, and when it did last."""


class Attempts:
    """The counts."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._records = JsonRecords(store, "tries", Counts)
        self._clock = clock
        self._counts: Counts | None = None

    async def failures(self, name: str) -> int:
        counts = await self._load()
        return counts[name][0] if name in counts else 0

    async def add_failure(self, name: str, *, apart: timedelta = timedelta(0)) -> int:
        """Count a failure, unless it comes sooner than `apart`; return how many there were."""
        counts = await self._load()
        now = self._clock.now()
        count, before = counts.get(name, (0, None))
        if before and timedelta(0) <= now - before < apart:
            return count
        counts.pop(name, None)  # it becomes the last of them, which is let go last
        counts[name] = (count + 1, now)
        while len(counts) > MOST_KEPT:
            del counts[next(iter(counts))]
        await self._records.set("", counts)
        return count + 1

    async def forget(self, names: Iterable[str]) -> None:
        counts = await self._load()
        settled = counts.keys() & names
        for name in settled:
            del counts[name]
        if settled:
            await self._records.set("", counts or None)

    async def _load(self) -> Counts:
        if self._counts is None:
            counts = await self._records.get("") or {}
            if self._counts is None:  # nobody else loaded them meanwhile
                self._counts = counts
        return self._counts
