"""What to slow down or merge when the watches ask more than they may, and what that would give."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gazelled.planning.frequency import HOUR
from gazelled.planning.plan import Plan, Planned, figures, number
from gazelled.text import either
from gazelled.units import human_duration
from gazelled.watches.keys.schedules import Cron
from gazelled.watches.watch import Watch

_LADDER = (0.5, 1, 2, 3, 4, 6, 8, 12, 24, 48, 168)
_FEW = 3
_NAMED = 5
_MUCH = 0.3
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


@dataclass(frozen=True, slots=True)
class _Slower:
    """
    How to ask less often, so that it fits.

    Attributes:
        hours: How many hours are between two runs then.
        slowed: What is asked less often.
        left: The requests per hour that all need then.
        few: Whether it is a few that can be named.

    """

    hours: float
    slowed: Sequence[Planned]
    left: float
    few: bool


def advice(plan: Plan, watches: Mapping[str, Watch]) -> str:
    """
    Return advice on watches that exceed their share.

    Args:
        plan: Their plan.
        watches: The watches by name.

    """
    cron = {name for name, watch in watches.items() if isinstance(watch.schedule, Cron)}
    ways = [
        *slowing(plan, cron),
        *sharing_uploads(plan, watches),
        *same_request(plan, watches),
        *narrowing(plan),
        "raise share in [tracker]",
    ]
    return f"all watches together need {figures(plan)}; {'; or '.join(ways)}"


def slowing(plan: Plan, by_the_clock: Collection[str] = frozenset()) -> Iterator[str]:
    """Return which few watches to run less often, or else all, so that they fit."""
    if (slower := _slower(plan)) is None:
        return
    every, whom = human_duration(slower.hours * HOUR), "all watches that ask more often"
    if slower.few:
        whom = _names([_table(name) for each in slower.slowed for name in each.watches])
    so_much = f"{number(slower.left)} of {number(plan.allowed)}"
    instead = _instead(slower.slowed, by_the_clock)
    yield f'every = "{every}" for {whom} brings it to {so_much}{instead}'


def slowed_most(plan: Plan) -> Planned | None:
    """Return what to run less often first; nothing if that alone doesn't help."""
    slower = _slower(plan)
    return max(slower.slowed, key=lambda each: each.load) if slower else None


def _slower(plan: Plan) -> _Slower | None:
    groups = _together([each for each in plan.planned if not each.named])
    able = sorted(groups, key=lambda group: -sum(each.load for each in group))
    for hours in _LADDER:
        fast = [group for group in able if any(each.per_hour > 1 / hours for each in group)]
        for count in range(1, min(_FEW, len(fast)) + 1):
            slowed = [each for group in fast[:count] for each in group]
            if (left := _slowed(plan, slowed, hours)) <= plan.allowed:
                return _Slower(hours, slowed, left, few=True)
    everything = [each for group in able for each in group]
    for hours in _LADDER:
        if (left := _slowed(plan, everything, hours)) <= plan.allowed:
            return _Slower(hours, everything, left, few=False)
    return None


def narrowing(plan: Plan) -> Iterator[str]:
    """Return whose details are requested most, if that is what costs."""
    dear = max(plan.planned, key=lambda each: each.per_hour * (each.details or 0), default=None)
    details = dear.per_hour * (dear.details or 0) if dear else 0
    if dear and details > plan.allowed * _MUCH:
        yield (
            f"demand more of {_names(dear.watches)} that the list itself tells: {number(details)} "
            "requests an hour are for details"
        )


def _together(planned: Sequence[Planned]) -> list[list[Planned]]:
    """Group what is slowed down together, since one table of the config stands for it."""
    groups: list[tuple[set[str], list[Planned]]] = []
    for each in planned:
        tables, members = {_table(name) for name in each.watches}, [each]
        for group in [group for group in groups if group[0] & tables]:
            groups.remove(group)
            tables |= group[0]
            members = [*group[1], *members]
        groups.append((tables, members))
    return [members for _, members in groups]


