"""Checks `[watch.NAME]` beyond its types, and builds the watches."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gazelled.config.lines import Key
from gazelled.config.model import Kind, Watch
from gazelled.config.problems import Report
from gazelled.config.schedules import (
    Every,
    Schedule,
    check_zone,
    closest,
    parse_cron,
    parse_every,
)
from gazelled.config.tables import WatchTable, landed
from gazelled.model import Params
from gazelled.rules import Expression, Match, human_duration, parse_expression, parse_match
from gazelled.tracker.actions import ACTIONS
from gazelled.tracker.catalogue import SNAPSHOT, Action, Listing, Word, check
from gazelled.wording import unknown

_HOUR = 3600.0
_FIELDS: Mapping[str, type] = {
    name: kind
    for action in ACTIONS.values()
    for listing in action.listings
    for name, kind in listing.fields.items()
}
"""Every field that some answer tells."""

_WORDS: tuple[Word, ...] = ("category", "platform", "format", "license", "scope")


@dataclass(frozen=True, slots=True)
class Around:
    """
    What a watch must fit to.

    Attributes:
        targets: The names of the targets.
        floor: The least seconds between two runs.
        by_token: Whether the log-in is a token.

    """

    targets: Collection[str]
    floor: float
    by_token: bool


def check_watch(
    name: str, table: WatchTable, given: set[str], around: Around, report: Report
) -> Watch:
    """
    Check one watch and build it; what is wrong in it is told, and left out.

    Args:
        name: Its name.
        table: Its table.
        given: The keys that stand in the file, fitting or not.
        around: What it must fit to.
        report: Where problems go.

    """
    at: Key = ("watch", name)
    strays = _landed(at, table, report)
    action = _check_action(at, table, given | strays, around, report)
    kind = _check_kind(at, table, action, strays, report)
    match = _check_match(at, table, action, kind, strays, report)
    condition = _check_if(at, table, action, kind, strays, report)
    params = _check_params(at, table, action, kind, strays, report)
    tell = check_tell((*at, "tell"), table.tell, around.targets, report)
    if kind == "call" and tell:
        report.error((*at, "tell"), 'kind = "call" tells nobody, it hands the answer to plugins')
    if kind == "new" and not (tell or "tell" in strays or report.told((*at, "tell"))):
        report.warn(at, 'tells nobody; write tell = ["…"] with the name of a target')
    return Watch(
        name=name,
        about=table.about,
        ask=table.ask,
        params=params,
        schedules=_check_schedule(at, table, around.floor, report),
        kind=kind,
        match=Match((*match.demands, *condition.conditions)),
        tell=tell,
        mark_read=table.mark_read,
        rule=_rule(table, params, kind),
    )


def _rule(table: WatchTable, params: Params, kind: str) -> str:
    """Write down what is asked and which items, for `gazelled.config.rules_kept`."""
    rule = {"ask": table.ask, "with": dict(params), "kind": kind, "match": table.match}
    return json.dumps(rule | ({"if": table.if_} if table.if_ else {}), default=str)


def check_tell(
    key: Key, names: list[str], targets: Collection[str], report: Report
) -> tuple[str, ...]:
    """Check that every name is a target's."""
    for index, name in enumerate(names):
        if name not in targets and not report.told((*key, index)):
            report.error((*key, index), unknown(f'target "{name}"', name, targets))
    return tuple(dict.fromkeys(names))


def _landed(at: Key, table: WatchTable, report: Report) -> set[str]:
    """Find keys of the watch that landed in a table below it."""
    action = ACTIONS.get(table.ask)
    known = {"match": {*_FIELDS, "title"}, "with": set(action.params) if action else set()}
    found: set[str] = set()
    for inner, keys in (("match", table.match), ("with", table.with_)):
        for key in sorted(WatchTable.keys() & set(keys) - known[inner]):
            report.error((*at, inner, key), landed(report, (*at, inner, key)))
            found.add(key)
    return found


def _check_action(
    at: Key, table: WatchTable, given: set[str], around: Around, report: Report
) -> Action | None:
    key = (*at, "ask")
    if "ask" not in given:
        report.error(key, 'missing; write ask = "browse" or another action')
        return None
    if report.told(key) or (not table.ask and "ask" not in table.model_fields_set):
        return None
    action = ACTIONS.get(table.ask)
    if action is None:
        report.error(key, unknown(f'action "{table.ask}"', table.ask, ACTIONS))
        return None
    if action.changes:
        report.error(key, f"{action.name} {action.changes}; no watch may ask it")
    if around.by_token and not action.token:
        why = f": {action.blind}" if action.blind else ""
        report.error(key, f"{action.name} needs login or cookies, a token isn't enough{why}")
    note = f": {action.note}" if action.note else ""
    if action.state == "absent":
        report.error(key, f"the tracker hasn't implemented {action.name}{note}")
    elif action.state == "broken":
        report.warn(key, f"{action.name} doesn't work at the tracker{note}")
    return action


