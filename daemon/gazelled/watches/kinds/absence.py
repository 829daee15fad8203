"""What leaves a list: it counts as gone on the second look only, and only if all was seen."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.store import Mark, MarkState
from gazelled.watches.seen import Outcome, Seen

MOST_ABSENT = 1000
"""So many things are remembered that left the part of a list which can be seen: the newest."""


def forget_absent(seen: Seen, marks: Mapping[str, Mark], outcome: Outcome) -> list[str]:
    """Mark what isn't there, and return and forget what isn't there for the second time."""
    absent = marks.keys() - seen.things.keys()
    if not seen.complete:
        newest_last = sorted(absent, key=lambda thing: (len(thing), thing))
        outcome.marks |= dict.fromkeys(newest_last[:-MOST_ABSENT])
        return []
    gone = [marks[thing].body for thing in absent if marks[thing].was_absent]
    outcome.marks |= {
        thing: None if mark.was_absent else mark._replace(state=MarkState.ABSENT)
        for thing, mark in marks.items()
        if thing in absent
    }
    return sorted(gone)
