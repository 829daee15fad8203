"""
One look at a stream: as many pages as it takes to reach what was seen before.

A look has no effect of its own; what it found is decided on and committed by the watcher.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from gazelled.errors import Broken
from gazelled.model import Answer, Call, Item, Lane
from gazelled.tracker.catalogue import Listing
from gazelled.tracker.site import Site
from gazelled.watches.extract import Page, extract

Ask = Callable[[Call], Awaitable[Answer]]


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

    def page(self, number: int) -> Call:
        """Return the call for a page; those after the first only catch up."""
        if number == 1:
            return self.call
        params = tuple(sorted([*self.call.params, (self.listing.page, str(number))]))
        lane = Lane.CATCH_UP if self.call.lane is Lane.WATCH else self.call.lane
        return replace(self.call, params=params, lane=lane)

    def place(self, position: str) -> str:
        """Write a position for people."""
        if not position:
            return "the beginning"
        if self.listing.order == "time":
            return f"{datetime.fromtimestamp(float(position), UTC).astimezone():%F %H:%M}"
        return position

    def position(self, item: Item) -> float:
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
        items: All items on the pages that it turned, in the tracker's order, without repetition.
        newest: The highest position among them; None when none has one.
        lowest: The lowest.
        more: Whether there is more behind the last page that it turned.
        gap: The positions between which nothing could be seen: the older and the newer end.
        odd: How many entries could not be read.

    """

    items: tuple[Item, ...]
    newest: float | None
    lowest: float | None
    more: bool
    gap: tuple[str, str] | None
    odd: int = 0

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


async def look(stream: Stream, before: SeenBefore, site: Site, ask: Ask) -> Found:
    """
    Turn the pages of a stream back to its watermark.

    Args:
        stream: Where to look.
        before: What is known of it; a first look turns one page.
        site: The site.
        ask: Asks the tracker.

    Raises:
        TrackerError: If a page can't be had; nothing is known of the later ones then.

    """
    listing = stream.listing
    watermark = float(before.watermark) if before.watermark else None
    items: dict[str, Item] = {}
    positions: list[float] = []
    number, odd = 1, 0
    reached = listing.order == "whole" or not before.begun
    while True:
        page, behind = await _turn(stream, number, site, ask)
        for item in page.items:
            items.setdefault(item.id, item)  # the newer page tells what is true now
        positions += behind
        odd += page.odd
        reached = reached or (watermark is not None and any(at <= watermark for at in behind))
        more = number < page.pages
        if reached or not more or not page.items or number >= listing.last_page:
            break
        number += 1
    newest, lowest = max(positions, default=None), min(positions, default=None)
    gap = None
    if not reached and more and lowest is not None:
        gap = ("" if watermark is None else _text(watermark), _text(lowest))
    return Found(tuple(items.values()), newest, lowest, more, gap, odd)


def news(
    stream: Stream, found: Found, known: Collection[str], before: SeenBefore
) -> tuple[Item, ...]:
    """Return what is new among the items that a look found, oldest first."""
    if not before.begun:
        return ()
    floor = float(before.floor) if before.floor else None
    fresh = [
        item
        for item in found.items
        if item.id not in known and (floor is None or stream.position(item) > floor)
    ]
    fresh.reverse()
    return tuple(sorted(fresh, key=stream.position))


async def _turn(stream: Stream, number: int, site: Site, ask: Ask) -> tuple[Page, list[float]]:
    """Ask for a page; tell also the positions of those that stand in the stream's order."""
    answer = await ask(stream.page(number))
    try:
        page = extract(stream.listing, answer.payload, site)
        front = stream.listing.front
        ordered = [item for item in page.items if not (front and item.fields.get(front))]
        if stream.listing.order == "whole":
            return page, []
        return page, [stream.position(item) for item in ordered]
    except Broken as problem:
        raise Broken(str(problem), raw=answer.raw) from None


def _text(position: float) -> str:
    return f"{position:.6f}".rstrip("0").rstrip(".")
