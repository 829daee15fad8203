"""
One look at a stream: as many pages as it takes to reach what was seen before.

A look has no effect of its own; what it found is decided on and committed by the watcher.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

import structlog

from gazelled.errors import BadAnswer
from gazelled.model import Answer, Call, Item, Position
from gazelled.store import Gap, StreamState
from gazelled.tracker.answers.intake import aside
from gazelled.tracker.client.paging import ListEntry, ListPage, Pages
from gazelled.tracker.sites.site import Site
from gazelled.watches.streams.entries import Unreadable
from gazelled.watches.streams.items import LazyItem, scan
from gazelled.watches.streams.stream import OVERLAP, Placed, Stream
from gazelled.watches.streams.unfinished_looks import Unfinished, UnfinishedLooks

log = structlog.stdlib.get_logger(__name__)

AskTracker = Callable[[Call], Awaitable[Answer]]

Recognise = Callable[[Sequence[Placed]], Awaitable[Collection[str]]]
"""Returns the ids of those entries that were seen before."""


@dataclass(frozen=True, slots=True)
class LookResult:
    """
    What a look found.

    Attributes:
        entries: What was on the pages that it turned, in the tracker's order, without repetition.
            A look at a whole list has what changed meanwhile with both its revisions.
        seen: The ids of those that were seen before.
        newest: The highest position at its beginning; None when none had one. What came later is
            found by the next look.
        more: Whether there is more behind the last page that it turned.
        below: Whether what stands below the lowest was there before all that was found.
        gap: The stretch that it could not see.
        odd: The entries that could not be read.
        complete: Whether all of the list was seen and read, from its first entry to its last.
        pages: How many pages were asked for, those that were read again included.
        learning: Whether more may belong to the list than is known yet.

    """

    entries: tuple[LazyItem, ...]
    seen: Collection[str]
    newest: Position | None
    lowest: Position | None
    more: bool
    gap: Gap | None
    below: bool = False
    odd: tuple[Unreadable, ...] = ()
    complete: bool = False
    pages: int = 1
    learning: bool = False

    @property
    def ids(self) -> list[str]:
        return [entry.id for entry in self.entries]

    @property
    def items(self) -> tuple[Item, ...]:
        """All items; most are known, and reading those is work for nothing where news are meant."""
        return tuple(entry.read() for entry in self.entries)

    def watermark(self, before: StreamState) -> Position | None:
        """Return how far the stream has been seen now; an empty page doesn't show it."""
        return before.watermark if self.newest is None else self.newest

    def floor(self, before: StreamState) -> Position | None:
        """Return the position up to which everything counts as known: where a first look ended."""
        if before.begun:
            return before.floor
        return self.lowest if self.below else None


async def look(
    stream: Stream,
    before: StreamState,
    site: Site,
    ask: AskTracker,
    *,
    recognise: Recognise | None = None,
    whole: bool = False,
    back_to: datetime | None = None,
    unfinished: UnfinishedLooks | None = None,
) -> LookResult:
    """
    Turn the pages of a stream, back to what was seen before and a little further.

    Args:
        before: What is known of it; a first look turns one page.
        recognise: Finds what was seen before; nothing was without.
        whole: Turn all pages, as far as the tracker does.
        back_to: Turn at least so far back, as far as the tracker does.
        unfinished: Keeps what a look of several pages saw, for the next one, if it is cut off.

    Raises:
        TrackerError: If a page can't be had; nothing is known of the later ones then.

    """
    sight = _Sight(stream, before, recognise, back_to, ends_early=not whole and stream.ordered)
    turner = _Turner(stream, _Reader(stream, site, ask), sight)
    # Pages that all count belong to one moment; those of news can be read on another day.
    resumable = sight.ends_early and turner.ordered and before.begun
    result = await turner.turn(unfinished if resumable else None)
    # Where so much went meanwhile that the end isn't found again, all is asked for anew.
    return result or await look(
        stream, before, site, ask, recognise=recognise, whole=whole, back_to=back_to
    )


