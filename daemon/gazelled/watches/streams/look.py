"""
One look at a stream: as many pages as it takes to reach what was seen before.

A look has no effect of its own; what it found is decided on and committed by the watcher.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Protocol

import structlog

from gazelled.errors import BadAnswer
from gazelled.model import Answer, Call, Item, Position, StreamId
from gazelled.store import Gap
from gazelled.text import local_minute
from gazelled.tracker.answers.intake import aside
from gazelled.tracker.catalogue import Listing
from gazelled.tracker.client.paging import ListEntry, ListPage, Pages, PagingRules
from gazelled.tracker.sites.site import Site
from gazelled.watches.streams.entries import Unreadable
from gazelled.watches.streams.extract import LazyItem, skim
from gazelled.watches.streams.progress import Progress

log = structlog.stdlib.get_logger(__name__)

OVERLAP = 10
"""How many entries that should be known are looked at again: uploads are found late at times."""

Ask = Callable[[Call], Awaitable[Answer]]

Recognise = Callable[[Sequence["Placed"]], Awaitable[Collection[str]]]
"""Returns the ids of those entries that were seen before."""


class Placed(Protocol):
    """What has a place in a stream: an item, or a glimpse of it."""

    @property
    def id(self) -> str:
        """What it is known by."""

    @property
    def time(self) -> datetime | None:
        """When it appeared."""


@dataclass(frozen=True, slots=True)
class Stream:
    """
    An ordered source of items that several watches share.

    Attributes:
        call: What is asked for its first page.
        listing: How the answer is read.

    """

    call: Call
    listing: Listing

    @property
    def name(self) -> StreamId:
        """Its name: what is asked."""
        return StreamId(str(self.call))

    @property
    def dense(self) -> bool:
        """Whether each id between two of it was given to something that belongs into it."""
        return self.listing.dense and not self.listing.narrowed(self.call.params)

    @property
    def overlap(self) -> int:
        """How many entries that were seen before end a look."""
        return 1 if self.listing.oldest_first else OVERLAP

    def page(self, number: int | None) -> Call:
        """Return the call for a page; without a number for the one that comes by itself."""
        if number is None or (number == 1 and not self.listing.starts_last):
            return self.call
        params = tuple(sorted([*self.call.params, (self.listing.page, str(number))]))
        return replace(self.call, params=params)

    def place(self, position: Position | None) -> str:
        """Return a position as people read it."""
        if position is None:
            return "the beginning"
        if self.listing.order == "time":
            return local_minute(datetime.fromtimestamp(position, UTC))
        return str(position)

    def position(self, item: Placed) -> Position:
        """
        Return where in the stream's order an item stands; a list without an order has one place.

        Raises:
            Broken: If it has no place there.

        """
        match self.listing.order:
            case "id":
                if not item.id.isdecimal():
                    raise BadAnswer(f"The id {item.id!r} is not a number.")
                return Position(item.id)
            case "time":
                return Position(item.time.timestamp() if item.time else 0)
            case _:
                return Position(0)


class SeenBefore(Protocol):
    """What is known of a stream from earlier looks."""

    @property
    def begun(self) -> bool:
        """Whether there was an earlier look."""

    @property
    def watermark(self) -> Position | None:
        """The newest position of the last look."""

    @property
    def floor(self) -> Position | None:
        """The position up to which everything counts as known."""


@dataclass(frozen=True, slots=True)
class Found:
    """
    What a look found.

    Attributes:
        glimpses: What was on the pages that it turned, in the tracker's order, without repetition.
            Who looks at a whole list gets what changed meanwhile with both its revisions.
        newest: The highest position at its beginning; None when none had one. What came later is
            found by the next look.
        lowest: The lowest.
        more: Whether there is more behind the last page that it turned.
        below: Whether what stands below the lowest was there before all that was found.
        gap: The stretch that it could not see.
        odd: The entries that could not be read.
        complete: Whether all of the list was seen and read, from its first entry to its last.
        pages: How many pages were asked for, those that were read again included.

    """

    glimpses: tuple[LazyItem, ...]
    newest: Position | None
    lowest: Position | None
    more: bool
    gap: Gap | None
    below: bool = False
    odd: tuple[Unreadable, ...] = ()
    complete: bool = False
    pages: int = 1

    @property
    def ids(self) -> list[str]:
        """The ids of all that was there."""
        return [glimpse.id for glimpse in self.glimpses]

    @property
    def items(self) -> tuple[Item, ...]:
        """All items; most are known, and reading those is work for nothing where news are meant."""
        return tuple(glimpse.read() for glimpse in self.glimpses)

    def watermark(self, before: SeenBefore) -> Position | None:
        """Return how far the stream has been seen now; an empty page doesn't tell."""
        return before.watermark if self.newest is None else self.newest

    def floor(self, before: SeenBefore) -> Position | None:
        """Return the position up to which everything counts as known: where a first look ended."""
        if before.begun:
            return before.floor
        return self.lowest if self.below else None


