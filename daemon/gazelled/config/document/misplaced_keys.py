"""Keys that stand where they mean nothing, and where they belong."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Problems
from gazelled.text import nearest
from gazelled.tracker.catalogue.actions import ACTIONS

NAMED = ("watch", "target", "plugin", "profile")
"""Tables that have a name of their own: `[watch.NAME]`."""

_WATCH: Mapping[str, str] = {
    "action": "ask",
    "active": "disabled",
    "condition": "if",
    "enabled": "disabled",
    "filter": "match",
    "interval": "every",
    "notify": "tell",
    "params": "with",
    "schedule": "every",
    "targets": "tell",
    "timezone": "zone",
    "when": "if",
}
"""What other programs call the keys of a watch."""

_ELSEWHERE: Mapping[str, str] = {
    "alive": "[notices]",
    "allow": "[tracker]",
    "burst": "[target.NAME]",
    "catch_up": "[tracker]",
    "digest": "[target.NAME]",
    "plugin": "[target.NAME]",
    "quiet": "[target.NAME]",
    "share": "[tracker]",
}
"""The tables of keys that people write into others, beside those of watches."""


def where_it_belongs(
    key: Key, keys: Collection[str], of_watches: Collection[str], ask: str = ""
) -> str:
    """
    Return where a key belongs that its table doesn't know; empty if that is unknown, too.

    `known` are the keys that its table knows, `of_watches` those that watches alone have, and
    `ask` is the action of the watch that it is written for.
    """
    name = str(key[-1])
    if key[0] == "watch":
        if near := _WATCH.get(name) or _inside(name, keys, ask):
            return f'unknown key; did you mean "{near}"?'
    elif nearest(name, keys):
        return ""
    home = "[watch.NAME]" if name in of_watches else _ELSEWHERE.get(name)
    if not home:
        return ""
    if key[0] == "watch-defaults":
        return f"this can't be a default; set it in each {home}"
    if len(key) == 1:
        header = f"[watch.NAME.{name}]" if name in {"match", "with"} else home
        return f"belongs below the header {header}"
    return f"belongs to {home}"


def in_inner_table(problems: Problems, key: Key) -> str:
    """Return the message for a key in the table below the one it belongs to."""
    *outer, inner, _ = key
    table, header = ".".join(map(str, outer)), ".".join(map(str, key[:-1]))
    if problems.places.has_header(key[:-1]):
        return f"belongs to [{table}] but stands below [{header}]; move it above that line"
    return f"belongs to [{table}], not into {inner}; move it out"


def _inside(name: str, keys: Collection[str], ask: str) -> str:
    """Return what a key of a watch was meant to be, also in the tables below it."""
    action = ACTIONS.get(ask)
    places = {key: key for key in keys}
    if action:
        places |= {parameter: f"with.{parameter}" for parameter in action.params}
        for listing in action.listings:
            places |= {field: f"match.{field}" for field in {**listing.more, **listing.fields}}
    return places.get(nearest(name.removesuffix("_regex"), places) or "", "")


def leave_out_nameless(document: dict[str, object], problems: Problems) -> None:
    """Report tables that lack a name, as `[watch]` and `[watch.match]` do, and remove them."""
    for kind in NAMED:
        tables = document.get(kind)
        if isinstance(tables, list):
            problems.error((kind,), f"each needs a name, in single brackets: [{kind}.NAME]")
            del document[kind]
        if not isinstance(tables, dict):
            continue
        plain = [name for name, table in tables.items() if not isinstance(table, dict)]
        if plain and problems.places.has_header((kind,)):
            problems.error((kind,), f"needs a name: [{kind}.NAME]")
            for name in plain:
                del tables[name]
    watches = document.get("watch")
    for name in ("match", "with"):
        table = watches.get(name) if isinstance(watches, dict) else None
        if isinstance(watches, dict) and isinstance(table, dict) and "ask" not in table:
            text = f"it is unclear of which watch; write [watch.NAME.{name}]"
            problems.error(("watch", name), text)
            del watches[name]
