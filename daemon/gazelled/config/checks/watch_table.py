"""Checks `[watch.NAME]` and `[watch-defaults]`, and builds the watches."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from gazelled.config.checks.context import DEFAULTS, CheckContext, WatchCheck
from gazelled.config.checks.notices_table import check_tell
from gazelled.config.checks.request import CheckedRequest, check_request
from gazelled.config.checks.rule_keys import FIELDS, RuleCheck
from gazelled.config.document.key_lines import Key
from gazelled.config.document.misplaced_keys import in_inner_table, where_it_belongs
from gazelled.hooks.options import check_options
from gazelled.model import FirstLook
from gazelled.plugin import PluginConfig
from gazelled.plugin.kinds import AnyKind
from gazelled.text import either, unknown
from gazelled.units import human_duration
from gazelled.watches.keys.first_look import BASELINE, parse_first
from gazelled.watches.keys.schedules import (
    Every,
    Schedule,
    check_zone,
    closest,
    parse_cron,
    parse_every,
)
from gazelled.watches.watch import HOUR, DefaultsTable, Watch, WatchRule, WatchTable

SOURCE_FLOOR = 60.0
"""The least seconds between two polls of a plugin's source: the site's floor is the tracker's."""

_PLAIN = {field.name for field in fields(Watch)} & WatchTable.model_fields.keys()
"""The keys that mean what they say, so that the watch has them as they are."""


def check_watch(
    name: str, table: WatchTable, written: set[str], defaults: DefaultsTable, context: CheckContext
) -> Watch:
    """
    Check one watch and build it; what is wrong in it is left out.

    What follows a colon in its name is the term that it was made for; `written` are the keys that
    stand in the file, fitting or not.
    """
    at: Key = ("watch", name.partition(":")[0])
    misplaced = _check_misplaced(at, table, context)
    own = written | misplaced
    timed = {"every", "cron"} if own & {"every", "cron"} else set()
    shared = {key: getattr(defaults, key) for key in defaults.model_fields_set - own - timed}
    table = table.model_copy(update=shared)
    watch = WatchCheck(at, table, own, misplaced, context, shared.keys())
    request = check_request(watch)
    _check_taken(watch, request.kind)
    rule, text = RuleCheck(watch, request).rule()
    plain: dict[str, Any] = {key: getattr(table, key) for key in _PLAIN}
    plain |= {field.name: getattr(rule, field.name) for field in fields(WatchRule)}
    plain |= {
        "schedule": _check_schedule(
            watch, table, SOURCE_FLOOR if request.name in context.sources else context.floor
        ),
        "tell": _check_tell(watch, request),
        "first": _check_first(watch, request),
        "keys": _check_own(watch, request.kind),
        "plugin": context.kinds.plugin(request.kind),
    }
    return Watch(**{**plain, "name": name, "rule": text})


def check_defaults(table: DefaultsTable, context: CheckContext) -> None:
    """Check what watches share, also when none of them needs it."""
    defaults = WatchCheck(DEFAULTS, WatchTable(), (), (), context)
    check_tell(defaults.key("tell"), table.tell, context.targets, context.problems)
    _check_schedule(defaults, table, context.floor)
    _parse_first(defaults, table)


def _check_misplaced(at: Key, table: WatchTable, context: CheckContext) -> set[str]:
    """Return the keys of the watch that landed in a table below it."""
    action = context.dialect.action(table.ask)
    fields = {*FIELDS, *context.extensions.types, "title"}
    known = {"match": fields, "with": set(action.params) if action else set()}
    misplaced: set[str] = set()
    for inner, keys in (("match", table.match), ("with", table.with_)):
        for key in sorted(WatchTable.keys() & set(keys) - known[inner]):
            text = in_inner_table(context.problems, (*at, inner, key))
            unknown_source = inner == "with" and not action
            context.problems.error((*at, inner, key), text, of_plugin=unknown_source)
            misplaced.add(key)
    return misplaced


def _check_taken(watch: WatchCheck, kind: AnyKind) -> None:
    """Refuse the keys that only other kinds take; those of the defaults are for these."""
    own = watch.table.written.keys() - {*watch.shared, *watch.misplaced}
    for name in sorted(own & (watch.context.kinds.limited_keys - kind.takes)):
        if watch.table.written[name] == {}:
            continue
        text = f'kind = "{kind.name}" {kind.about}, so {name} has no effect'
        if kind.reads_items:
            kinds = watch.context.kinds.values()
            taking = either([f'"{other.name}"' for other in kinds if name in other.takes])
            text = f'only kind = {taking} takes {name}, this is "{kind.name}"'
        watch.error((name,), text, of_plugin=watch.is_kind_unknown)


