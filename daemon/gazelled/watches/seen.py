"""What one look shows to the watches that share it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from gazelled.model import Item, Mark, Position, StreamId
from gazelled.store.codec import dump_item, load_item
from gazelled.tracker.catalogue import Listing
from gazelled.watches.streams.stream import Stream


@dataclass(frozen=True)
class Seen:
    """
    What one look at a stream shows.

    Attributes:
        items: All that was seen, in the tracker's order; nothing where news alone count.
        fresh: What is new, the oldest first.
        complete: Whether that is the whole list.
        restored: Whether ids of the stream were given again, so that an id alone names no event.

    """

    stream: Stream
    items: tuple[Item, ...]
    fresh: tuple[Item, ...]
    complete: bool
    at: datetime
    restored: bool = False

    @property
    def name(self) -> StreamId:
        """The source as a person types it."""
        return self.stream.name

    @property
    def source(self) -> Listing:
        """How the source lists its items."""
        return self.stream.listing

    def mark_of(self, item: Item) -> Mark:
        """Return a mark that holds an item."""
        return Mark(json.dumps({"id": item.id, "item": dump_item(item)}))

    def item_of(self, mark: Mark) -> Item:
        """
        Return the item that a mark holds.

        Raises:
            ValueError: If it holds none.

        """
        try:
            was = json.loads(mark.body)
            return load_item(was["id"], was["item"])
        except (KeyError, TypeError) as error:
            raise ValueError("the mark holds no item") from error

    def position(self, item: Item) -> Position:
        """Return where in the order of the source an item stands."""
        return self.stream.position(item)

    def above(self, position: Position | None) -> Seen:
        """Leave out what is new but stands no higher than a position."""
        least = position or 0.0
        fresh = tuple(item for item in self.fresh if self.stream.position(item) > least)
        return replace(self, fresh=fresh)

    @cached_property
    def things(self) -> Mapping[str, Item]:
        """What was seen, each thing as it is now: one that moved meanwhile was seen twice."""
        latest: dict[str, Item] = {}
        for item in self.items:
            thing = self.stream.listing.thing(item)
            before = latest.get(thing)
            if before is None or self.stream.position(item) > self.stream.position(before):
                latest[thing] = item
        return latest
