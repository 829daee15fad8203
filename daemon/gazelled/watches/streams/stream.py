"""A stream: an ordered source of items that several watches share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from gazelled.errors import BadAnswer
from gazelled.model import Call, Position, StreamId
from gazelled.text import local_minute
from gazelled.tracker.catalogue import Listing

OVERLAP = 10
"""How many entries that should be known are looked at again: uploads are found late at times."""


class Placed(Protocol):
    """What has a place in a stream: an item, or an entry of which hardly more is read."""

    @property
    def id(self) -> str:
        """What it is known by."""

    @property
    def time(self) -> datetime | None:
        """When it appeared."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An ordered source of items that several watches share; the call is that of its first page."""

    call: Call
    listing: Listing

    @property
    def name(self) -> StreamId:
        return StreamId(str(self.call))

    @property
    def ordered(self) -> bool:
        """Whether its items have places; else it is seen as a whole."""
        return self.listing.order in {"id", "time"}

    @property
    def contiguous_ids(self) -> bool:
        """Whether each id between two of it was given to something of its own."""
        return self.listing.contiguous_ids and not self.listing.narrowed(self.call.params)

    @property
    def overlap(self) -> int:
        """How many entries that were seen before end a look."""
        return 1 if self.listing.paging.oldest_first else OVERLAP

    def page(self, number: int | None) -> Call:
        """Return the call for a page; without a number for the one that comes by itself."""
        if number is None or (number == 1 and not self.listing.paging.starts_last):
            return self.call
        params = tuple(sorted([*self.call.params, (self.listing.paging.page, str(number))]))
        return replace(self.call, params=params)

    def place(self, position: Position | None) -> str:
        if position is None:
            return "the beginning"
        if self.listing.order == "time":
            return local_minute(datetime.fromtimestamp(position, UTC))
        return str(position)

    def position(self, item: Placed) -> Position:
        """
        Return where in the stream's order an item stands; a list without an order has one place.

        Raises:
            BadAnswer: If it has no place there.

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