def _check_own(watch: WatchCheck, kind: AnyKind) -> PluginConfig | None:
    """Check the keys that a kind has for itself, and refuse all others that no table has."""
    own = {name: value for name, value in watch.table.own.items() if name not in watch.misplaced}
    mine = {*watch.context.kinds.own_keys(kind)}
    for name in sorted(own.keys() - mine):
        watch.error((name,), _unknown_key(watch, name, kind), of_plugin=watch.is_kind_unknown)
    if kind.keys is None:
        return None
    checked = check_options(kind.keys, {name: own[name] for name in own.keys() & mine}, None)
    if isinstance(checked, PluginConfig):
        return checked
    for path, sentence in checked:
        watch.error(path or ("kind",), sentence.replace("the option ", "the key "))
    return None


def _unknown_key(watch: WatchCheck, name: str, kind: AnyKind) -> str:
    kinds, keys = watch.context.kinds, WatchTable.keys()
    taking = [other.name for other in kinds.values() if name in kinds.own_keys(other)]
    if taking:
        takes = either([f'"{other}"' for other in taking])
        return f'only kind = {takes} takes {name}, this is "{kind.name}"'
    ask = watch.table.ask
    belongs = where_it_belongs((*watch.at, name), keys, keys - {"zone"}, ask)
    return belongs or unknown("key", name, [*keys, *kinds.own_keys(kind)])


def _check_tell(watch: WatchCheck, request: CheckedRequest) -> tuple[str, ...]:
    key, kind = watch.key("tell"), request.kind
    tell = check_tell(key, watch.table.tell, watch.context.targets, watch.context.problems)
    if not kind.reads_items:
        if tell and "tell" not in watch.shared:
            why = f'kind = "{kind.name}"'
            why = why if watch.table.kind else f"{request.name} lists nothing, so that it"
            text = f"{why} notifies nobody, it {kind.about}"
            watch.error(("tell",), text, of_plugin=watch.is_kind_unknown)
        if watch.table.urgent and "urgent" not in watch.shared:
            watch.warn(("urgent",), f'kind = "{kind.name}" notifies nobody; urgent has no effect')
        return ()
    if not (tell or "tell" in watch.misplaced or watch.has_error("tell")):
        text = 'notifies nobody; write tell = ["…"] with the name of a target'
        watch.context.problems.warn(watch.at, text)
    return tell


def _check_first(watch: WatchCheck, request: CheckedRequest) -> FirstLook:
    written = watch.table.model_fields_set - {*watch.misplaced}
    if "first" not in request.kind.takes & written:
        return BASELINE
    first = _parse_first(watch, watch.table)
    if first.since and request.listing and "age" not in request.listing.fields:
        if "first" not in watch.shared:
            text = f'{request.name} does not show when things appeared; write "last:5"'
            watch.error(("first",), text)
        return BASELINE
    return first


def _parse_first(watch: WatchCheck, table: DefaultsTable) -> FirstLook:
    try:
        return parse_first(table.first, "UTC" if check_zone(table.zone) else table.zone)
    except ValueError as error:
        watch.error(("first",), str(error))
        return BASELINE


def _check_schedule(watch: WatchCheck, table: DefaultsTable, floor: float) -> Schedule:
    if wrong := check_zone(table.zone):
        watch.error(("zone",), wrong)
    written = table.model_fields_set
    schedule: Schedule = Every(max(HOUR, floor))
    if table.every and table.cron:
        watch.error(("cron",), "every is set here, too; keep one of them")
    try:
        if table.cron or "cron" in written:
            schedule = parse_cron(table.cron, table.zone)
        elif table.every or "every" in written:
            schedule = parse_every(table.every, table.zone)
    except ValueError as error:
        watch.error(("cron" if "cron" in written else "every",), str(error))
    if closest(schedule) < floor:
        whose = "the site's" if floor == watch.context.floor else "a source's"
        watch.error(
            ("cron" if "cron" in written else "every",),
            f"{human_duration(closest(schedule))} is too often; {whose} floor is"
            f" {human_duration(floor)}",
            of_plugin=watch.is_source_unknown,
        )
    return schedule
