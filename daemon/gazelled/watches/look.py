"""
One look at a stream: as many pages as it takes to reach what was seen before.

A look has no effect of its own; what it found is decided on and committed by the watcher.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Protocol

from gazelled.errors import Broken
from gazelled.model import Answer, Call, Item
from gazelled.tracker.catalogue import Listing
from gazelled.tracker.intake import aside
from gazelled.tracker.paging import Entry, Manner, Pages, Sheet
from gazelled.tracker.site import Site
from gazelled.watches.entries import Unreadable
from gazelled.watches.extract import Glimpse, skim

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
    def name(self) -> str:
        """Its name: what is asked."""
        return str(self.call)

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

    def place(self, position: str) -> str:
        """Write a position for people."""
        if not position:
            return "the beginning"
        if self.listing.order == "time":
            return f"{datetime.fromtimestamp(float(position), UTC).astimezone():%F %H:%M}"
        return position

    def position(self, item: Placed) -> float:
        """
        Tell where in the stream's order an item stands; the whole list has no order.

        Raises:
            Broken: If it has no place there.

        """
        match self.listing.order:
            case "id":
                if not item.id.isdecimal():
                    raise Broken(f"The id {item.id!r} is not a number.")
                return float(item.id)
            case "time":
                return item.time.timestamp() if item.time else 0.0
            case _:
                return 0.0


class SeenBefore(Protocol):
    """What is known of a stream from earlier looks."""

    @property
    def begun(self) -> bool:
        """Whether there was an earlier look."""

    @property
    def watermark(self) -> str:
        """How far back it was seen without a hole: a position, or nothing."""

    @property
    def floor(self) -> str:
        """The position below which everything counts as known, or nothing."""


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
        gap: The positions between which nothing could be seen: the older and the newer end.
        odd: The entries that could not be read.
        complete: Whether all of the list was seen and read, from its first entry to its last.
        pages: How many pages were asked for, those that were read again included.

    """

    glimpses: tuple[Glimpse, ...]
    newest: float | None
    lowest: float | None
    more: bool
    gap: tuple[str, str] | None
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

    def watermark(self, before: SeenBefore) -> str:
        """Tell how far the stream has been seen now; an empty page doesn't tell."""
        return before.watermark if self.newest is None else _text(self.newest)

    def floor(self, before: SeenBefore) -> str:
        """Tell the position below which everything counts as known: where a first look ended."""
        if before.begun:
            return before.floor
        return _text(self.lowest) if self.below and self.lowest is not None else ""


async def look(
    stream: Stream,
    before: SeenBefore,
    site: Site,
    ask: Ask,
    *,
    recognise: Recognise | None = None,
    whole: bool = False,
    back_to: datetime | None = None,
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

    Raises:
        TrackerError: If a page can't be had; nothing is known of the later ones then.

    """
    listing = stream.listing
    manner = Manner(
        ordered=listing.order == "id" and not listing.oldest_first,
        last=listing.last_page,
        oldest_first=listing.oldest_first,
        starts_last=listing.starts_last,
    )
    reader = _Reader(stream, site, ask)
    pages = Pages(reader.turn, manner)
    has_places = listing.order not in _ALL
    ends_early = has_places and not whole
    goal = _Goal(stream, before, recognise, back_to)
    glimpses: dict[str, Glimpse] = {}
    positions: list[float] = []
    newest = None
    async for fresh in pages.batches():
        for entry in fresh:
            glimpses.setdefault(entry.value.id, entry.value)
            if not ends_early:  # all count, so no page is to be kept for reading them later
                entry.value.read()
        ordered = [entry.value for entry in fresh if not entry.front]
        reached = False
        if has_places:
            positions += map(stream.position, ordered)
            reached = await goal.reached(ordered)
        newest = max(positions, default=None) if newest is None else newest
        if ends_early and (reached or not pages.more):
            pages.stop()  # what comes to the front meanwhile is news for the next look
    lowest = min(positions, default=None)
    gap = None
    if before.begun and pages.more and lowest is not None and not goal.met:
        gap = (before.watermark, _text(lowest))
    certain = pages.settled and (not ends_early or pages.read == 1)
    return Found(
        tuple(glimpses.values()),
        newest,
        lowest,
        pages.more,
        gap,
        below=pages.more or (stream.dense and len(positions) >= OVERLAP),
        odd=reader.odd,
        complete=certain and not (pages.more or reader.odd),
        pages=pages.read,
    )


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

    async def turn(self, number: int | None) -> Sheet[Glimpse]:
        """Ask for a page; without a number for the one that comes by itself."""
        answer = await self._ask(self._stream.page(number))
        try:
            page = await aside(answer.raw, skim, self._stream.listing, answer.payload, self._site)
            entries = [self._entry(each) for each in page.items]
        except Broken as problem:
            raise Broken(str(problem), raw=answer.raw) from None
        pages = 1 if self._stream.listing.order == "value" else page.pages
        number = pages if number is None else number
        self._odd[number] = tuple(replace(each, page=number) for each in page.odd)
        return Sheet(entries, pages, number)

    def _entry(self, glimpse: Glimpse) -> Entry[Glimpse]:
        order, front = self._stream.listing.order, self._stream.listing.front
        return Entry(
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
        below = bool(self._before.floor and entries) and self._is_below(entries[-1])
        self.met = bool(self._in_a_row or below or self._seen >= self._stream.overlap)
        times = [each.time for each in entries if each.time]
        if self._back_to and (not entries or (times and times[-1] >= self._back_to)):
            return False
        return not self._before.begun or below or self._in_a_row >= self._stream.overlap

    def _is_below(self, entry: Placed) -> bool:
        return self._stream.position(entry) <= float(self._before.floor)


def _text(position: float) -> str:
    return f"{position:.6f}".rstrip("0").rstrip(".")
