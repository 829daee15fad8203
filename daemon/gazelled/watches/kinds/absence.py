"""What leaves a list: it counts as gone on the second look only, and only if all was seen."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.store import Mark
from gazelled.watches.seen import Outcome, Seen
from gazelled.watches.watch import Watch

MOST_ABSENT = 1000
"""So many things are remembered that left the part of a list which can be seen: the newest."""

_ABSENT = "-"
"""Stands before what is remembered of a thing that wasn't there at the last look."""


def was_absent(mark: str) -> bool:
    """Return whether a thing wasn't there at the last look."""
    return mark.startswith(_ABSENT)


def remembered(mark: str) -> str:
    """Return what is remembered of a thing, whether it was there at the last look or not."""
    return mark.removeprefix(_ABSENT)


def forget_absent(
    watch: Watch, seen: Seen, marks: Mapping[str, str], outcome: Outcome
) -> list[str]:
    """
    Mark what isn't there, and forget what isn't there for the second time.

    Args:
        watch: The watch.
        seen: What the look shows.
        marks: What the watch remembers.
        outcome: Where new marks go.

    Returns:
        What was remembered of each thing that is gone.

    """
    absent = marks.keys() - seen.things.keys()
    if not seen.complete:
        newest_last = sorted(absent, key=lambda thing: (len(thing), thing))
        outcome.marks += [Mark(watch.name, thing, None) for thing in newest_last[:-MOST_ABSENT]]
        return []
    gone = [thing for thing in absent if was_absent(marks[thing])]
    outcome.marks += [
        Mark(watch.name, thing, None if thing in gone else _ABSENT + marks[thing])
        for thing in absent
    ]
    return sorted(remembered(marks[thing]) for thing in gone)