def _listing(action: Action | None, table: WatchTable) -> Listing | None:
    """Tell how the answer is read as items."""
    given = tuple((name, str(value)) for name, value in table.with_.items())
    return action.listing(given) if action else None


def _check_kind(
    at: Key, table: WatchTable, action: Action | None, strays: set[str], report: Report
) -> Kind:
    if action is None or "kind" in strays:
        return table.kind or "new"
    if table.kind == "new" and _listing(action, table) is None:
        listing = [name for name, each in ACTIONS.items() if each.listings]
        report.error(
            (*at, "kind"),
            f'{action.name} lists nothing that could be new; write kind = "call", or ask'
            f" {', '.join(listing)}",
        )
    return table.kind or ("new" if _listing(action, table) else "call")


def _check_match(
    at: Key,
    table: WatchTable,
    action: Action | None,
    kind: str,
    strays: set[str],
    report: Report,
) -> Match:
    key = (*at, "match")
    left = {name: value for name, value in table.match.items() if name not in strays}
    if left and kind == "call":
        report.error(key, 'kind = "call" hands over the whole answer, so match has no meaning')
        return Match()
    listing = _listing(action, table)
    fields = listing.fields if listing else _FIELDS
    match, mistakes = parse_match(left, fields, answer=table.ask, elsewhere=_FIELDS)
    for path, sentence in mistakes:
        report.error((*key, *path), sentence)
    for name in [each for each in _WORDS if each in left and each in fields]:
        value = left[name]
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and (doubt := SNAPSHOT.doubt(name, text)):
                report.warn((*key, name), doubt)
    return match


def _check_if(
    at: Key, table: WatchTable, action: Action | None, kind: str, strays: set[str], report: Report
) -> Expression:
    key = (*at, "if")
    if "if_" not in table.model_fields_set or "if" in strays:
        return Expression()
    if kind == "call":
        report.error(key, 'kind = "call" hands over the whole answer, so if has no meaning')
        return Expression()
    listing = _listing(action, table)
    fields = listing.fields if listing else _FIELDS
    expression, sentences = parse_expression(table.if_, fields, answer=table.ask, elsewhere=_FIELDS)
    for sentence in sentences:
        report.error(key, sentence)
    return expression


def _check_params(
    at: Key, table: WatchTable, action: Action | None, kind: str, strays: set[str], report: Report
) -> Params:
    if action is None:
        return ()
    given = {name: value for name, value in table.with_.items() if name not in strays}
    listing = _listing(action, table) if kind == "new" else None
    for name in given:
        if listing and name in listing.fixed:
            report.error(
                (*at, "with", name),
                f'{name} changes what comes first, and kind = "new" looks there for news; leave it'
                ' out, or write kind = "call"',
            )
    checked = check(action, given, beside=listing.with_ if listing else ())
    for name, sentence in checked.errors:
        report.error((*at, "with", *([name] if name in given else [])), sentence)
    for name, sentence in checked.hints:
        report.warn((*at, "with", *([name] if name in given else [])), sentence)
    if checked.errors or table.mark_read:
        return checked.params
    params = action.gentle(checked.params)
    if marks := action.marks(params):
        deciding = [name for each in action.effects for name in each.when if name in given]
        report.error(
            (*at, "with", deciding[-1]) if deciding else (*at, "ask"),
            f"reading {action.name} marks {marks} as read on the site; if you want that, write"
            " mark_read = true",
        )
    return params


def _check_schedule(at: Key, table: WatchTable, floor: float, report: Report) -> Schedule:
    if wrong := check_zone(table.zone):
        report.error((*at, "zone"), wrong)
    key = (*at, "cron" if table.cron else "every")
    schedule: Schedule = Every(max(_HOUR, floor))
    if table.every and table.cron:
        report.error((*at, "cron"), "every stands here too; keep one of them")
    try:
        if table.cron:
            schedule = parse_cron(table.cron, table.zone)
        elif table.every:
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
