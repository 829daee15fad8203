"""
Recognises the entries of a stream that were seen before: by their ids, not by their place.

A place can lie: one entry with an absurd id would make everything below it look old. Ids lie only
after a tracker restored an older database, since it then gives them again, to other things. What
has an id that was seen, and appeared after that, is such a thing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gazelled.clock import Clock
from gazelled.model import Position, StreamId
from gazelled.store import JsonRecords, Store, StreamState
from gazelled.watches.streams.stream import Placed, Stream

GIVEN_AGAIN_FOR = timedelta(days=30)
"""How long ids are compared with the times of what had them; items are kept for longer."""

_FEW = 50


@dataclass(frozen=True, slots=True)
class Outdated:
    """Known ids that are to be forgotten, since they were given again, and the lowest of them."""

    lowest: int | None = None
    ids: tuple[str, ...] = ()


class Recognizer:
    """Finds what was seen before."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._records = JsonRecords(store, "restored", datetime)
        # Asked for at each look, set hardly ever.
        self._restored: dict[StreamId, datetime | None] = {}

    async def seen(
        self, stream: Stream, before: StreamState, entries: Sequence[Placed]
    ) -> set[str]:
        """Return the ids of those entries of a stream that were seen before, or count as such."""
        known = await self._store.streams.known(stream.name, [entry.id for entry in entries])
        floor = before.floor
        if floor is not None:
            others = [entry for entry in entries if entry.id not in known]
            known |= {entry.id for entry in others if stream.position(entry) <= floor}
        if await self.restored(stream):
            seen = [entry for entry in entries if entry.id in known]
            known -= await self._given_again(stream, seen)
        return known

    async def restored(self, stream: Stream) -> datetime | None:
        """Return when the ids of a stream began to be given again; None where they never were."""
        if stream.listing.order != "id":
            return None
        if stream.name not in self._restored:
            self._restored[stream.name] = await self._records.get(stream.name)
        return self._restored[stream.name]

    async def went_back(self, stream: Stream, before: StreamState, watermark: Position) -> None:
        """
        Note that the newest entries of a stream are gone, so that their ids may be given again.

        `before` is what was known of it, `watermark` its newest id now.
        """
        gone = await self._store.streams.known_from(stream.name, int(watermark) + 1)
        times = await self._store.archive.kept_times(stream.name, gone[-_FEW:])
        # The tracker's own times are better, whatever zone it is thought to be in.
        latest = max((time for time in times.values() if time), default=None)
        # What was given again after the time before may still have to be reported.
        earlier = await self.restored(stream)
        earlier = earlier if earlier and self._clock.now() <= earlier + GIVEN_AGAIN_FOR else None
        moments = [moment for moment in (before.asked_at, latest, earlier) if moment]
        if moments:
            # Written before the look that found it: if that isn't committed, it is only looked at
            # more closely than need be.
            await self._records.set(stream.name, min(moments))
            self._restored[stream.name] = min(moments)

    async def outdated(self, stream: Stream, ids: Sequence[str], seen: Collection[str]) -> Outdated:
        """Return what is known and isn't true any more, by what a look found and had seen."""
        since = await self.restored(stream)
        if since is None:
            return Outdated()
        again = {*await self._store.streams.known(stream.name, ids)} - {*seen}
        if not again:
            return Outdated()
        lowest = min(map(int, again))
        above = await self._store.streams.known_from(stream.name, lowest)
        times = await self._store.archive.kept_times(stream.name, above)
        later = {id_ for id_, time in times.items() if time and time > since}
        return Outdated(lowest, tuple(id_ for id_ in above if id_ not in later))

    async def _given_again(self, stream: Stream, known: Sequence[Placed]) -> set[str]:
        """Return the ids that were seen of another thing than they belong to now."""
        since = await self.restored(stream)
        if since is None or self._clock.now() > since + GIVEN_AGAIN_FOR:
            return set()
        later = {entry.id: entry.time for entry in known if entry.time and entry.time > since}
        if not later:
            return set()
        times = await self._store.archive.kept_times(stream.name, [*later])
        return {id_ for id_, time in later.items() if id_ not in times or times[id_] != time}
