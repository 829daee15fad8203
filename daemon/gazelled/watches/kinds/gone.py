"""`kind = "gone"`: reports items that are no longer listed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from gazelled.model import Event, EventKind, Item
from gazelled.store import Mark
from gazelled.store.codec import dump_item, load_item
from gazelled.tracker.catalogue import Listing
from gazelled.units import human_size
from gazelled.watches.deciding import first_look_event
from gazelled.watches.events import by_data_set, data_set, event_of
from gazelled.watches.kinds.absence import forget_absent
from gazelled.watches.seen import Outcome, Seen
from gazelled.watches.watch import Kind, Watch

log = structlog.stdlib.get_logger(__name__)

SHOWN_FORMATS = 3
_TOO_LONG = (
    "The list is longer than its pages, so nothing can be reported as gone: narrow the request."
)


class GoneKind(Kind):
    """Remembers what fits, and reports what isn't in the whole list for the second time."""

    name = "gone"
    about = "reports items that are no longer listed"
    compares_states = True
    takes = frozenset({"match", "if"})
    afterwards = "From now on, items that disappear are reported."
    tried = "these are the items it watches; which of them disappear is not stored"
    silent = "it is watched, but was not reported as gone"

    def unfit(self, listing: Listing) -> str:
        if listing.order == "value":
            return "it is a single thing, not a list"
        return (
            "it lists only a part, and an entry that leaves that part isn't gone"
            if listing.window
            else ""
        )

    def decide(
        self, watch: Watch, seen: Seen, marks: Mapping[str, Mark], *, first: bool
    ) -> Outcome:
        outcome = Outcome()
        too_long = not (seen.complete or seen.stream.listing.remaining)
        if too_long:
            log.warning("watch.list_truncated", watch=watch.name, seen=len(seen.items))
        if first:
            afterwards = _TOO_LONG if too_long else self.afterwards
            outcome.events.append(first_look_event(watch, seen, afterwards))
        for thing, item in seen.things.items():
            mark = marks.get(thing)
            fits = watch.match.holds(item, seen.at)
            if fits is False and mark is not None:
                outcome.marks[thing] = None
            elif mark is not None and mark.was_absent:
                outcome.marks[thing] = Mark(mark.body)
            elif fits and mark is None:
                outcome.marks[thing] = item_mark(item)
        gone = [marked_item(body) for body in forget_absent(seen, marks, outcome)]
        staying = {data_set(item) for item in seen.things.values()}
        outcome.events += [
            _event(watch, members, seen.at, stays=data_set(members[0]) in staying)
            for members in by_data_set(gone, lambda item: item)
        ]
        return outcome


def item_mark(item: Item) -> Mark:
    """Return what is remembered of an item, so that it can be reported when it isn't there."""
    return Mark(json.dumps({"id": item.id, "item": dump_item(item)}))


def marked_item(body: str) -> Item:
    """Return the item that is remembered."""
    was = json.loads(body)
    return load_item(was["id"], was["item"])


def _event(watch: Watch, members: Sequence[Item], at: datetime, *, stays: bool) -> Event:
    """Make the event of a data set, or of some of its formats if others stay."""
    title, text = members[0].title, "It is no longer in the list."
    if stays:
        formats = [_format(item) for item in members]
        more = ["…"] if len(formats) > SHOWN_FORMATS else []
        title = f"{title.rstrip(': ')} ({'; '.join([*formats[:SHOWN_FORMATS], *more])})"
        text = "\n".join(
            [*(f"{form} is no longer in the list." for form in formats), "The data set is."]
        )
    return event_of(watch, EventKind.GONE, members, at, title=title, text=text)


def _format(item: Item) -> str:
    """Return one of the torrents of a data set in words: "FASTQ, 7.1 GiB"."""
    size = "" if item.size is None else human_size(item.size)
    parts = [str(part) for part in (item.fields.get("format"), size) if part]
    return ", ".join(parts) or f"torrent {item.id}"
