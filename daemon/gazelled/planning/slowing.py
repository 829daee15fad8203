"""Which watches to run less often so that all fit into their share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from gazelled.planning.frequency import HOUR
from gazelled.planning.plan import Plan, Planned, name_watches, number, table_of
from gazelled.units import human_duration
from gazelled.watches.keys.schedules import Cron
from gazelled.watches.watch import Watch

_LADDER = (0.5, 1, 2, 3, 4, 6, 8, 12, 24, 48, 168)
_FEW = 3


class _Slower(NamedTuple):
    """What to run only every so many hours, what all need then, and whether it can be named."""

    hours: float
    slowed: Sequence[Planned]
    per_hour: float
    few: bool


def slowing(plan: Plan, watches: Mapping[str, Watch]) -> Iterator[str]:
    """Return which few watches to run less often, or else all, so that they fit."""
    if (slower := _slower(plan)) is None:
        return
    names = [name for planned in slower.slowed for name in planned.watches]
    whom = name_watches(map(table_of, names)) if slower.few else "all watches that ask more often"
    every = human_duration(slower.hours * HOUR)
    needs = f"{number(slower.per_hour)} of {number(plan.allowed)}"
    cron = any(isinstance(watches[name].schedule, Cron) for name in names)
    yield f'every = "{every}" for {whom} brings it to {needs}{" (in place of cron)" * cron}'


def slowed_most(plan: Plan) -> Planned | None:
    """Return what to run less often first; nothing if that alone doesn't help."""
    slower = _slower(plan)
    return max(slower.slowed, key=lambda each: each.load) if slower else None


def _slower(plan: Plan) -> _Slower | None:
    groups = _by_table([planned for planned in plan.planned if not planned.named])
    groups.sort(key=lambda group: -sum(planned.load for planned in group))
    for hours in _LADDER:
        fast = [group for group in groups if any(each.per_hour > 1 / hours for each in group)]
        for count in range(1, min(_FEW, len(fast)) + 1):
            slowed = [*chain.from_iterable(fast[:count])]
            if (per_hour := _slowed(plan, slowed, hours)) <= plan.allowed:
                return _Slower(hours, slowed, per_hour, few=True)
    everything = [*chain.from_iterable(groups)]
    for hours in _LADDER:
        if (per_hour := _slowed(plan, everything, hours)) <= plan.allowed:
            return _Slower(hours, everything, per_hour, few=False)
    return None


def _by_table(planned: Sequence[Planned]) -> list[list[Planned]]:
    """Group what is slowed down together, since one table of the config stands for it."""
    groups: list[tuple[set[str], list[Planned]]] = []
    for each in planned:
        tables, members = {table_of(name) for name in each.watches}, [each]
        for group in [group for group in groups if group[0] & tables]:
            groups.remove(group)
            tables |= group[0]
            members = [*group[1], *members]
        groups.append((tables, members))
    return [members for _, members in groups]


def _slowed(plan: Plan, planned: Sequence[Planned], hours: float) -> float:
    """Return the requests per hour that remain when some run only every so many hours."""
    # Details are requested for each new item, however seldom the list is.
    saved = sum((each.per_hour - min(each.per_hour, 1 / hours)) * each.pages for each in planned)
    return plan.per_hour - saved
