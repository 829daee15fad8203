"""
Keeps what the pages of an unfinished look showed, so that the next one goes on where it was.

A look of many pages may be cut off: a page can't be had, or the process ends. What was seen until
then isn't decided on, since the oldest is told first; but it needn't be asked for again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gazelled.clock import Clock
from gazelled.model import Item, StreamId
from gazelled.store import Store
from gazelled.store.codec import dump_item, load_item
from gazelled.watches.streams.extract import LazyItem

KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """
    What an unfinished look saw.

    Attributes:
        pages: The last page that it read.
        items: What was on its pages, in their order.

    """

    pages: int
    items: tuple[Item, ...]


class Progress:
    """
    What unfinished looks saw.

    Args:
        store: The store.
        clock: The time of day.

    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, stream: StreamId) -> Unfinished | None:
        """Return what the last look at a stream saw, if it wasn't finished."""
        head = json.loads(await self._store.get_kv(_key(stream)) or "{}")
        if not head:
            return None
        began = datetime.fromisoformat(head["at"])
        if not timedelta(0) <= self._clock.now() - began < KEPT_FOR:
            await self.done(stream)
            return None
        items: list[Item] = []
        for number in range(head["parts"]):
            part = json.loads(await self._store.get_kv(_key(stream, number)) or "[]")
            items += [load_item(name, body) for name, body in part]
        return Unfinished(head["pages"], tuple(items))

    async def saw(self, stream: StreamId, page: int, glimpses: Sequence[LazyItem]) -> None:
        """
        Note what one more page showed.

        Args:
            stream: Where.
            page: The page.
            glimpses: What it showed that the pages before didn't, in its order.

        """
        head = json.loads(await self._store.get_kv(_key(stream)) or "{}")
        parts = head.get("parts", 0)
        body = json.dumps([(each.id, dump_item(each.read())) for each in glimpses])
        await self._store.set_kv(_key(stream, parts), body)
        at = head.get("at") or self._clock.now().isoformat()
        head = {"at": at, "pages": page, "parts": parts + 1}
        await self._store.set_kv(_key(stream), json.dumps(head))

    async def done(self, stream: StreamId) -> None:
        """Forget what an unfinished look saw."""
        head = json.loads(await self._store.get_kv(_key(stream)) or "{}")
        if head:
            await self._store.set_kv(_key(stream), None)
        for number in range(head.get("parts", 0)):
            await self._store.set_kv(_key(stream, number), None)


def _key(stream: StreamId, part: int | None = None) -> str:
    return f"unfinished:{stream}" if part is None else f"unfinished:{part}:{stream}"