class _Turner:
    """Turns pages, until its sight knows that there are enough."""

    def __init__(self, stream: Stream, reader: _Reader, sight: _Sight) -> None:
        listing = stream.listing
        self._paging = replace(listing.paging, last=listing.paging.last_page)
        self.ordered = listing.descends
        self._stream = stream
        self._reader = reader
        self._sight = sight

    async def turn(self, unfinished: UnfinishedLooks | None) -> LookResult | None:
        """
        Turn pages from the newest on; return None if it can't go on where an unfinished look was.

        `unfinished` keeps what was seen, if the look may go on another day.
        """
        stream, sight = self._stream, self._sight
        earlier = await unfinished.of(stream.name) if unfinished else None
        pages = Pages(self._reader.turn, self._paging, ordered=self.ordered)
        async for entries in pages.batches():
            reached = await sight.add(entries)
            if unfinished and earlier and not reached and sight.has_any(earlier.items):
                return await self._go_on(pages, earlier, unfinished)
            if sight.ends_early and (reached or not pages.more):
                pages.stop()  # what comes to the front meanwhile is news for the next look
            elif unfinished and not earlier:
                await unfinished.saw(stream.name, pages.number, sight.last)
        return sight.result(pages, pages.read, self._reader)

    async def _go_on(
        self, first: Pages[LazyItem], earlier: Unfinished, unfinished: UnfinishedLooks
    ) -> LookResult | None:
        """Go on behind what an unfinished look saw; return None if its end isn't there any more."""
        stream, sight = self._stream, self._sight
        await sight.add([_entry(stream, LazyItem(item.id, item)) for item in earlier.items])
        # What came since moved what was seen to later pages.
        start = earlier.pages + first.number - 1
        log.info("source.resumed", source=stream.name, page=start)
        pages = Pages(self._reader.turn, self._paging, ordered=self.ordered, start=start)
        async for entries in pages.batches():
            if pages.read == 1 and not sight.has_any(entry.value for entry in entries):
                await unfinished.discard(stream.name)
                return None
            if await sight.add(entries) or not pages.more:
                pages.stop()
            else:
                await unfinished.saw(stream.name, pages.number, sight.last)
        return sight.result(pages, first.read + pages.read, self._reader)


def news(
    stream: Stream, result: LookResult, seen: Collection[str], before: StreamState
) -> tuple[Item, ...]:
    """Return what is new among the items that a look found, oldest first."""
    if not before.begun:
        return ()
    fresh = [entry.read() for entry in result.entries if entry.id not in seen]
    fresh.reverse()
    return tuple(sorted(fresh, key=stream.position))