async def look(
    stream: Stream,
    before: SeenBefore,
    site: Site,
    ask: Ask,
    *,
    recognise: Recognise | None = None,
    whole: bool = False,
    back_to: datetime | None = None,
    progress: Progress | None = None,
) -> Found:
    """
    Turn the pages of a stream, back to what was seen before and a little further.

    Args:
        stream: Where to look.
        before: What is known of it; a first look turns one page.
        site: The site.
        ask: Asks the tracker.
        recognise: Tells what was seen before; nothing was without.
        whole: Turn all pages, as far as the tracker does.
        back_to: Turn at least so far back, as far as the tracker does.
        progress: Keeps what a look of several pages saw, for the next one, if it is cut off.

    Raises:
        TrackerError: If a page can't be had; nothing is known of the later ones then.

    """
    listing = stream.listing
    manner = PagingRules(
        ordered=listing.order == "id" and not listing.oldest_first,
        last=listing.last_page,
        oldest_first=listing.oldest_first,
        starts_last=listing.starts_last,
    )
    reader = _Reader(stream, site, ask)
    ends_early = not whole and listing.order not in _ALL
    goal = _Goal(stream, before, recognise, back_to)
    sight = _Sight(stream, goal, ends_early=ends_early)
    pages = Pages(reader.turn, manner)
    # Pages that all count belong to one moment; those of news can be read on another day.
    resumes = progress if ends_early and manner.ordered and before.begun else None
    kept = await resumes.of(stream.name) if resumes else None
    read = 0
    async for fresh in pages.batches():
        reached = await sight.add(fresh)
        if kept and not reached and sight.has_any(kept.items):
            # What came since moved what was seen to later pages.
            start, read = kept.pages + pages.number - 1, pages.read
            await sight.add(_entries(stream, kept.items))
            pages = Pages(reader.turn, manner, start=start)
            break
        if ends_early and (reached or not pages.more):
            pages.stop()  # what comes to the front meanwhile is news for the next look
        elif resumes and not kept:
            await resumes.saw(stream.name, pages.number, sight.last)
    if resumes and read:
        log.info("source.resumed", source=stream.name, page=pages.number)
        async for fresh in pages.batches():
            if pages.read == 1 and not sight.has_any(entry.value for entry in fresh):
                await resumes.done(stream.name)  # too much went meanwhile: all is asked for again
                return await look(stream, before, site, ask, recognise=recognise, back_to=back_to)
            if await sight.add(fresh) or not pages.more:
                pages.stop()
            else:
                await resumes.saw(stream.name, pages.number, sight.last)
    return sight.found(before, pages, read, reader.odd)


def news(
    stream: Stream, found: Found, seen: Collection[str], before: SeenBefore
) -> tuple[Item, ...]:
    """Return what is new among the items that a look found, oldest first."""
    if not before.begun:
        return ()
    fresh = [each.read() for each in found.glimpses if each.id not in seen]
    fresh.reverse()
    return tuple(sorted(fresh, key=stream.position))


_ALL = frozenset({"whole", "value"})
"""The orders of what is seen as a whole, so that nothing in it has a place."""