def _table(watch: str) -> str:
    """Return the name of the table that a watch is made of: one of many, if it has terms."""
    return watch.partition(":")[0]


def _instead(slowed: Sequence[Planned], by_the_clock: Collection[str]) -> str:
    cron = set(by_the_clock) & {name for each in slowed for name in each.watches}
    return " (in place of cron)" if cron else ""


def sharing_uploads(plan: Plan, watches: Mapping[str, Watch]) -> Iterator[str]:
    """Return which searches could be rules, and so share the stream of all uploads."""
    candidates: list[tuple[Planned, list[str]]] = []
    shared: Planned | None = None
    for planned in plan.planned:
        watch = _news_alone(planned, watches)
        if watch is None or watch.listing is None or not watch.listing.dense:
            continue
        if not watch.listing.narrowed(watch.call.params):
            shared = planned
            continue
        names = [each for each, _ in watch.call.params if each not in dict(watch.listing.with_)]
        if set(names) <= _LOCAL.keys() | _BESIDE:
            candidates.append((planned, [name for name in names if name in _LOCAL]))
    together = [*([shared] if shared else []), *(planned for planned, _ in candidates)]
    if len(together) < 2:  # noqa: PLR2004 - it takes two to share
        return
    saved = sum(each.load for each in together) - max(each.load for each in together)
    alike: dict[tuple[str, ...], list[str]] = {}
    for planned, names in candidates:
        rules = [_rule(name, watches[planned.watches[0]]) for name in names]
        alike.setdefault((*names, "", *rules), []).extend(map(_table, planned.watches))
    says = []
    for key, whom in alike.items():
        names, rules = list(key[: key.index("")]), list(key[key.index("") + 1 :])
        written = either([f"with.{name}" for name in names], "and")
        says.append(f"{written} of {_names(whom)} could be {either(rules, 'and')}")
    whose = f" with {_names(shared.watches)}" if shared else ""
    who = "it shares" if len(candidates) == 1 else "they share"
    yield (
        f"{either(says, 'and')}, then {who} the stream of all uploads{whose}, "
        f"which saves {number(saved * 24)} requests a day"
    )


def same_request(plan: Plan, watches: Mapping[str, Watch]) -> Iterator[str]:
    """Return which watches ask more narrowly than another one, with which they could share."""
    news = [
        (planned, watch)
        for planned in plan.planned
        if (watch := _news_alone(planned, watches)) and not planned.named
    ]
    for narrow, one in news:
        for broad, other in news:
            if one.listing is None or other.listing is None:
                continue
            params, fewer = dict(one.call.params), dict(other.call.params)
            if one.call.action != other.call.action or not fewer.items() < params.items():
                continue
            if one.listing.sources != other.listing.sources or one.listing.dense:
                continue  # a search of all uploads is said above, if a rule can do it
            first, second = _names(narrow.watches), _names(broad.watches)
            saved = min(narrow.load, broad.load) * 24
            yield (
                f"{first} and {second} differ in with.{min(params.keys() - fewer.keys())}: the "
                f"same with, and a match for the rest, would make them one request, which saves "
                f"{number(saved)} requests a day"
            )
            break


def _news_alone(planned: Planned, watches: Mapping[str, Watch]) -> Watch | None:
    """Return one of the watches that share a source, if all of them look at new items alone."""
    found = [watches[name] for name in planned.watches if name in watches]
    return found[0] if found and all(each.kind.news_only for each in found) else None


def _rule(parameter: str, watch: Watch) -> str:
    if parameter == "taglist":
        return "match.tags.any" if _ANY_TAG in watch.call.params else "match.tags.all"
    return f"match.{_LOCAL[parameter]}"


def _slowed(plan: Plan, planned: Sequence[Planned], hours: float) -> float:
    """Return the requests per hour that remain when some run only every so many hours."""
    # Details are asked for each new thing, however seldom one looks.
    saved = sum((each.per_hour - min(each.per_hour, 1 / hours)) * each.pages for each in planned)
    return plan.per_hour - saved


def _names(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    if len(names) > _NAMED:
        names = [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
    return either(names, "and")
