"""New items that a kind of watch failed at: it gets them again, at the next looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import structlog

from gazelled.errors import KindError
from gazelled.model import Item, StreamId
from gazelled.store import JsonRecords, LookTransaction, Store
from gazelled.watches.seen import Seen
from gazelled.watches.source_failures import SourceFailures
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

MOST_TRIES = 3
"""In how many looks a kind may fail at an item, before it is left out."""

MOST_KEPT = 500
"""So many items of a watch wait; later ones aren't reported by it."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """The items of a source that the kind of a watch failed at, by ids, and in how many looks."""

    source: StreamId
    tries: Mapping[str, int] = field(default_factory=dict)


def failure_of(watch: str) -> StreamId:
    """Return under which name it is noted that the kind of a watch fails."""
    return StreamId(f"the kind of {watch}")


class KindFailures:
    """
    Remembers at which items kinds of watch failed, and reports it once.

    Items wait in the store beside what makes them known, so that no crash loses them.
    """

    def __init__(self, store: Store, troubles: SourceFailures) -> None:
        self._store = store
        self._troubles = troubles
        self._records = JsonRecords(store, "undecided", Undecided)
        self._names: set[str] | None = None

    async def begin(self, watches: Sequence[Watch], source: StreamId) -> LookFailures:
        """Return what is noted during one look at a source."""
        if self._names is None:
            self._names = await self._records.names()
        waiting: dict[str, Undecided] = {}
        for watch in watches if self._names else ():
            record = None
            if watch.kind.news_only and watch.name in self._names:
                record = await self._records.get(watch.name)
            if record and record.source == source:
                waiting[watch.name] = record
        items = {
            name: [item for id_ in record.tries if (item := await self._item(source, id_))]
            for name, record in waiting.items()
        }
        return LookFailures(source, waiting, items, self._records, self._names)

    async def is_waiting(self, watches: Sequence[Watch]) -> bool:
        """Return whether a kind is to be asked again."""
        for watch in watches:
            if await self._troubles.of(failure_of(watch.name)):
                return True
        return False

    async def report(self, watches: Sequence[Watch], failed: dict[str, KindError]) -> None:
        """Report which kinds fail, and which don't any more."""
        for watch in watches:
            name, problem = failure_of(watch.name), failed.get(watch.name)
            if problem:
                await self._troubles.failed(name, (watch.name,), problem)
            else:
                await self._troubles.worked(name, (watch.name,))

    async def _item(self, source: StreamId, id_: str) -> Item | None:
        seen = await self._store.archive.item(id_)
        return next((one.item for one in reversed(seen) if one.stream == source), None)


class LookFailures:
    """
    At which items kinds fail during one look.

    A look may decide several times before it is committed: what was noted last counts.
    """

    def __init__(
        self,
        source: StreamId,
        waiting: dict[str, Undecided],
        items: dict[str, list[Item]],
        records: JsonRecords[Undecided],
        names: set[str],
    ) -> None:
        self._source = source
        self._waiting = waiting
        self._items = items
        self._records = records
        self._names = names
        self.failed: dict[str, KindError] = {}
        self._counted: set[str] = set()
        self._pending: dict[str, Undecided | None] = {}

    def with_waiting(self, watch: Watch, seen: Seen) -> Seen:
        """Add the items that wait for a watch to what is new."""
        # What was counted is handed to it by the next look.
        if watch.name not in self._items or watch.name in self._counted:
            return seen
        fresh = {item.id for item in seen.fresh}
        waiting = [item for item in self._items[watch.name] if item.id not in fresh]
        return replace(seen, fresh=(*waiting, *seen.fresh)) if waiting else seen

    def note(
        self, watch: Watch, seen: Seen, transaction: LookTransaction, failure: KindError
    ) -> None:
        """Note that a kind failed at what is new, unless it did so in too many looks."""
        self.failed[watch.name] = failure
        if not watch.kind.news_only:
            return
        is_first = watch.name not in self._counted
        before = self._waiting.get(watch.name) or Undecided(self._source)
        tries = {id_: number + is_first for id_, number in before.tries.items()}
        tries |= {item.id: 1 for item in seen.fresh if item.id not in tries}
        waiting = {id_: number for id_, number in tries.items() if number < MOST_TRIES}
        if lost := len(tries) - len(waiting):
            log.warning("watch.items_left_out", watch=watch.name, items=lost)
        stored = dict(islice(waiting.items(), MOST_KEPT))
        self._keep(watch.name, Undecided(self._source, stored) if stored else None, transaction)

    def settle(self, watch: Watch, transaction: LookTransaction) -> None:
        """Note that a kind decided on all that it was handed."""
        if watch.name in self._counted:
            return
        self.failed.pop(watch.name, None)
        if watch.name in self._waiting or watch.name in self._pending:
            self._keep(watch.name, None, transaction)

    def committed(self) -> None:
        """Note that what was noted last is on the disk."""
        self._counted |= self.failed.keys()
        for watch, record in self._pending.items():
            self._waiting.pop(watch, None)
            if record:
                self._waiting[watch] = record
            else:
                self._names.discard(watch)
                self._items.pop(watch, None)
        self._pending.clear()

    def _keep(self, watch: str, record: Undecided | None, transaction: LookTransaction) -> None:
        self._pending[watch] = record
        if record:
            self._names.add(watch)  # before the commit, whose end may not be seen
        transaction.values |= self._records.rows(watch, record)
