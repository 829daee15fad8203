"""What one look shows to the watches that share it, and what each makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from gazelled.model import Event, Item, Position
from gazelled.store import Mark
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


@dataclass(slots=True)
class Outcome:
    """What a watch makes of a look: events, and marks to remember by thing; None forgets one."""

    events: list[Event] = field(default_factory=list)
    marks: dict[str, Mark | None] = field(default_factory=dict)
