"""Keys that stand where they mean nothing, and where they belong."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Report
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
    **dict.fromkeys(("about", "ask", "cron", "each", "every", "fields", "first"), "[watch.NAME]"),
    **dict.fromkeys(("disabled", "if", "kind", "mark_read", "tell", "until"), "[watch.NAME]"),
    **dict.fromkeys(("urgent", "with", "match"), "[watch.NAME]"),
    "alive": "[notices]",
    "catch_up": "[tracker]",
    "plugin": "[target.NAME]",
    "quiet": "[target.NAME]",
    "share": "[tracker]",
}
"""The tables of keys that people write into others."""


def stray(key: Key, known: Collection[str], ask: str = "") -> str:
    """
    Say where a key belongs that its table doesn't know; nothing if that isn't known either.

    Args:
        key: The key.
        known: The keys that its table knows.
        ask: What the watch asks that it is written for, if it is.

    """
    name = str(key[-1])
    if key[0] == "watch":
        found = _WATCH.get(name) or _inside(name, known, ask)
        if found:
            return f'unknown key; did you mean "{found}"?'
    elif nearest(name, known):
        return ""
    home = _ELSEWHERE.get(name)
    if not home:
        return ""
    if key[0] == "watch-defaults":
        return f"watches don't share this; it stands in each {home}"
    if len(key) == 1:
        header = f"[watch.NAME.{name}]" if name in {"match", "with"} else home
        return f"belongs below the header {header}"
    return f"belongs to {home}"


def _inside(name: str, known: Collection[str], ask: str) -> str:
    """Find what a key of a watch was meant to be, also in the tables below it."""
    action = ACTIONS.get(ask)
    places = {each: each for each in known}
    if action:
        places |= {each: f"with.{each}" for each in action.params}
        for listing in action.listings:
            places |= {each: f"match.{each}" for each in {**listing.more, **listing.fields}}
    return places.get(nearest(name.removesuffix("_regex"), places) or "", "")


def leave_out_nameless(document: dict[str, object], report: Report) -> None:
    """
    Tell tables that lack a name, as `[watch]` and `[watch.match]` do, and take them out.

    Args:
        document: The document; it is changed.
        report: Where problems go.

    """
    for kind in NAMED:
        tables = document.get(kind)
        if isinstance(tables, list):
            report.error((kind,), f"each has a name and single brackets: [{kind}.NAME]")
            del document[kind]
        if not isinstance(tables, dict):
            continue
        plain = [name for name, table in tables.items() if not isinstance(table, dict)]
        if plain and report.source.has_header((kind,)):
            report.error((kind,), f"needs a name: [{kind}.NAME]")
            for name in plain:
                del tables[name]
    watches = document.get("watch")
    for name in ("match", "with"):
        table = watches.get(name) if isinstance(watches, dict) else None
        if isinstance(watches, dict) and isinstance(table, dict) and "ask" not in table:
            text = f"it is unclear of which watch; write [watch.NAME.{name}]"
            report.error(("watch", name), text)
            del watches[name]
