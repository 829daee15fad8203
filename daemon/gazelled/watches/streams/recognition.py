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
from gazelled.model import Position
from gazelled.store import Store
from gazelled.watches.streams.look import Placed, SeenBefore, Stream

GIVEN_AGAIN_FOR = timedelta(days=30)
"""How long ids are compared with the times of what had them; items are kept for longer."""

_FEW = 50


@dataclass(frozen=True, slots=True)
class Outdated:
    """
    What isn't true any more, since ids were given again.

    Attributes:
        lowest: The lowest of the ids; None where none was.
        ids: The known ids that are to be forgotten.

    """

    lowest: int | None = None
    ids: tuple[str, ...] = ()


class Recognizer:
    """
    Tells what was seen before.

    Args:
        store: The store.
        clock: The time of day.

    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._restored: dict[str, datetime | None] = {}  # asked for at each look, set hardly ever

    async def seen(self, stream: Stream, before: SeenBefore, entries: Sequence[Placed]) -> set[str]:
        """
        Return the ids of those entries that were seen before, or count as such.

        Args:
            stream: Where they are.
            before: What is known of it.
            entries: The entries.

        """
        known = await self._store.streams.known(stream.name, [each.id for each in entries])
        floor = before.floor
        if floor is not None:
            known |= {each.id for each in entries if stream.position(each) <= floor}
        again = await self._given_again(stream, [each for each in entries if each.id in known])
        return known - again

    async def restored(self, stream: Stream) -> datetime | None:
        """Return when the ids of a stream began to be given again; None where they never were."""
        if stream.listing.order != "id":
            return None
        if stream.name not in self._restored:
            kept = await self._store.get_kv(_key(stream))
            self._restored[stream.name] = datetime.fromisoformat(kept) if kept else None
        return self._restored[stream.name]

    async def went_back(self, stream: Stream, watermark: Position) -> None:
        """
        Note that the newest entries of a stream are gone, so that their ids may be given again.

        Args:
            stream: The stream.
            watermark: Its newest id now.

        """
        since = (await self._store.last_runs()).get(stream.name)
        gone = await self._store.streams.known_from(stream.name, int(watermark) + 1)
        kept = await self._store.archive.kept_times(stream.name, gone[-_FEW:])
        # The tracker's own times are better, whatever zone it is thought to be in.
        latest = max((time for time in kept.values() if time), default=None)
        # What was given again after the time before may still have to be told.
        before = await self.restored(stream)
        before = before if before and self._clock.now() <= before + GIVEN_AGAIN_FOR else None
        moments = [each for each in (since, latest, before) if each]
        if moments:
            await self._store.set_kv(_key(stream), min(moments).isoformat())
            self._restored[stream.name] = min(moments)

    async def outdated(self, stream: Stream, ids: Sequence[str], seen: Collection[str]) -> Outdated:
        """
        Return what is known and isn't true any more, since ids were given again.

        Args:
            stream: Where.
            ids: What a look found.
            seen: What of that was seen before.

        """
        since = await self.restored(stream)
        if since is None:
            return Outdated()
        again = {*await self._store.streams.known(stream.name, ids)} - {*seen}
        if not again:
            return Outdated()
        lowest = min(map(int, again))
        above = await self._store.streams.known_from(stream.name, lowest)
        kept = await self._store.archive.kept_times(stream.name, above)
        later = {each for each, time in kept.items() if time and time > since}
        return Outdated(lowest, tuple(each for each in above if each not in later))

    async def _given_again(self, stream: Stream, known: Sequence[Placed]) -> set[str]:
        """Return the ids that were seen of another thing than they belong to now."""
        since = await self.restored(stream) if known else None
        if since is None or self._clock.now() > since + GIVEN_AGAIN_FOR:
            return set()
        later = {each.id: each.time for each in known if each.time and each.time > since}
        if not later:
            return set()
        kept = await self._store.archive.kept_times(stream.name, [*later])
        return {each for each, time in later.items() if each not in kept or kept[each] != time}


def _key(stream: Stream) -> str:
    return f"restored:{stream.name}"
