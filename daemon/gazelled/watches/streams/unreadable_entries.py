"""Remembers which entries of answers could not be read, so that each is told once and explained."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from gazelled.clock import Clock
from gazelled.model import StreamId
from gazelled.store import Store
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
    An entry that could not be read.

    Attributes:
        key: What it is known by.
        said: Which one it is, and what is wrong with it.
        ids: What may name it.
        since: When it was seen first.
        last: When it was seen last.
        here: Whether the last look saw it.
        told: When it was told; empty when it wasn't yet.

    """

    key: str
    said: str
    ids: list[str]
    since: str
    last: str
    here: bool = True
    told: str = ""


class UnreadableEntries:
    """
    The entries of sources that could not be read.

    Args:
        store: The store.
        clock: The time of day.
        tell: Told of those that weren't told yet; the same ones again after a crash.

    """

    def __init__(
        self, store: Store, clock: Clock, tell: Callable[[Skipped], Awaitable[None]]
    ) -> None:
        self._store = store
        self._clock = clock
        self._tell = tell
        self._sources: dict[StreamId, list[_Kept]] = {}

    async def here(self, source: StreamId) -> list[str]:
        """Return which entries of a source's last look could not be read, and why."""
        return [entry.said for entry in await self._of(source) if entry.here]

    async def about(self, source: StreamId, name: str) -> tuple[str, datetime] | None:
        """Return which entry that may be meant by an id could not be read, and since when."""
        found = [entry for entry in await self._of(source) if name in entry.ids]
        return (found[-1].said, datetime.fromisoformat(found[-1].since)) if found else None

    async def note(
        self, source: StreamId, watches: Sequence[Watch], odd: Sequence[Unreadable]
    ) -> None:
        """
        Note which entries a look could not read, and tell of those that are new.

        Args:
            source: The source.
            watches: Whose source it is.
            odd: The entries.

        """
        kept = await self._of(source)
        now = self._clock.now()
        known = {entry.key: entry for entry in kept}
        changed = any(entry.here for entry in kept) and not odd
        for entry in kept:
            entry.here = False
        alike = Counter[str]()
        for each in odd[:MOST_KEPT]:
            alike[each.key] += 1  # entries without any id look the same, but are several
            key = each.key if alike[each.key] == 1 else f"{each.key} #{alike[each.key]}"
            if key not in known:
                ids = [value.strip('"') for _, value in each.ids]
                known[key] = _Kept(key, str(each), ids, now.isoformat(), now.isoformat())
                kept.append(known[key])
                changed = True
                log.warning("entry.decode_failed", source=source, entry=str(each))
            entry = known[key]
            entry.here = True
            if now - datetime.fromisoformat(entry.last) > A_DAY:
                entry.last, changed = now.isoformat(), True
        if changed:
            kept.sort(key=lambda entry: entry.last)
            fresh = (now - KEPT_FOR).isoformat()
            kept[:] = [entry for entry in kept[-MOST_KEPT:] if entry.last > fresh]
            await self._keep(source)
        if kept:
            await self._tell_new(source, watches, now)

    async def _tell_new(self, source: StreamId, watches: Sequence[Watch], now: datetime) -> None:
        kept = self._sources[source]
        told = max((entry.told for entry in kept if entry.told), default="")
        new = [entry for entry in kept if not entry.told]
        if not new:
            return
        # One from the future is of a clock that was wrong.
        if told and timedelta() <= now - datetime.fromisoformat(told) < APART:
            return
        since = datetime.fromisoformat(min(entry.since for entry in new))
        names = tuple(watch.name for watch in watches)
        await self._tell(Skipped(source, names, tuple(entry.said for entry in new), since))
        for entry in new:
            entry.told = now.isoformat()
        await self._keep(source)

    async def _of(self, source: StreamId) -> list[_Kept]:
        if source not in self._sources:
            found = json.loads(await self._store.get_kv(_key(source)) or "[]")
            self._sources[source] = [_Kept(**entry) for entry in found]
        return self._sources[source]

    async def _keep(self, source: StreamId) -> None:
        kept = self._sources[source]
        text = json.dumps([asdict(entry) for entry in kept]) if kept else None
        await self._store.set_kv(_key(source), text)


def _key(source: StreamId) -> str:
    return f"unreadable:{source}"