class _Sight:
    """
    What a look has seen so far.

    Args:
        stream: Where it looks.
        goal: Knows how far.
        ends_early: Whether it needs no more than that; else all counts, and is read at once, so
            that no page is kept for reading it later.

    Attributes:
        last: What the last page added.

    """

    def __init__(self, stream: Stream, goal: _Goal, *, ends_early: bool) -> None:
        self._stream = stream
        self._goal = goal
        self._ends_early = ends_early
        self._glimpses: dict[str, LazyItem] = {}
        self._positions: list[Position] = []
        self._newest: Position | None = None
        self.last: Sequence[LazyItem] = ()

    def has_any(self, entries: Iterable[Placed]) -> bool:
        """Tell whether any of some entries was seen."""
        return any(each.id in self._glimpses for each in entries)

    async def add(self, entries: Sequence[ListEntry[LazyItem]]) -> bool:
        """Add what a page shows; tell whether the look went back far enough."""
        fresh = [each for each in entries if each.value.id not in self._glimpses]
        self.last = [each.value for each in fresh]
        for glimpse in self.last:
            self._glimpses.setdefault(glimpse.id, glimpse)
        if not self._ends_early:
            for each in self.last:
                each.read()
        reached = False
        if self._stream.listing.order not in _ALL:
            ordered = [each.value for each in fresh if not each.front]
            self._positions += map(self._stream.position, ordered)
            reached = await self._goal.reached(ordered)
        if self._newest is None:
            self._newest = max(self._positions, default=None)
        return reached

    def found(
        self, before: SeenBefore, pages: Pages[LazyItem], read: int, odd: tuple[Unreadable, ...]
    ) -> Found:
        """Return all of it; `read` pages were read before those."""
        lowest = min(self._positions, default=None)
        gap = None
        if before.begun and pages.more and lowest is not None and not self._goal.met:
            gap = Gap(before.watermark, lowest)
        certain = pages.settled and (not self._ends_early or pages.read + read == 1)
        return Found(
            tuple(self._glimpses.values()),
            self._newest,
            lowest,
            pages.more,
            gap,
            below=pages.more or (self._stream.dense and len(self._positions) >= OVERLAP),
            odd=odd,
            complete=certain and not (pages.more or odd),
            pages=pages.read + read,
        )


def _entries(stream: Stream, items: Sequence[Item]) -> list[ListEntry[LazyItem]]:
    """Return items as the pages of an ordered list showed them."""
    return [ListEntry(LazyItem(each.id, each), int(stream.position(each))) for each in items]


class _Reader:
    """Reads pages of a stream."""

    def __init__(self, stream: Stream, site: Site, ask: Ask) -> None:
        self._stream = stream
        self._site = site
        self._ask = ask
        self._odd: dict[int, tuple[Unreadable, ...]] = {}

    @property
    def odd(self) -> tuple[Unreadable, ...]:
        """The entries that could not be read."""
        return tuple(chain.from_iterable(self._odd.values()))

    async def turn(self, number: int | None) -> ListPage[LazyItem]:
        """Ask for a page; without a number for the one that comes by itself."""
        answer = await self._ask(self._stream.page(number))
        try:
            page = await aside(answer.raw, skim, self._stream.listing, answer.payload, self._site)
            entries = [self._entry(each) for each in page.items]
        except BadAnswer as problem:
            raise BadAnswer(str(problem), raw=answer.raw) from None
        pages = 1 if self._stream.listing.order == "value" else page.pages
        number = pages if number is None else number
        self._odd[number] = tuple(replace(each, page=number) for each in page.odd)
        return ListPage(entries, pages, number)

    def _entry(self, glimpse: LazyItem) -> ListEntry[LazyItem]:
        order, front = self._stream.listing.order, self._stream.listing.front
        return ListEntry(
            glimpse,
            int(self._stream.position(glimpse)) if order == "id" else glimpse.id,
            glimpse.time if order == "time" else None,
            bool(front and glimpse.read().fields.get(front)),
        )


class _Goal:
    """
    Knows when a look for news went back far enough.

    Args:
        stream: Where one looks.
        before: What is known of it.
        recognise: Tells what was seen before; nothing was without.
        back_to: A time that must be reached, too.

    Attributes:
        met: Whether what was seen before begins where the pages end, or earlier.

    """

    def __init__(
        self,
        stream: Stream,
        before: SeenBefore,
        recognise: Recognise | None,
        back_to: datetime | None,
    ) -> None:
        self._stream = stream
        self._before = before
        self._recognise = recognise
        self._back_to = back_to
        self._in_a_row = self._seen = 0
        self.met = False

    async def reached(self, entries: Sequence[Placed]) -> bool:
        """
        Tell whether it did, after one more page.

        So many entries in a row were seen before, up to the last one: what is new may stand
        behind what isn't, below sticky threads and where searches find uploads late.

        Args:
            entries: What the page added, in its order, without what stays in front.

        """
        seen = await self._recognise(entries) if self._recognise and self._before.begun else ()
        for each in entries:
            self._in_a_row = self._in_a_row + 1 if each.id in seen else 0
        self._seen += len(seen)
        floor = self._before.floor
        below = bool(entries and floor is not None and self._stream.position(entries[-1]) <= floor)
        self.met = bool(self._in_a_row or below or self._seen >= self._stream.overlap)
        times = [each.time for each in entries if each.time]
        if self._back_to and (not entries or (times and times[-1] >= self._back_to)):
            return False
        return not self._before.begun or below or self._in_a_row >= self._stream.overlap
