"""Which watches could share requests, by rules in place of parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gazelled.planning.plan import Plan, Planned, name_watches, number, table_of
from gazelled.text import either
from gazelled.watches.watch import Watch

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
