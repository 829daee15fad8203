"""Makes the plan: from the watches, their schedules, and what earlier runs taught."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf

from gazelled.config import Every, Limit, Schedule, Tracker
from gazelled.model import StreamId
from gazelled.planning.frequency import HOUR, Frequency, rhythm
from gazelled.planning.plan import Plan, Planned
from gazelled.schedule import LONGEST_OFFSET, Timetable
from gazelled.watches.sentinel import SENTINEL, heralded
from gazelled.watches.watch import Watch

ACCOUNT = "account"
_ONCE_A_DAY = 1 / 24


@dataclass(frozen=True, slots=True)
class Past:
    """
    What earlier runs taught.

    Attributes:
        last_runs: When each source was asked last.
        pages: How many pages the list of a source had when it was seen whole.
        details: How many items of a source were asked for one by one, on average of its runs.
        named: How often the sentinel made a source be asked, from 0 to 1, on average.

    """

    last_runs: Mapping[str, datetime] = field(default_factory=dict)
    pages: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, float] = field(default_factory=dict)
    named: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, last_runs: Mapping[str, datetime], kept: Mapping[str, str]) -> Past:
        """
        Read what the watcher keeps under the keys `pages:SOURCE`, `details:SOURCE`, `named:SOURCE`.

        Args:
            last_runs: When each source was asked last.
            kept: What is kept.

        """
        pages, details = _numbers(kept, "pages:"), _numbers(kept, "details:")
        whole = {source: max(1, round(count)) for source, count in pages.items()}
        return cls(last_runs, whole, details, _numbers(kept, "named:"))


def make_plan(
    tracker: Tracker,
    watches: Sequence[Watch],
    schedules: Mapping[str, Schedule],
    past: Past,
    now: datetime,
) -> Plan:
    """
    Make the plan.

    Args:
        tracker: The tracker.
        watches: All watches.
        schedules: When each is due, by its name.
        past: What earlier runs taught.
        now: The time of day.

    """
    return _Planner(tracker, watches, schedules, past, now).plan()


class _Planner:
    """Makes one plan; what `make_plan` takes."""

    def __init__(
        self,
        tracker: Tracker,
        watches: Sequence[Watch],
        schedules: Mapping[str, Schedule],
        past: Past,
        now: datetime,
    ) -> None:
        self._tracker = tracker
        self._schedules = schedules
        self._past = past
        self._now = now
        self._rhythms: dict[tuple[Schedule, ...], Frequency] = {}
        self._sources: dict[StreamId, list[Watch]] = {}
        for watch in watches:
            self._sources.setdefault(watch.source, []).append(watch)

    def plan(self) -> Plan:
        named = heralded(self._sources)
        planned: list[Planned] = []
        told = False
        for name, watches in self._sources.items():
            if not told and (name in named or (named and name == SENTINEL)):
                planned.append(self._sentinel(named))
                told = True
            if not (named and name == SENTINEL):
                planned.append(self._source(name, watches, named=name in named))
        limit = self._tracker.limit
        most = limit.requests * HOUR / limit.per if limit.per else inf
        share = self._tracker.share
        return Plan(tuple(self._real(planned, limit, most)), most * share, most, share)

    def _source(self, name: str, watches: Sequence[Watch], *, named: bool) -> Planned:
        schedules = self._all(watches)
        beat = self._rhythm(schedules)
        due = Timetable(schedules, 0.0).first(self._past.last_runs.get(name), self._now)
        return Planned(
            watches=tuple(watch.name for watch in watches),
            asks=name,
            next=None if named else due,
            pages=self._pages(name, watches),
            details=self._past.details.get(name, 0.0) if _asks_details(watches) else None,
            named=named,
            per_hour=self._named_per_hour(name, beat) if named else beat.per_hour,
            fresh=beat.longest,
        )

    def _named_per_hour(self, name: str, beat: Frequency) -> float:
        """Return how often the sentinel causes a request of a source; until known, always."""
        share = min(self._past.named.get(name, 1.0), 1.0)
        return min(max(beat.per_hour * share, _ONCE_A_DAY), beat.per_hour)

    def _sentinel(self, named: Collection[str]) -> Planned:
        """Plan the request that is made for all that it speaks for, and for those who watch it."""
        speaks_for = [name for name in self._sources if name in named or name == SENTINEL]
        watches = [watch for name in speaks_for for watch in self._sources[name]]
        return self._source(SENTINEL, watches, named=False)

    def _all(self, watches: Sequence[Watch]) -> tuple[Schedule, ...]:
        return tuple(self._schedules[watch.name] for watch in watches)

    def _rhythm(self, schedules: tuple[Schedule, ...]) -> Frequency:
        if schedules not in self._rhythms:
            self._rhythms[schedules] = rhythm(schedules, self._now)
        return self._rhythms[schedules]

    def _pages(self, name: str, watches: Sequence[Watch]) -> int:
        first = watches[0]
        if first.call.action == ACCOUNT:
            return 2 if self._tracker.bare_token else 1
        whole = any(each.listing and each.kind.reads_whole(each.listing) for each in watches)
        return self._past.pages.get(name, 1) if whole else 1

    def _real(self, planned: Sequence[Planned], limit: Limit, most: float) -> list[Planned]:
        """Add what waiting makes of the promises, when everything is due at once."""
        if sum(each.load for each in planned) >= most:
            return [replace(each, really=inf) for each in planned]
        wait = sum(each.requests for each in planned) * limit.per / limit.requests
        return [replace(each, really=each.fresh + wait + self._offset(each)) for each in planned]

    def _offset(self, planned: Planned) -> float:
        """Return how much later than its clock time a schedule runs, so that not all coincide."""
        by_the_clock = [
            name for name in planned.watches if not isinstance(self._schedules[name], Every)
        ]
        return LONGEST_OFFSET if by_the_clock else 0.0


def _numbers(kept: Mapping[str, str], begin: str) -> dict[str, float]:
    return {
        key.removeprefix(begin): float(text)
        for key, text in kept.items()
        if key.startswith(begin) and text.replace(".", "", 1).isdecimal()
    }


def _asks_details(watches: Sequence[Watch]) -> bool:
    return any(watch.listing and _looks_at(watch) & watch.listing.more.keys() for watch in watches)


def _looks_at(watch: Watch) -> set[str]:
    """Return the fields that a watch looks at."""
    ended = watch.cleared.names if watch.cleared else frozenset()
    return {*watch.fields, *watch.match.names, *watch.raised.names, *ended}
