"""What to slow down or merge when the watches ask more than they may, and what that would give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from gazelled.planning.plan import Plan, Planned, figures, name_watches, number, table_of
from gazelled.text import either
from gazelled.units import human_duration
from gazelled.watches.keys.schedules import Cron
from gazelled.watches.watch import HOUR, Watch

_MUCH = 0.3
_LADDER = (0.5, 1, 2, 3, 4, 6, 8, 12, 24, 48, 168)
_FEW = 3


def advice(plan: Plan, watches: Mapping[str, Watch]) -> str:
    """Return advice on watches that exceed their share."""
    ways = [
        *slowing(plan, watches),
        *sharing_uploads(plan, watches),
        *same_request(plan, watches),
        *_narrowing(plan),
        *_learning_less(plan),
        "raise share in [tracker]",
    ]
    return f"all watches together need {figures(plan)}; {'; or '.join(ways)}"


def _narrowing(plan: Plan) -> Iterator[str]:
    """Return whose details are requested most, if that is what costs."""
    costly = max(plan.planned, key=lambda row: row.per_hour * (row.details or 0), default=None)
    details = costly.per_hour * (costly.details or 0) if costly else 0
    if costly and details > plan.allowed * _MUCH:
        yield (
            f"restrict {name_watches(costly.watches)} by more fields that the list itself has: "
            f"{number(details)} requests an hour are for details"
        )


def _learning_less(plan: Plan) -> Iterator[str]:
    """Return which search for who uploaded what could spend less on each run."""
    for group in plan.planned:
        if group.learns * group.per_hour > plan.allowed * _MUCH:
            yield (
                f"lower with.learn of {name_watches(map(table_of, group.watches))}, which takes"
                f" longer: {number(group.learns * group.per_hour)} requests an hour are to learn"
                " who uploaded what"
            )


class _Slower(NamedTuple):
    """What to run less often, the total after that, and whether it can be named."""

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
    return max(slower.slowed, key=lambda group: group.load) if slower else None


def _slower(plan: Plan) -> _Slower | None:
    groups = _by_table([planned for planned in plan.planned if not planned.named])
    groups.sort(key=lambda group: -sum(planned.load for planned in group))
    for hours in _LADDER:
        fast = [group for group in groups if any(member.per_hour > 1 / hours for member in group)]
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
    for request in planned:
        tables, members = {table_of(name) for name in request.watches}, [request]
        for group in [group for group in groups if group[0] & tables]:
            groups.remove(group)
            tables |= group[0]
            members = [*group[1], *members]
        groups.append((tables, members))
    return [members for _, members in groups]


def _slowed(plan: Plan, planned: Sequence[Planned], hours: float) -> float:
    """Return the requests per hour that remain when some run only every so many hours."""
    # Details are requested for each new item, however seldom the list is.
    saved = sum(
        (group.per_hour - min(group.per_hour, 1 / hours)) * (group.pages + group.learns)
        for group in planned
    )
    return plan.per_hour - saved


_LOCAL: Mapping[str, str] = {
    "taglist": "tags.all",
    "year": "year",
    "codec": "license",
    "container": "format",
    "media": "platform",
    "resolution": "scope",
    "groupname": "title",
    "size_min": "size.min",
    "size_max": "size.max",
}
"""What a search for uploads can ask, and a rule as well."""

_BESIDE = frozenset(("tags_type", "size_unit"))
_ANY_TAG = ("tags_type", "0")


def sharing_uploads(plan: Plan, watches: Mapping[str, Watch]) -> Iterator[str]:
    """Return which searches could be rules, and so share the stream of all uploads."""
    shared, searches = _uploads(plan, watches)
    loads = [planned.load for planned in [*shared, *(planned for planned, _ in searches)]]
    if len(loads) < 2:  # noqa: PLR2004 - it takes two to share
        return
    alike: dict[tuple[str, str], list[str]] = {}
    for planned, names in searches:
        params = either([f"with.{name}" for name in names], "and")
        rules = either([_rule(name, watches[planned.watches[0]]) for name in names], "and")
        alike.setdefault((params, rules), []).extend(map(table_of, planned.watches))
    changes = [
        f"{params} of {name_watches(tables)} could be {rules}"
        for (params, rules), tables in alike.items()
    ]
    whose = f" with {name_watches(shared[0].watches)}" if shared else ""
    yield (
        f"{either(changes, 'and')}, then {'it shares' if len(searches) == 1 else 'they share'} the"
        f" stream of all uploads{whose}, which saves {number((sum(loads) - max(loads)) * 24)}"
        " requests a day"
    )


def _uploads(
    plan: Plan, watches: Mapping[str, Watch]
) -> tuple[list[Planned], list[tuple[Planned, list[str]]]]:
    """Return the stream of all uploads, and searches with the parameters that rules could be."""
    shared: list[Planned] = []
    searches: list[tuple[Planned, list[str]]] = []
    for planned in plan.planned:
        watch = _news_alone(planned, watches)
        if watch is None or watch.listing is None or not watch.listing.contiguous_ids:
            continue
        names = dict(watch.call.params).keys() - dict(watch.listing.with_).keys()
        if not names:
            shared = [planned]
        elif names <= _LOCAL.keys() | _BESIDE:
            searches.append((planned, [name for name, _ in watch.call.params if name in _LOCAL]))
    return shared, searches


def same_request(plan: Plan, watches: Mapping[str, Watch]) -> Iterator[str]:
    """Return which watches ask more narrowly than another one, with which they could share."""
    news = [
        (planned, watch)
        for planned in plan.planned
        if (watch := _news_alone(planned, watches)) and watch.listing and not planned.named
    ]
    for narrow, one in news:
        for broad, other in news:
            more = _narrower_by(one, other)
            if not more:
                continue
            both = f"{name_watches(narrow.watches)} and {name_watches(broad.watches)}"
            saved = min(narrow.load, broad.load) * 24
            yield (
                f"{both} differ in with.{min(more)}:"
                " the same with, and a match for the rest, would make them one request, which"
                f" saves {number(saved)} requests a day"
            )
            break


def _narrower_by(one: Watch, other: Watch) -> set[str]:
    """Return the parameters by which a watch asks for a part of what another one asks for."""
    params, fewer = dict(one.call.params), dict(other.call.params)
    if one.call.action != other.call.action or not fewer.items() < params.items():
        return set()
    if not (one.listing and other.listing) or one.listing.lists != other.listing.lists:
        return set()
    # A search of all uploads has its own advice, if a rule can do it.
    return set() if one.listing.contiguous_ids else params.keys() - fewer.keys()


def _news_alone(planned: Planned, watches: Mapping[str, Watch]) -> Watch | None:
    """Return one of the watches that share a source, if all of them look at new items alone."""
    sharing = [watches[name] for name in planned.watches if name in watches]
    return sharing[0] if sharing and all(watch.kind.news_only for watch in sharing) else None


def _rule(parameter: str, watch: Watch) -> str:
    if parameter == "taglist":
        return "match.tags.any" if _ANY_TAG in watch.call.params else "match.tags.all"
    return f"match.{_LOCAL[parameter]}"