class _Sight:
    """
    What a look has seen so far, and whether that is enough.

    Where it `ends_early`, it needs no more than what is new; else all counts, and is read at once,
    so that no page is kept for reading it later.
    """

    def __init__(
        self,
        stream: Stream,
        before: StreamState,
        recognise: Recognise | None,
        back_to: datetime | None,
        *,
        ends_early: bool,
    ) -> None:
        self._stream = stream
        self._before = before
        self._recognise = recognise if before.begun else None
        self._back_to = back_to
        self.ends_early = ends_early
        self.last: Sequence[LazyItem] = ()
        self._entries: dict[str, LazyItem] = {}
        self._seen: set[str] = set()
        self._positions: list[Position] = []
        self._newest: Position | None = None
        self._in_a_row = self._seen_in_order = 0
        self._met = False

    def has_any(self, entries: Iterable[Placed]) -> bool:
        return any(entry.id in self._entries for entry in entries)

    async def add(self, entries: Sequence[ListEntry[LazyItem]]) -> bool:
        """Add what a page shows; return whether the look went back far enough."""
        fresh = [entry for entry in entries if entry.value.id not in self._entries]
        self.last = [entry.value for entry in fresh]
        for value in self.last:
            self._entries.setdefault(value.id, value)
            if not self.ends_early:
                value.read()
        if self._recognise:
            self._seen |= {*await self._recognise(self.last)}
        reached = False
        if self._stream.ordered:
            reached = self._reaches([entry.value for entry in fresh if not entry.front])
        if self._newest is None:
            self._newest = max(self._positions, default=None)
        return reached

    def _reaches(self, entries: Sequence[LazyItem]) -> bool:
        """
        Return whether the look went back far enough with a page, without what stays in front.

        So many entries in a row must have been seen before, up to the last one: what is new may
        stand behind what isn't, below sticky threads and where searches find uploads late.
        """
        positions = [self._stream.position(entry) for entry in entries]
        self._positions += positions
        for entry in entries:
            was_seen = entry.id in self._seen
            self._in_a_row = self._in_a_row + 1 if was_seen else 0
            self._seen_in_order += was_seen
        floor = self._before.floor
        below = floor is not None and bool(positions) and positions[-1] <= floor
        overlap = self._stream.overlap
        self._met = bool(self._in_a_row or below or self._seen_in_order >= overlap)
        if self._back_to and self._is_later(entries, self._back_to):
            return False
        return not self._before.begun or below or self._in_a_row >= overlap

    @staticmethod
    def _is_later(entries: Sequence[LazyItem], time: datetime) -> bool:
        """Return whether a page ends with what isn't older than a time, or shows nothing."""
        last = next((at for entry in reversed(entries) if (at := entry.time)), None)
        return not entries or (last is not None and last >= time)

    def result(self, pages: Pages[LazyItem], read: int, reader: _Reader) -> LookResult:
        """Return all of it; so many pages were read."""
        lowest = min(self._positions, default=None)
        gap = None
        if self._before.begun and pages.more and lowest is not None and not self._met:
            gap = Gap(self._before.watermark, lowest)
        certain = pages.settled and (not self.ends_early or read == 1)
        return LookResult(
            tuple(self._entries.values()),
            self._seen,
            self._newest,
            lowest,
            pages.more,
            gap,
            below=pages.more or (self._stream.contiguous_ids and len(self._positions) >= OVERLAP),
            odd=reader.odd,
            complete=certain and not (pages.more or reader.odd or reader.learning),
            pages=read,
            learning=reader.learning,
        )


class _Reader:
    """Reads pages of a stream."""

    def __init__(self, stream: Stream, site: Site, ask: AskTracker) -> None:
        self._stream = stream
        self._site = site
        self._ask = ask
        self._odd: dict[int, tuple[Unreadable, ...]] = {}
        self.learning = False

    @property
    def odd(self) -> tuple[Unreadable, ...]:
        return tuple(chain.from_iterable(self._odd.values()))

    async def turn(self, number: int | None) -> ListPage[LazyItem]:
        """Ask for a page; without a number for the one that comes by itself."""
        answer = await self._ask(self._stream.page(number))
        try:
            page = await aside(answer.raw, scan, self._stream.listing, answer.payload, self._site)
            entries = [_entry(self._stream, item) for item in page.items]
        except BadAnswer as problem:
            raise BadAnswer(str(problem), raw=answer.raw) from None
        pages = 1 if self._stream.listing.order == "value" else page.pages
        number = pages if number is None else number
        # Kept by page: one that is read again is reported once.
        self.learning = page.learning
        self._odd[number] = tuple(replace(odd, page=number) for odd in page.odd)
        return ListPage(entries, pages, number)


def _entry(stream: Stream, item: LazyItem) -> ListEntry[LazyItem]:
    order, front = stream.listing.order, stream.listing.front
    return ListEntry(
        item,
        int(stream.position(item)) if order == "id" else item.id,
        item.time if order == "time" else None,
        bool(front and item.read().fields.get(front)),
    )
