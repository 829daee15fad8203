"""
One look at a stream: as many pages as it takes to reach what was seen before.

A look has no effect of its own; what it found is decided on and committed by the watcher.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gazelled.model import Answer, Call, Item, Lane
from gazelled.tracker.catalogue import Listing
from gazelled.tracker.site import Site
from gazelled.watches.extract import extract

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

    def position(self, item: Item) -> float:
        """Tell where in the stream's order an item stands; the whole list has no order."""
        match self.listing.order:
            case "id":
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
        items: All items on the pages that it turned, without repetition.
        watermark: The newest position now.
        floor: The position below which everything counts as known.
        gap: The positions between which nothing could be seen: the older and the newer end.

    """

    items: tuple[Item, ...]
    watermark: str
    floor: str
    gap: tuple[str, str] | None


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
    number, more = 1, True
    reached = listing.order == "whole" or watermark is None
    while True:
        answer = await ask(stream.page(number))
        page = extract(listing, answer.payload, site)
        items |= {item.id: item for item in page.items if item.id not in items}
        behind = [stream.position(item) for item in _in_order(listing, page.items)]
        reached = reached or (watermark is not None and any(at <= watermark for at in behind))
        more = bool(page.items) and number < page.pages
        if reached or not more or number >= listing.last_page:
            break
        number += 1
    positions = [stream.position(item) for item in _in_order(listing, items.values())]
    gap = None
    if watermark is not None and not reached and more:
        gap = (_text(watermark), _text(min(positions)))
    floor = before.floor
    if not before.begun:
        floor = _text(min(positions)) if positions and more and listing.order != "whole" else ""
    top = max([*positions, *([] if watermark is None else [watermark])], default=None)
    newest = "" if top is None or listing.order == "whole" else _text(top)
    return Found(tuple(items.values()), newest, floor, gap)


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


def _in_order(listing: Listing, items: Collection[Item]) -> Sequence[Item]:
    """Leave out what stands in front of the order."""
    return [item for item in items if not (listing.front and item.fields.get(listing.front))]


def _text(position: float) -> str:
    return f"{position:.6f}".rstrip("0").rstrip(".")
