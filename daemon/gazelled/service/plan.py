"""The plan: what the watches ask, how often, and what that needs of the tracker's limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from gazelled.config import Config, TokenAuth
from gazelled.rules import human_duration
from gazelled.schedule import Timetable

_HOUR = 3600.0
_HORIZON = timedelta(days=8)
_MOST_RUNS = 300


@dataclass(frozen=True, slots=True)
class Planned:
    """
    What is asked for one or more watches together.

    Attributes:
        watches: The watches that share it.
        asks: What is asked.
        next: When it is asked next; None when that never comes.
        requests: Requests for each run; more only to catch up after a pause.
        per_hour: Requests per hour.
        fresh: Seconds after which what is new has been seen, at the latest.

    """

    watches: tuple[str, ...]
    asks: str
    next: datetime | None
    requests: int
    per_hour: float
    fresh: float


@dataclass(frozen=True, slots=True)
class Plan:
    """
    All that the watches ask, against their share.

    Attributes:
        planned: What is asked, in the order of the config.
        per_hour: Requests per hour in total.
        allowed: Requests per hour that the watches may make.
        limit: Requests per hour that the tracker takes; infinite when it has no limit.
        share: The part of the limit that the watches may use.

    """

    planned: tuple[Planned, ...]
    per_hour: float
    allowed: float
    limit: float
    share: float

    @property
    def over(self) -> bool:
        """Whether the watches ask more than they may."""
        return self.per_hour > self.allowed

    @property
    def greediest(self) -> Planned:
        """What is asked most often."""
        return max(self.planned, key=lambda each: each.requests * each.per_hour)


def _requests(config: Config, name: str) -> int:
    """Count the requests of one run: a token needs two for the account."""
    tracker = config.tracker
    bare = isinstance(tracker.auth, TokenAuth) and not tracker.profile.token_loads_user
    return 2 if config.watches[name].ask == "account" and bare else 1


def make_plan(
    config: Config,
    sources: Mapping[str, Sequence[str]],
    last_runs: Mapping[str, datetime],
    now: datetime,
) -> Plan:
    """
    Make the plan.

    Args:
        config: The configuration.
        sources: The names of the watches that share a source, by what is asked.
        last_runs: When each source was asked last.
        now: The time of day.

    """
    planned: list[Planned] = []
    for asks, names in sources.items():
        schedules = [config.watches[name].schedules for name in names]
        timetable = Timetable(schedules, 0.0)
        per_hour, fresh = _rhythm(timetable, now)
        planned.append(
            Planned(
                watches=tuple(names),
                asks=asks,
                next=timetable.first(last_runs.get(asks), now),
                requests=_requests(config, names[0]),
                per_hour=per_hour,
                fresh=fresh,
            )
        )
    limit = config.tracker.limit
    most = limit.requests * _HOUR / limit.per if limit.per else float("inf")
    return Plan(
        planned=tuple(planned),
        per_hour=sum(each.requests * each.per_hour for each in planned),
        allowed=most * config.tracker.share,
        limit=most,
        share=config.tracker.share,
    )


def figures(plan: Plan) -> str:
    """Say what the watches need: "6.2 of 60 requests an hour (share 10 % of 600)"."""
    return (
        f"{_number(plan.per_hour)} of {_number(plan.allowed)} requests an hour "
        f"(share {_number(plan.share * 100)} % of {_number(plan.limit)})"
    )


def advice(plan: Plan) -> str:
    """Say what to slow down when the watches ask more than they may."""
    most = plan.greediest
    return (
        f"all watches together need {figures(plan)}; ask less often here, which takes "
        f"{_number(most.per_hour)} of them, or raise share in [tracker]"
    )


def freshness(seconds: float) -> str:
    """Write a promise: "1h", "3d"."""
    return human_duration(round(seconds / 60) * 60 or seconds)


def _rhythm(timetable: Timetable, now: datetime) -> tuple[float, float]:
    """Tell the runs per hour, and the longest time between two of them."""
    moments = [moment] if (moment := timetable.after(now)) else []
    while moments and len(moments) < _MOST_RUNS:
        following = timetable.after(moments[-1])
        if following is None:
            break
        moments.append(following)
        if following > now + _HORIZON:
            break
    if len(moments) < 2:  # noqa: PLR2004 - a time between needs two
        return 0.0, _HORIZON.total_seconds()
    waits = [(later - sooner).total_seconds() for sooner, later in pairwise(moments)]
    return _HOUR * len(waits) / sum(waits), max(waits)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
