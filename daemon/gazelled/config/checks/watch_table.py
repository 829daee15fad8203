"""Checks `[watch.NAME]` and `[watch-defaults]` beyond their types, and builds the watches."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection
from dataclasses import dataclass

from gazelled.config.checks.notices_table import check_tell
from gazelled.config.checks.request import Asked, check_asking
from gazelled.config.checks.rule_keys import FIELDS, Ruled, check_rules
from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Report
from gazelled.config.first_look import parse_first
from gazelled.config.model import BASELINE, First, Watch
from gazelled.config.schedules import (
    Every,
    Schedule,
    check_zone,
    closest,
    parse_cron,
    parse_every,
)
from gazelled.config.tables import DefaultsTable, WatchTable, landed
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.units import human_duration

_HOUR = 3600.0
_DEFAULTS: Key = ("watch-defaults",)


@dataclass(frozen=True, slots=True)
class CheckContext:
    """
    What a watch must fit to.

    Attributes:
        targets: The names of the targets.
        floor: The least seconds between two runs.
        by_token: Whether the log-in is a token that is told less.
        music: Whether it is a site for music, whose searches take what belongs to music.

    """

    targets: Collection[str]
    floor: float
    by_token: bool
    music: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """
    Where the keys of a watch stand: in its own table, or in the defaults.

    Attributes:
        at: Where its table stands.
        shared: The keys that the defaults give.

    """

    at: Key
    shared: frozenset[str] = frozenset()

    def key(self, name: str) -> Key:
        """Tell where a key stands."""
        return (*(_DEFAULTS if name in self.shared else self.at), name)


def check_watch(
    name: str,
    table: WatchTable,
    given: set[str],
    defaults: DefaultsTable,
    around: CheckContext,
    report: Report,
) -> Watch:
    """
    Check one watch and build it; what is wrong in it is told, and left out.

    Args:
        name: Its name; what follows a colon is the term that it was made for.
        table: Its table.
        given: The keys that stand in the file, fitting or not.
        defaults: What it shares with others.
        around: What it must fit to.
        report: Where problems go.

    """
    at: Key = ("watch", name.partition(":")[0])
    strays = _landed(at, table, report)
    table, place = _with_defaults(at, table, given | strays, defaults)
    asked = check_asking(
        at,
        table,
        given,
        strays,
        by_token=around.by_token,
        music=around.music,
        report=report,
    )
    ruled = check_rules(asked, table, given, strays, report)
    return Watch(
        name=name,
        about=table.about,
        ask=sys.intern(table.ask),
        params=asked.params,
        schedules=_check_schedule(place, table, around.floor, report),
        kind=asked.kind,
        match=ruled.match,
        tell=_check_tell(place, table, asked, strays, around.targets, report),
        raised=ruled.raised,
        cleared=ruled.cleared,
        fields=ruled.fields,
        first=_check_first(place, table, asked, strays, report),
        urgent=table.urgent,
        mark_read=table.mark_read,
        rule=_rule(table, asked, ruled),
    )


def check_defaults(table: DefaultsTable, around: CheckContext, report: Report) -> None:
    """
    Check what watches share, also when none of them needs it.

    Args:
        table: The table.
        around: What a watch must fit to.
        report: Where problems go.

    """
    place = _Place(_DEFAULTS)
    check_tell(place.key("tell"), table.tell, around.targets, report)
    _check_schedule(place, table, around.floor, report)
    _first(place, table, report)


def _with_defaults(
    at: Key, table: WatchTable, own: set[str], defaults: DefaultsTable
) -> tuple[WatchTable, _Place]:
    """Fill in what the watches share: a watch's own keys win."""
    own = own | ({"every", "cron"} if own & {"every", "cron"} else set())
    shared = {name: getattr(defaults, name) for name in defaults.model_fields_set - own}
    return table.model_copy(update=shared), _Place(at, frozenset(shared))


def _rule(table: WatchTable, asked: Asked, ruled: Ruled) -> str:
    """Write down what is asked and which items, for `gazelled.config.stored_rule`."""
    rule: dict[str, object] = {
        "ask": table.ask,
        "with": dict(asked.params),
        "kind": asked.kind,
        "match": table.match,
    }
    rule |= {"if": table.if_} if table.if_ else {}
    rule |= {"until": table.until} if ruled.cleared else {}
    rule |= {"fields": ruled.fields} if ruled.fields else {}
    return json.dumps(rule, default=str)


def _landed(at: Key, table: WatchTable, report: Report) -> set[str]:
    """Find keys of the watch that landed in a table below it."""
    action = ACTIONS.get(table.ask)
    known = {"match": {*FIELDS, "title"}, "with": set(action.params) if action else set()}
    found: set[str] = set()
    for inner, keys in (("match", table.match), ("with", table.with_)):
        for key in sorted(WatchTable.keys() & set(keys) - known[inner]):
            report.error((*at, inner, key), landed(report, (*at, inner, key)))
            found.add(key)
    return found


def _check_tell(
    place: _Place,
    table: WatchTable,
    asked: Asked,
    strays: set[str],
    targets: Collection[str],
    report: Report,
) -> tuple[str, ...]:
    key = place.key("tell")
    tell = check_tell(key, table.tell, targets, report)
    if asked.kind == "call":
        if tell and "tell" not in place.shared:
            why = 'kind = "call"' if table.kind else f"{asked.name} lists nothing, so that it"
            report.error(key, f"{why} tells nobody, it hands the answer to plugins")
        return ()
    if not (tell or "tell" in strays or report.told(key)):
        report.warn(place.at, 'tells nobody; write tell = ["…"] with the name of a target')
    return tell


def _check_first(
    place: _Place, table: WatchTable, asked: Asked, strays: set[str], report: Report
) -> First:
    if "first" not in table.model_fields_set or "first" in strays:
        return BASELINE
    own = "first" not in place.shared
    if asked.kind != "new":
        if own:
            text = f'only kind = "new" tells what was there already, this is "{asked.kind}"'
            report.error(place.key("first"), text)
        return BASELINE
    first = _first(place, table, report)
    if first.since and asked.listing and "age" not in asked.listing.fields:
        if own:
            text = f'{asked.name} doesn\'t tell when things appeared; write "last:5"'
            report.error(place.key("first"), text)
        return BASELINE
    return first


def _first(place: _Place, table: DefaultsTable, report: Report) -> First:
    try:
        return parse_first(table.first, "UTC" if check_zone(table.zone) else table.zone)
    except ValueError as error:
        report.error(place.key("first"), str(error))
        return BASELINE


def _check_schedule(place: _Place, table: DefaultsTable, floor: float, report: Report) -> Schedule:
    if wrong := check_zone(table.zone):
        report.error(place.key("zone"), wrong)
    key = place.key("cron" if "cron" in table.model_fields_set else "every")
    schedule: Schedule = Every(max(_HOUR, floor))
    given = table.model_fields_set
    if table.every and table.cron:
        report.error(place.key("cron"), "every stands here too; keep one of them")
    try:
        if table.cron or "cron" in given:
            schedule = parse_cron(table.cron, table.zone)
        elif table.every or "every" in given:
            schedule = parse_every(table.every, table.zone)
    except ValueError as error:
        report.error(key, str(error))
    if closest(schedule) < floor:
        report.error(
            key,
            f"{human_duration(closest(schedule))} is too often; the site's floor is"
            f" {human_duration(floor)}",
        )
    return schedule
