"""`kind = "new"`: reports new items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from gazelled.model import Event, EventKind, Item
from gazelled.store import Mark
from gazelled.tracker.catalogue import Listing
from gazelled.watches.deciding import early, first_look_event, fitting
from gazelled.watches.events import Judged, by_data_set, event_of, item_of, occurrence
from gazelled.watches.seen import Outcome, Seen
from gazelled.watches.watch import Kind, Watch


class NewKind(Kind):
    """Reports each new item that fits once."""

    name = "new"
    about = "reports new items"
    by_default = True
    news_only = True
    takes = frozenset({"match", "if", "first"})
    afterwards = "From now on, new items are reported."

    def unfit(self, listing: Listing) -> str:
        return "it is a single thing, not a list" if listing.order == "value" else ""

    def decide(
        self, watch: Watch, seen: Seen, marks: Mapping[str, Mark], *, first: bool
    ) -> Outcome:
        """Report what is new and fits; at first only what the watch wants of what is there."""
        del marks
        items = early(watch.first, seen, watch.match) if first else seen.fresh
        news = news_events(
            watch,
            fitting(watch, items, seen.at),
            seen.at,
            seen.stream.listing.recurring,
            dated=seen.restored,
        )
        return Outcome([first_look_event(watch, seen), *news] if first else news)


def news_events(
    watch: Watch,
    fit: Sequence[Judged],
    at: datetime,
    recurring: tuple[str, ...] = (),
    *,
    dated: bool = False,
) -> list[Event]:
    """
    Make events of new items that fit: one for each data set, however many formats came.

    Args:
        fit: The items with what was decided, oldest first.
        recurring: How ids begin that come back; each time is an event of its own.
        dated: Whether ids were given again, so that their times tell them apart.

    """

    def key(item: Item) -> str:
        if item.id.startswith(recurring):
            return occurrence(item.id, at)
        # Each kind of item numbers on its own.
        number = item.id if item.kind == "torrent" else f"{item.kind.replace(' ', '-')}-{item.id}"
        return occurrence(number, item.time or at) if dated else number

    return [
        event_of(
            watch,
            EventKind.NEW,
            [item for item, _ in members],
            at,
            title=members[0][0].title,
            why=members[0][1],
            key=[key(item) for item, _ in members],
        )
        for members in by_data_set(fit, item_of)
    ]
