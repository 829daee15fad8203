"""How often schedules make a source due, and how long one waits for it at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from gazelled.schedule import Timetable
from gazelled.watches.keys.schedules import Every, Schedule

HOUR = 3600.0
_HORIZON = timedelta(days=8)
_MOST_RUNS = 300


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often something is due: runs per hour, and the longest time between two, in seconds."""

    per_hour: float
    longest: float


def frequency_of(schedules: Sequence[Schedule], now: datetime) -> Frequency:
    """Return how often something is due that is due whenever one of its schedules says so."""
    intervals = [each.seconds for each in schedules if isinstance(each, Every)]
    if len(intervals) == len(schedules):
        return Frequency(HOUR / min(intervals), min(intervals))
    timetable = Timetable(schedules, 0.0)
    moments = [moment] if (moment := timetable.after(now)) else []
    while moments and len(moments) < _MOST_RUNS:
        following = timetable.after(moments[-1])
        if following is None:
            break
        moments.append(following)
        if following > now + _HORIZON:
            break
    if len(moments) < 2:  # noqa: PLR2004 - a time between needs two
        return Frequency(0.0, _HORIZON.total_seconds())
    waits = [(later - sooner).total_seconds() for sooner, later in pairwise(moments)]
    return Frequency(HOUR * len(waits) / sum(waits), max(waits))
