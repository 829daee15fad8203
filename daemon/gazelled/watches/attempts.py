"""Counts how often something failed, over restarts, so that nothing is tried for ever."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from gazelled.clock import Clock
from gazelled.store import Store

MOST_KEPT = 100
"""So many things are counted; of more the one that failed longest ago is let go."""

_KEY = "tries"


class Tries:
    """
    The counts.

    Args:
        store: The store.
        clock: The time of day.

    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._counts: dict[str, tuple[int, str]] | None = None

    async def of(self, name: str) -> int:
        """Tell how often something failed."""
        return (await self._recall()).get(name, (0, ""))[0]

    async def add(self, name: str, *, apart: timedelta = timedelta(0)) -> int:
        """
        Count that something failed.

        Args:
            name: What.
            apart: What failed again sooner isn't counted again.

        Returns:
            How often it did.

        """
        counts = await self._recall()
        now = self._clock.now()
        count, before = counts.get(name, (0, ""))
        if before and timedelta(0) <= now - datetime.fromisoformat(before) < apart:
            return count
        counts.pop(name, None)
        counts[name] = (count + 1, now.isoformat())
        while len(counts) > MOST_KEPT:
            del counts[next(iter(counts))]
        await self._store.set_kv(_KEY, json.dumps(counts))
        return count + 1

    async def done(self, names: Iterable[str]) -> None:
        """Forget what need not be tried any more."""
        counts = await self._recall()
        done = counts.keys() & names
        for name in done:
            del counts[name]
        if done:
            await self._store.set_kv(_KEY, json.dumps(counts) if counts else None)

    async def _recall(self) -> dict[str, tuple[int, str]]:
        if self._counts is None:
            kept = json.loads(await self._store.get_kv(_KEY) or "{}")
            if self._counts is None:  # nobody else did meanwhile
                self._counts = {name: (count, at) for name, (count, at) in kept.items()}
        return self._counts
