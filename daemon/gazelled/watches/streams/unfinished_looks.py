"""
What the pages of an unfinished look showed, kept so that the next one goes on where it was.

A look of many pages may be cut off: a page can't be had, or the process ends. What was seen until
then isn't decided on, since the oldest is reported first; but it needn't be asked for again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gazelled.clock import Clock
from gazelled.model import Item, StreamId
from gazelled.store import JsonRecords, Store
from gazelled.store.codec import dump_item, load_item
from gazelled.watches.streams.items import LazyItem

KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What an unfinished look saw: the last page that it read, and all items in their order."""

    pages: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Head:
    """When an unfinished look began, its last page, and in how many parts its items are kept."""

    at: datetime
    pages: int
    parts: int = 0


class UnfinishedLooks:
    """What unfinished looks saw: a row for each page, so that what is there isn't written again."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._heads = JsonRecords(store, "unfinished", _Head)
        self._parts = JsonRecords(store, "unfinished", list[tuple[str, str]])
        self._clock = clock

    async def of(self, stream: StreamId) -> Unfinished | None:
        """Return what the last look at a stream saw, if it wasn't finished."""
        head = await self._heads.get(stream)
        if head is None:
            return None
        if not timedelta(0) <= self._clock.now() - head.at < KEPT_FOR:
            await self.discard(stream)
            return None
        items: list[Item] = []
        for number in range(head.parts):
            rows = await self._parts.get(f"{number}:{stream}") or []
            items += [load_item(name, body) for name, body in rows]
        return Unfinished(head.pages, tuple(items))

    async def saw(self, stream: StreamId, page: int, glimpses: Sequence[LazyItem]) -> None:
        """Note what one more page showed that the pages before didn't, in its order."""
        head = await self._heads.get(stream) or _Head(self._clock.now(), page)
        rows = [(glimpse.id, dump_item(glimpse.read())) for glimpse in glimpses]
        # First the part: a head that counts it is written when it is there.
        await self._parts.set(f"{head.parts}:{stream}", rows)
        await self._heads.set(stream, replace(head, pages=page, parts=head.parts + 1))

    async def discard(self, stream: StreamId) -> None:
        for key, value in (await self.discarded(stream)).items():
            await self._store.set_kv(key, value)

    async def discarded(self, stream: StreamId) -> dict[str, str | None]:
        """Return the rows that `discard` writes, for the transaction of the look that ends it."""
        head = await self._heads.get(stream)
        if head is None:
            return {}
        rows = self._heads.rows(stream, None)
        for number in range(head.parts):
            rows |= self._parts.rows(f"{number}:{stream}", None)
        return rows
