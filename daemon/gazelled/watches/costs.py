"""Remembers what runs cost, so that the plan can tell."""

from __future__ import annotations

from gazelled.model import StreamId
from gazelled.store import Store

_WEIGHT = 0.2
"""How much a run counts in what runs cost on the average."""


class Costs:
    """
    What runs cost.

    Args:
        store: The store.

    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def pages(self, source: StreamId, count: int) -> None:
        """Remember how many pages a list has that is seen whole."""
        await self._store.set_kv(f"pages:{source}", str(count))

    async def details(self, source: StreamId, count: int) -> None:
        """Remember how many items are asked for one by one, on the average."""
        if count or await self._store.get_kv(f"details:{source}") is not None:
            await self._average(f"details:{source}", count)

    async def named(self, source: StreamId, *, asked: bool) -> None:
        """Remember how often the sentinel makes a source be asked, on the average."""
        await self._average(f"named:{source}", int(asked))

    async def _average(self, key: str, count: int) -> None:
        kept = await self._store.get_kv(key)
        average = float(kept) * (1 - _WEIGHT) + count * _WEIGHT if kept else float(count)
        await self._store.set_kv(key, f"{average:.2f}")
