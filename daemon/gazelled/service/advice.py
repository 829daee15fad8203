"""What to slow down or merge when the watches ask more than they may, and what that would give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gazelled.rules import human_duration
from gazelled.service.plan import Plan, Planned, figures, number
from gazelled.service.rhythm import HOUR
from gazelled.watches.watch import Watch
from gazelled.wording import either

_LADDER = (0.5, 1, 2, 3, 4, 6, 8, 12, 24, 48, 168)
_FEW = 3
_NAMED = 5
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


def advice(plan: Plan, watches: Mapping[str, Watch]) -> str:
    """
    Say what to do about watches that ask more than they may.

    Args:
        plan: Their plan.
        watches: The watches by name.

    """
    ways = [
        *slowing(plan),
        *sharing_uploads(plan, watches),
        *same_request(plan, watches),
        "raise share in [tracker]",
    ]
    return f"all watches together need {figures(plan)}; {'; or '.join(ways)}"


def slowing(plan: Plan) -> Iterator[str]:
    """Say which few watches to ask less often, or else all, so that it fits."""
    able = sorted((each for each in plan.planned if not each.named), key=lambda each: -each.load)
    for hours in _LADDER:
        fast = [each for each in able if each.per_hour > 1 / hours]
        for count in range(1, min(_FEW, len(fast)) + 1):
            if (left := _slowed(plan, fast[:count], hours)) <= plan.allowed:
                names = _names([name for each in fast[:count] for name in each.watches])
                yield _slow(hours, names, left, plan)
                return
    for hours in _LADDER:
        if (left := _slowed(plan, able, hours)) <= plan.allowed:
            yield _slow(hours, "all watches that ask more often", left, plan)
            return


def sharing_uploads(plan: Plan, watches: Mapping[str, Watch]) -> Iterator[str]:
    """Say which searches could be rules, and so share the stream of all uploads."""
    candidates: list[tuple[Planned, list[str]]] = []
    shared: Planned | None = None
    for planned in plan.planned:
        watch = _alone(planned, watches, "new")
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
    says = []
    for planned, names in candidates:
        rules = [_rule(name, watches[planned.watches[0]]) for name in names]
        written = either([f"with.{name}" for name in names], "and")
        says.append(f"{written} of {_names(planned.watches)} could be {either(rules, 'and')}")
    whose = f" with {_names(shared.watches)}" if shared else ""
    who = "it shares" if len(says) == 1 else "they share"
    yield (
        f"{either(says, 'and')}, then {who} the stream of all uploads{whose}, "
        f"which saves {number(saved * 24)} requests a day"
    )


def same_request(plan: Plan, watches: Mapping[str, Watch]) -> Iterator[str]:
    """Say which watches ask more narrowly than another one, with which they could share."""
    news = [
        (planned, watch)
        for planned in plan.planned
        if (watch := _alone(planned, watches, "new")) and not planned.named
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


def _alone(planned: Planned, watches: Mapping[str, Watch], kind: str) -> Watch | None:
    """Return one of the watches that share a source, if all are of a kind."""
    found = [watches[name] for name in planned.watches if name in watches]
    return found[0] if found and all(each.kind == kind for each in found) else None


def _rule(parameter: str, watch: Watch) -> str:
    if parameter == "taglist":
        return "match.tags.any" if _ANY_TAG in watch.call.params else "match.tags.all"
    return f"match.{_LOCAL[parameter]}"


def _slowed(plan: Plan, planned: Sequence[Planned], hours: float) -> float:
    """Tell the requests per hour that are left when some are asked only every so many hours."""
    saved = sum(each.load - min(each.per_hour, 1 / hours) * each.requests for each in planned)
    return plan.per_hour - saved


def _slow(hours: float, names: str, left: float, plan: Plan) -> str:
    every = human_duration(hours * HOUR)
    return f'every = "{every}" for {names} brings it to {number(left)} of {number(plan.allowed)}'


def _names(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    if len(names) > _NAMED:
        names = [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
    return either(names, "and")
