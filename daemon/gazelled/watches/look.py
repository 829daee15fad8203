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
from gazelled.model import Answer, Call, Item, Lane
from gazelled.tracker.catalogue import Listing
from gazelled.tracker.paging import Entry, Manner, Pages, Sheet
from gazelled.tracker.site import Site
from gazelled.watches.entries import Unreadable
from gazelled.watches.extract import Glimpse, skim

OVERLAP = 10
"""How many entries that should be known are looked at again: uploads are found late at times."""

Ask = Callable[[Call], Awaitable[Answer]]


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
        """Tell how far the stream has been seen now; it never goes back."""
        seen = [float(before.watermark)] if before.watermark else []
        top = max([*seen, *([] if self.newest is None else [self.newest])], default=None)
        return "" if top is None else _text(top)

    def floor(self, before: SeenBefore) -> str:
        """Tell the position below which everything counts as known: where a first look ended."""
        if before.begun:
            return before.floor
        return _text(self.lowest) if self.more and self.lowest is not None else ""


async def look(
    stream: Stream,
    before: SeenBefore,
    site: Site,
    ask: Ask,
    *,
    whole: bool = False,
    back_to: datetime | None = None,
) -> Found:
    """
    Turn the pages of a stream, back to its watermark and a little further.

    Args:
        stream: Where to look.
        before: What is known of it; a first look turns one page.
        site: The site.
        ask: Asks the tracker.
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
    goal = None if whole or listing.order in _ALL else _Goal(stream, before, back_to)
    glimpses: dict[str, Glimpse] = {}
    positions: list[float] = []
    newest = None
    async for fresh in pages.batches():
        reader.lane = Lane.CATCH_UP if stream.call.lane is Lane.WATCH else stream.call.lane
        for entry in fresh:
            glimpses.setdefault(entry.value.id, entry.value)
            if goal is None:  # all count, so no page is to be kept for reading them later
                entry.value.read()
        ordered = [entry.value for entry in fresh if not entry.front]
        if listing.order not in _ALL:
            positions += map(stream.position, ordered)
        newest = max(positions, default=None) if newest is None else newest
        if goal and (goal.reached(positions, ordered) or not pages.more):
            pages.stop()  # what comes to the front meanwhile is news for the next look
    lowest = min(positions, default=None)
    gap = None
    if before.begun and pages.more and lowest is not None and not _met(before, positions):
        gap = (before.watermark, _text(lowest))
    certain = pages.settled and (goal is None or pages.read == 1)
    return Found(
        tuple(glimpses.values()),
        newest,
        lowest,
        pages.more,
        gap,
        reader.odd,
        complete=certain and not (pages.more or reader.odd),
        pages=pages.read,
    )


def news(
    stream: Stream, found: Found, known: Collection[str], before: SeenBefore
) -> tuple[Item, ...]:
    """Return what is new among the items that a look found, oldest first."""
    if not before.begun:
        return ()
    floor = float(before.floor) if before.floor else None
    fresh = [
        each.read()
        for each in found.glimpses
        if each.id not in known and (floor is None or stream.position(each) > floor)
    ]
    fresh.reverse()
    return tuple(sorted(fresh, key=stream.position))


_ALL = frozenset({"whole", "value"})
"""The orders of what is seen as a whole, so that nothing in it has a place."""


class _Reader:
    """
    Reads pages of a stream.

    Attributes:
        lane: In which lane it asks.

    """

    def __init__(self, stream: Stream, site: Site, ask: Ask) -> None:
        self._stream = stream
        self._site = site
        self._ask = ask
        self._odd: dict[int, tuple[Unreadable, ...]] = {}
        self.lane = stream.call.lane

    @property
    def odd(self) -> tuple[Unreadable, ...]:
        """The entries that could not be read."""
        return tuple(chain.from_iterable(self._odd.values()))

    async def turn(self, number: int | None) -> Sheet[Glimpse]:
        """Ask for a page; without a number for the one that comes by itself."""
        answer = await self._ask(replace(self._stream.page(number), lane=self.lane))
        try:
            page = skim(self._stream.listing, answer.payload, self._site)
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
        back_to: A time that must be reached, too.

    """

    def __init__(self, stream: Stream, before: SeenBefore, back_to: datetime | None) -> None:
        self._before = before
        self._overlap = 1 if stream.listing.oldest_first else OVERLAP
        self._back_to = back_to

    def reached(self, positions: Sequence[float], items: Sequence[Placed]) -> bool:
        """
        Tell whether it did.

        Args:
            positions: All positions that were seen.
            items: What the last page added.

        """
        times = [item.time for item in items if item.time]
        if self._back_to and (not items or (times and min(times) >= self._back_to)):
            return False
        return not self._before.begun or _met(self._before, positions, self._overlap)


def _met(before: SeenBefore, positions: Sequence[float], enough: int = 1) -> bool:
    """Tell whether a look came to so many entries that were seen before, or below all news."""
    seen, floor = before.watermark, before.floor
    if floor and any(each <= float(floor) for each in positions):
        return True
    return bool(seen) and sum(each <= float(seen) for each in positions) >= enough


def _text(position: float) -> str:
    return f"{position:.6f}".rstrip("0").rstrip(".")
