"""What leaves a list: it counts as gone on the second look only, and only if all was seen."""

from __future__ import annotations

from gazelled.plugin.kinds import Look, Mark, MarkState, Outcome

MOST_ABSENT = 1000
"""So many things are remembered that left the part of a list which can be seen: the newest."""


def forget_absent(look: Look, outcome: Outcome) -> list[Mark]:
    """Mark what isn't there, and return and forget what isn't there for the second time."""
    marks = look.marks
    absent = marks.keys() - look.things.keys()
    if not look.complete:
        newest_last = sorted(absent, key=lambda thing: (len(thing), thing))
        outcome.marks |= dict.fromkeys(newest_last[:-MOST_ABSENT])
        return []
    gone = [marks[thing] for thing in absent if marks[thing].was_absent]
    outcome.marks |= {
        thing: None if mark.was_absent else mark._replace(state=MarkState.ABSENT)
        for thing, mark in marks.items()
        if thing in absent
    }
    return sorted(gone)
