"""A digest: several events as one, grouped by watch, the most important first."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from gazelled.delivery.merging import without_repeats
from gazelled.model import Event, EventKind
from gazelled.text import counted, either, shortened

MOST = 200
"""So many events are in a digest at most; more make several."""

_RANKS = {
    kind: rank
    for rank, kind in enumerate(
        (
            EventKind.NOTICE,
            EventKind.RAISED,
            EventKind.GONE,
            EventKind.CLEARED,
            EventKind.CHANGE,
            EventKind.NEW,
            EventKind.REPORT,
            EventKind.FIRST_LOOK,
        )
    )
}
_NOUNS = {
    EventKind.NOTICE: ("notice", "notices"),
    EventKind.RAISED: ("alert", "alerts"),
    EventKind.GONE: ("item gone", "items gone"),
    EventKind.CLEARED: ("alert over", "alerts over"),
    EventKind.CHANGE: ("change", "changes"),
    EventKind.REPORT: ("report", "reports"),
    EventKind.FIRST_LOOK: ("new watch", "new watches"),
}
_DATA_SETS = ("new data set", "new data sets")
_ITEMS = ("new item", "new items")
_MOST_WATCHES = 3
_LONGEST_LINE = 200


def digest_event(events: Sequence[Event], target: str, at: datetime) -> Event:
    """
    Make the digest of events for a target.

    Its key is the same whenever the events are, so that they make one digest.

    Args:
        events: At least one, in the order in which they were found.
        target: The name of the target.
        at: When the digest is made.

    """
    keys = "\n".join(sorted(event.key for event in events))
    digest = hashlib.sha256(keys.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    ordered = by_watch(without_repeats(events))
    return Event(
        key=f"digest:{target}:{digest}",
        kind=EventKind.DIGEST,
        watch="",
        at=at,
        title=_title(ordered),
        text=_text(ordered),
        items=tuple(item for event in ordered for item in event.items),
        events=tuple(ordered),
    )


def by_watch(events: Iterable[Event]) -> list[Event]:
    """
    Return events grouped by watch, the most important first.

    What comes first is a matter of the kind: notices, alerts, what is gone, what changed, what is
    new. A watch stands where its most important event does, and what is equal keeps its order.
    """
    groups: dict[str, list[Event]] = {}
    for event in events:
        groups.setdefault(event.watch, []).append(event)
    for group in groups.values():
        group.sort(key=_rank)
    return [event for group in sorted(groups.values(), key=_first_rank) for event in group]


def _first_rank(events: Sequence[Event]) -> int:
    return _rank(events[0])


def _rank(event: Event) -> int:
    return _RANKS.get(event.kind, len(_RANKS))


def _title(events: Sequence[Event]) -> str:
    """Return a title such as "12 new data sets in yeast and mouse"."""
    counts = Counter(_noun(event) for event in events)
    what = either([counted(number, *noun) for noun, number in counts.items()], "and")
    watches = [name for name in dict.fromkeys(event.watch for event in events) if name]
    if not watches:
        return what
    if len(watches) > _MOST_WATCHES:
        rest = len(watches) - _MOST_WATCHES
        watches = [*watches[:_MOST_WATCHES], counted(rest, "other watch", "other watches")]
    return f"{what} in {either(watches, 'and')}"


def _noun(event: Event) -> tuple[str, str]:
    """Return what an event is counted as, one and several."""
    if event.kind in _NOUNS:
        return _NOUNS[event.kind]
    return _DATA_SETS if all(item.kind == "torrent" for item in event.items) else _ITEMS


def _text(events: Sequence[Event]) -> str:
    """Return a line for each event, below the name of its watch."""
    lines: list[str] = []
    watch = None
    for event in events:
        if event.watch != watch:
            watch = event.watch
            lines += [""] * bool(lines) + [f"{watch or 'gazelled'}:"]
        also = f" (also in {either(event.also, 'and')})" if event.also else ""
        lines.append(f"- {shortened(event.title, _LONGEST_LINE)}{also}")
    return "\n".join(lines)
