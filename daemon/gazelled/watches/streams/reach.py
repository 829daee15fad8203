"""How far a stream has been seen after a look: its watermark, and what lies behind the pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from gazelled.model import Position
from gazelled.store import Gap, Hole, Store
from gazelled.watches.catching_up import divide
from gazelled.watches.findings import WentBack
from gazelled.watches.streams.look import OVERLAP, Found, SeenBefore, Stream
from gazelled.watches.streams.recognition import Recognizer
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reach:
    """
    How far a stream has been seen.

    Attributes:
        watermark: The newest position of the last look.
        floor: The position below which everything counts as known.
        restored: Whether so much is gone that the tracker must have lost or deleted it.
        forget: The known ids that are given again, to other things.
        gap: What could not be seen and can't be asked for.
        holes: All that is still to be asked for; None where that stays as it is.

    """

    watermark: Position | None
    floor: Position | None
    restored: bool = False
    forget: Sequence[str] = ()
    gap: Gap | None = None
    holes: Sequence[Hole] | None = None

    def went_back(
        self, stream: Stream, watches: Sequence[Watch], before: SeenBefore, at: datetime
    ) -> WentBack:
        """Return what to tell where it was restored."""
        names = tuple(watch.name for watch in watches)
        return WentBack(
            stream.name, names, stream.place(before.watermark), stream.place(self.watermark), at
        )


class Surveyor:
    """
    Works out how far streams have been seen.

    Args:
        store: The store.
        recognizer: Who knows what was seen.
        catch_up: So many ids are asked for one by one at most, where pages don't go so far.

    """

    def __init__(self, store: Store, recognizer: Recognizer, catch_up: int) -> None:
        self._store = store
        self._recognizer = recognizer
        self._catch_up = catch_up

    async def reach(
        self,
        stream: Stream,
        found: Found,
        before: SeenBefore,
        seen: Collection[str],
        *,
        newest: bool,
        gaps: bool,
    ) -> Reach:
        """
        Tell how far a stream has been seen after a look.

        Args:
            stream: The stream.
            found: What the look found.
            before: How far it was seen until now.
            seen: Which of the ids were seen before.
            newest: Whether no later look was judged by; an older one doesn't move the watermark.
            gaps: Whether somebody wants to know what was missed.

        """
        gap, holes = await self._behind(stream, found, before, seen) if gaps else (None, None)
        if not newest:
            return Reach(before.watermark, before.floor, gap=gap, holes=holes)
        mark, floor = found.watermark(before), found.floor(before)
        gone = 0.0
        if stream.listing.order == "id" and before.watermark is not None and mark is not None:
            gone = max(before.watermark - mark, 0.0)
        if gone and mark is not None:
            log.warning(
                "stream.went_back", source=stream.name, was=str(before.watermark), now=str(mark)
            )
            await self._recognizer.went_back(stream, mark)
        old = await self._recognizer.outdated(stream, found.ids, seen)
        if old.lowest is not None and floor is not None:
            floor = Position(min(int(floor), old.lowest - 1))
        return Reach(
            mark,
            floor,
            restored=stream.dense and gone > OVERLAP,
            forget=old.ids,
            gap=gap,
            holes=holes,
        )

    async def _behind(
        self, stream: Stream, found: Found, before: SeenBefore, seen: Collection[str]
    ) -> tuple[Gap | None, Sequence[Hole] | None]:
        """Tell what was missed behind the pages, and what is to be asked for from now on."""
        if found.gap is None or sum(each in seen for each in found.ids) >= stream.overlap:
            return None, None  # nothing, or another run saw it meanwhile
        high = found.gap[1]
        catches_up = stream.dense and bool(self._catch_up)
        low = await self._low(stream, before, high, OVERLAP if catches_up else 0)
        if not catches_up:
            return Gap(low, high), None
        hole, gap = divide(Gap(low, high), self._catch_up)
        holes = [*(await self._store.streams.holes()).get(stream.name, ())]
        log.info("source.fell_behind", source=stream.name, low=hole.low, high=hole.high)
        return gap, sorted([*holes, hole]) if hole.high - hole.low > 1 else None

    async def _low(
        self, stream: Stream, before: SeenBefore, high: Position, late: int
    ) -> Position | None:
        """
        Tell the older end of what could not be seen.

        Args:
            stream: The stream.
            before: How far it was seen until now.
            high: The newer end.
            late: How many entries below may have been missed, since searches find some late.

        """
        mark = before.watermark
        # The watermark may be an absurd id, above all that is real.
        believed = mark if mark is not None and mark < high else None
        if stream.listing.order != "id":
            return believed
        ends = [await self._store.streams.known_below(stream.name, int(high), late) or 0]
        if believed is not None:
            ends.append(int(believed) - late)
        low = max(min(ends), int(before.floor or 0), 0)
        return Position(low) if low or mark is not None else None
