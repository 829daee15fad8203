"""How far a stream has been seen after a look: its watermark, and what lies behind the pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import structlog

from gazelled.model import Position
from gazelled.store import Gap, Hole, Store, StreamState
from gazelled.watches.catching_up import divide
from gazelled.watches.streams.look import LookResult
from gazelled.watches.streams.recognition import Recognizer
from gazelled.watches.streams.stream import OVERLAP, Stream

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reach:
    """
    How far a stream has been seen.

    Attributes:
        floor: The position below which everything counts as known.
        restored: Whether so much is gone that the tracker must have lost or deleted it.
        forget: The known ids that are given again, to other things.

    """

    watermark: Position | None
    floor: Position | None
    restored: bool = False
    forget: Sequence[str] = ()


class Surveyor:
    """
    Works out how far streams have been seen.

    So many ids as `catch_up` says are asked for one by one at most, where pages don't go so far.
    """

    def __init__(self, store: Store, recognizer: Recognizer, catch_up: int) -> None:
        self._store = store
        self._recognizer = recognizer
        self._catch_up = catch_up

    async def reach(
        self,
        stream: Stream,
        result: LookResult,
        before: StreamState,
        seen: Collection[str],
        *,
        newest: bool,
    ) -> Reach:
        """
        Return how far a stream has been seen after a look; `before` is how far it was until now.

        Args:
            seen: Which of the ids were seen before.
            newest: Whether no later look was judged by; an older one doesn't move the watermark.

        """
        if not newest:
            return Reach(before.watermark, before.floor)
        watermark, floor = result.watermark(before), result.floor(before)
        gone = await self._gone(stream, before, watermark)
        old = await self._recognizer.outdated(stream, result.ids, seen)
        if old.lowest is not None and floor is not None:
            floor = Position(min(int(floor), old.lowest - 1))
        restored = stream.contiguous_ids and gone > OVERLAP
        return Reach(watermark, floor, restored, old.ids)

    async def _gone(self, stream: Stream, before: StreamState, watermark: Position | None) -> float:
        """Note and return how far the watermark goes down: the newest entries are gone then."""
        if stream.listing.order != "id" or before.watermark is None or watermark is None:
            return 0.0
        gone = before.watermark - watermark
        if gone <= 0:
            return 0.0
        was, now = str(before.watermark), str(watermark)
        log.warning("stream.went_back", source=stream.name, was=was, now=now)
        await self._recognizer.went_back(stream, before, watermark)
        return gone

    async def behind(
        self, stream: Stream, result: LookResult, before: StreamState, seen: Collection[str]
    ) -> tuple[Gap | None, Sequence[Hole] | None]:
        """
        Return what was missed behind the pages of a look, and all that is still to be asked for.

        The latter is None where it stays as it is. `seen` are the ids that were seen before.
        """
        if result.gap is None or sum(id_ in seen for id_ in result.ids) >= stream.overlap:
            return None, None  # nothing, or another look saw it meanwhile
        high = result.gap.high
        catches_up = stream.contiguous_ids and bool(self._catch_up)
        low = await self._low(stream, before, high, OVERLAP if catches_up else 0)
        if not catches_up:
            return Gap(low, high), None
        hole, gap = divide(Gap(low, high), self._catch_up)
        log.info("source.fell_behind", source=stream.name, low=hole.low, high=hole.high)
        if hole.is_empty:
            return gap, None
        holes = (await self._store.streams.holes()).get(stream.name, [])
        return gap, sorted([*holes, hole])

    async def _low(
        self, stream: Stream, before: StreamState, high: Position, late: int
    ) -> Position | None:
        """
        Return the older end of what could not be seen, whose newer end is `high`.

        So many entries below may have been missed as `late` says, since searches find some late.
        """
        # The watermark may be an absurd id, above all that is real.
        mark = before.watermark
        believed = mark if mark is not None and mark < high else None
        if stream.listing.order != "id":
            return believed
        ends = [await self._store.streams.known_below(stream.name, int(high), late) or 0]
        if believed is not None:
            ends.append(int(believed) - late)
        low = max(min(ends), int(before.floor or 0), 0)
        return Position(low) if low or mark is not None else None
