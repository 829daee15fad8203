"""`kind = "gone"`: reports items that are no longer listed."""

from __future__ import annotations

from collections.abc import Sequence

from gazelled.plugin import Event, EventKind, Item, human_size
from gazelled.plugin.kinds import (
    Kind,
    Look,
    Mark,
    Outcome,
    SourceView,
    by_data_set,
    data_set,
)
from gazelled_plugins.kinds.absence import forget_absent

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

    def unfit(self, source: SourceView) -> str:
        if source.order == "value":
            return "it is a single thing, not a list"
        return (
            "it lists only a part, and an entry that leaves that part isn't gone"
            if source.window
            else ""
        )

    def decide(self, look: Look) -> Outcome:
        outcome = Outcome()
        too_long = not (look.complete or look.source.remaining)
        if too_long:
            look.log.warning("watch.list_truncated", seen=len(look.items))
        if look.first:
            outcome.events.append(look.first_look_event(_TOO_LONG if too_long else ""))
        for thing, item in look.things.items():
            mark = look.marks.get(thing)
            fits = look.fits(item)
            if fits is False and mark is not None:
                outcome.marks[thing] = None
            elif mark is not None and mark.was_absent:
                outcome.marks[thing] = Mark(mark.body)
            elif fits and mark is None:
                outcome.marks[thing] = look.mark_of(item)
        gone = [look.item_of(mark) for mark in forget_absent(look, outcome)]
        staying = {data_set(item) for item in look.things.values()}
        outcome.events += [
            _event(look, members, stays=data_set(members[0]) in staying)
            for members in by_data_set(gone, lambda item: item)
        ]
        return outcome


def _event(look: Look, members: Sequence[Item], *, stays: bool) -> Event:
    """Make the event of a data set, or of some of its formats if others stay."""
    title, text = members[0].title, "It is no longer in the list."
    if stays:
        formats = [_format(item) for item in members]
        more = ["…"] if len(formats) > SHOWN_FORMATS else []
        title = f"{title.rstrip(': ')} ({'; '.join([*formats[:SHOWN_FORMATS], *more])})"
        text = "\n".join(
            [*(f"{form} is no longer in the list." for form in formats), "The data set is."]
        )
    return look.event(EventKind.GONE, members, title=title, text=text)


def _format(item: Item) -> str:
    """Return one of the torrents of a data set in words: "FASTQ, 7.1 GiB"."""
    size = "" if item.size is None else human_size(item.size)
    parts = [str(part) for part in (item.fields.get("format"), size) if part]
    return ", ".join(parts) or f"torrent {item.id}"
