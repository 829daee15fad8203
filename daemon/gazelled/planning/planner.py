"""Makes the plan: from the watches and what earlier runs taught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import chain, pairwise
from math import ceil, inf
from types import MappingProxyType

from gazelled.config import Tracker
from gazelled.model import Call, StreamId
from gazelled.planning.plan import Plan, Planned, Progress
from gazelled.schedule import LONGEST_OFFSET, Timetable
from gazelled.tracker.catalogue.own_uploads import MY_UPLOADS
from gazelled.tracker.client.upload_search import (
    KEPT,
    UploaderIndex,
    current,
    load_learnt,
    most_learnt,
)
from gazelled.watches.keys.schedules import Every, Schedule
from gazelled.watches.plugins.source_listing import is_polled
from gazelled.watches.sentinel import SENTINEL, heralded
from gazelled.watches.watch import HOUR, Watch

ACCOUNT = "account"
_ONCE_A_DAY = 1 / 24
_HORIZON = timedelta(days=8)
_MOST_RUNS = 300


@dataclass(frozen=True, slots=True)
class Past:
    """
    What earlier runs taught, by source.

    Attributes:
        pages: How many pages the list of a source had when it was seen whole.
        details: How many items of a source were asked for one by one, on average of its runs.
        named: How often the sentinel made a source be asked, from 0 to 1, on average.
        learnt: What is known of who uploaded what.

    """

    last_runs: Mapping[str, datetime] = field(default_factory=dict)
    pages: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, float] = field(default_factory=dict)
    named: Mapping[str, float] = field(default_factory=dict)
    learnt: UploaderIndex = field(default_factory=UploaderIndex)

    @classmethod
    def read(cls, last_runs: Mapping[str, datetime], texts: Mapping[str, str]) -> Past:
        """Read what is kept: `pages:SOURCE`, `details:SOURCE`, `named:SOURCE`, `own_uploads`."""
        pages, details = _numbers(texts, "pages:"), _numbers(texts, "details:")
        whole = {source: max(1, round(count)) for source, count in pages.items()}
        learnt = current(load_learnt(texts.get(KEPT)))
        return cls(last_runs, whole, details, _numbers(texts, "named:"), learnt)


def make_plan(
    tracker: Tracker,
    watches: Sequence[Watch],
    past: Past,
    now: datetime,
    plugins: Mapping[str, float | None] = MappingProxyType({}),
) -> Plan:
    """
    Make the plan of all watches, with what earlier runs taught.

    Args:
        plugins: The share of each plugin that may send requests; None for one without its own.

    """
    return replace(_Planner(tracker, watches, past, now).plan(), plugins=plugins)


class _Planner:
    def __init__(
        self, tracker: Tracker, watches: Sequence[Watch], past: Past, now: datetime
    ) -> None:
        self._tracker = tracker
        self._past = past
        self._now = now
        self._sources: dict[StreamId, list[Watch]] = {}
        for watch in watches:
            self._sources.setdefault(watch.source, []).append(watch)
        self._frequency = cache(partial(frequency_of, now=now))

    def plan(self) -> Plan:
        announced = heralded(self._sources)
        # One request of the sentinel stands where the first that it speaks for would.
        by_sentinel = {*announced, SENTINEL} if announced else set()
        planned: list[Planned] = []
        for name, watches in self._sources.items():
            if name in by_sentinel and SENTINEL not in {group.asks for group in planned}:
                served = (self._sources[key] for key in self._sources if key in by_sentinel)
                planned.append(self._planned(SENTINEL, [*chain.from_iterable(served)]))
            if name not in by_sentinel or name != SENTINEL:
                planned.append(self._planned(name, watches, named=name in announced))
        limit = self._tracker.effective
        most = limit.requests * HOUR / limit.per if limit.per else inf
        share = self._tracker.share
        return Plan(tuple(self._with_waiting(planned, most)), most * share, most, share)

    def _planned(self, name: str, watches: Sequence[Watch], *, named: bool = False) -> Planned:
        schedules = tuple(watch.schedule for watch in watches)
        frequency = self._frequency(schedules)
        per_hour = frequency.per_hour
        if named:  # each time, until it is learned how often the sentinel names it
            share = min(self._past.named.get(name, 1.0), 1.0)
            per_hour = min(max(per_hour * share, _ONCE_A_DAY), per_hour)
        by_clock = not all(isinstance(schedule, Every) for schedule in schedules)
        next_run = Timetable(schedules, 0.0).first(self._past.last_runs.get(name), self._now)
        return Planned(
            watches=tuple(watch.name for watch in watches),
            asks=name,
            next=None if named else next_run,
            pages=self._pages(name, watches),
            details=self._details(name, watches),
            named=named,
            per_hour=per_hour,
            fresh=frequency.longest,
            # Not all that is due at a time of day comes at once.
            really=frequency.longest + (LONGEST_OFFSET if by_clock else 0.0),
            learns=self._learns(watches[0].call),
            progress=self._progress(watches[0].call, next_run, frequency.longest),
        )

    def _pages(self, name: str, watches: Sequence[Watch]) -> int:
        if is_polled(watches):
            return 0
        if watches[0].call.action == ACCOUNT:
            return 2 if self._tracker.bare_token else 1
        if watches[0].call.action == MY_UPLOADS:
            return self._past.learnt.requests()
        whole = any(watch.listing and watch.kind.reads_whole(watch.listing) for watch in watches)
        return self._past.pages.get(name, 1) if whole else 1

    def _learns(self, call: Call) -> int:
        return self._past.learnt.to_learn(most_learnt(call)) if call.action == MY_UPLOADS else 0

    def _details(self, name: str, watches: Sequence[Watch]) -> float | None:
        asks = any(
            watch.listing and watch.looks_at & watch.listing.more.keys() for watch in watches
        )
        return self._past.details.get(name, 0.0) if asks else None

    def _progress(self, call: Call, next_run: datetime | None, apart: float) -> Progress | None:
        """Return the progress of the search for your uploads; None unless it is under way."""
        learnt, most = self._past.learnt, most_learnt(call)
        if call.action != MY_UPLOADS or not (learnt.top and learnt.remaining):
            return None
        by = None
        if next_run and most:
            limit = self._tracker.effective
            asking = 2 * learnt.remaining * limit.per / limit.requests
            runs = ceil(learnt.remaining / most)
            by = max(next_run, self._now) + timedelta(seconds=(runs - 1) * apart + asking / runs)
        return Progress(learnt.top - learnt.remaining, learnt.remaining, by)

    def _with_waiting(self, planned: Sequence[Planned], most: float) -> list[Planned]:
        """Add what waiting makes of the promises, when everything is due at once."""
        if sum(group.load for group in planned) >= most:
            return [replace(group, really=inf) for group in planned]
        limit = self._tracker.effective
        wait = sum(group.requests for group in planned) * limit.per / limit.requests
        return [replace(group, really=group.really + wait) for group in planned]


def _numbers(texts: Mapping[str, str], prefix: str) -> dict[str, float]:
    return {
        key.removeprefix(prefix): float(text)
        for key, text in texts.items()
        if key.startswith(prefix) and text.replace(".", "", 1).isdecimal()
    }


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often something is due: runs per hour, and the longest time between two, in seconds."""

    per_hour: float
    longest: float


def frequency_of(schedules: Sequence[Schedule], now: datetime) -> Frequency:
    """Return how often something is due that is due whenever one of its schedules says so."""
    intervals = [schedule.seconds for schedule in schedules if isinstance(schedule, Every)]
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
