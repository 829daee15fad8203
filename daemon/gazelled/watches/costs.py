"""What runs cost, remembered for the plan."""

from __future__ import annotations

from gazelled.model import StreamId
from gazelled.store import JsonRecords, Store

_WEIGHT = 0.2
"""How much a run counts in what runs cost on average."""

Rows = dict[str, str | None]
"""What to write under which keys."""


class Costs:
    """What runs cost, mostly as rows for the transaction of a look."""

    def __init__(self, store: Store) -> None:
        self._pages = JsonRecords(store, "pages", int)
        self._details = JsonRecords(store, "details", float)
        self._named = JsonRecords(store, "named", float)

    def pages(self, source: StreamId, count: int) -> Rows:
        """Note how many pages a list has that is seen whole."""
        return self._pages.rows(source, count)

    async def details(self, source: StreamId, count: int) -> Rows:
        """Note how many items are asked for one by one, on average."""
        before = await self._details.get(source)
        if not count and before is None:
            return {}
        return self._details.rows(source, _average(before, count))

    async def named(self, source: StreamId, *, asked: bool) -> None:
        """Note how often the sentinel causes a source to be asked, on average."""
        await self._named.set(source, _average(await self._named.get(source), int(asked)))


def _average(before: float | None, count: int) -> float:
    return float(count) if before is None else round(before + (count - before) * _WEIGHT, 2)
