"""Which entries of answers could not be read, remembered so that each is reported once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import structlog
from pydantic import BeforeValidator

from gazelled.clock import Clock
from gazelled.model import StreamId
from gazelled.store import JsonRecords, Store
from gazelled.watches.findings import Skipped
from gazelled.watches.streams.entries import Unreadable
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

MOST_KEPT = 500
KEPT_FOR = timedelta(days=90)
A_DAY = timedelta(days=1)
APART = timedelta(hours=1)
"""How long after a notice the next one of the same source comes, with all that came meanwhile."""


@dataclass(slots=True)
class _Kept:
    """
    An entry that could not be read: `said` is which one it is, and what is wrong with it.

    Attributes:
        ids: What may name it.
        here: Whether the last look saw it.
        told: When it was reported; None when it wasn't yet, for which an empty text stood once.

    """

    key: str
    said: str
    ids: list[str]
    since: datetime
    last: datetime
    here: bool = True
    told: Annotated[datetime | None, BeforeValidator(lambda at: at or None)] = None


class UnreadableEntries:
    """
    The entries of sources that could not be read.

    `report` is called with those that weren't reported yet; after a crash once more.
    """

    def __init__(
        self, store: Store, clock: Clock, report: Callable[[Skipped], Awaitable[None]]
    ) -> None:
        self._records = JsonRecords(store, "unreadable", list[_Kept])
        self._clock = clock
        self._report = report
        self._sources: dict[StreamId, list[_Kept]] = {}

    async def here(self, source: StreamId) -> list[str]:
        """Return which entries of a source's last look could not be read, and why."""
        return [entry.said for entry in await self._of(source) if entry.here]

    async def about(self, source: StreamId, name: str) -> tuple[str, datetime] | None:
        """Return which entry that may be meant by an id could not be read, and since when."""
        entries = [entry for entry in await self._of(source) if name in entry.ids]
        return (entries[-1].said, entries[-1].since) if entries else None

    async def note(
        self, source: StreamId, watches: Sequence[Watch], odd: Sequence[Unreadable]
    ) -> None:
        """Note which entries a look could not read, and report those that are new."""
        entries = await self._of(source)
        if not entries and not odd:
            return
        now = self._clock.now()
        if self._update(source, entries, odd, now):
            entries.sort(key=lambda entry: entry.last)
            entries[:] = [entry for entry in entries[-MOST_KEPT:] if entry.last > now - KEPT_FOR]
            await self._keep(source)
        await self._report_new(source, watches, now)

    def _update(
        self, source: StreamId, entries: list[_Kept], odd: Sequence[Unreadable], now: datetime
    ) -> bool:
        """Bring what is kept up to a look; return whether that needs to be written."""
        known = {entry.key: entry for entry in entries}
        changed = any(entry.here for entry in entries) and not odd
        for entry in entries:
            entry.here = False
        alike = Counter[str]()
        for unreadable in odd[:MOST_KEPT]:
            alike[unreadable.key] += 1  # entries without any id look the same, but are several
            number = alike[unreadable.key]
            key = unreadable.key if number == 1 else f"{unreadable.key} #{number}"
            if key not in known:
                ids = [value.strip('"') for _, value in unreadable.ids]
                known[key] = _Kept(key, str(unreadable), ids, now, now)
                entries.append(known[key])
                changed = True
                log.warning("entry.decode_failed", source=source, entry=str(unreadable))
            entry = known[key]
            entry.here = True
            if now - entry.last > A_DAY:
                entry.last, changed = now, True
        return changed

    async def _report_new(self, source: StreamId, watches: Sequence[Watch], now: datetime) -> None:
        entries = self._sources[source]
        last_report = max((entry.told for entry in entries if entry.told), default=None)
        new = [entry for entry in entries if not entry.told]
        # One from the future is of a clock that was wrong.
        if not new or (last_report and timedelta() <= now - last_report < APART):
            return
        since = min(entry.since for entry in new)
        names = tuple(watch.name for watch in watches)
        await self._report(Skipped(source, names, tuple(entry.said for entry in new), since))
        for entry in new:
            entry.told = now
        await self._keep(source)

    async def _of(self, source: StreamId) -> list[_Kept]:
        if source not in self._sources:
            self._sources[source] = await self._records.get(source) or []
        return self._sources[source]

    async def _keep(self, source: StreamId) -> None:
        await self._records.set(source, self._sources[source] or None)
