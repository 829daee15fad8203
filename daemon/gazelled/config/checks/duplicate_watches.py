"""Warns of watches that do the same as another, so that things are reported twice."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gazelled.config.document.problems import Problems
from gazelled.watches.watch import Watch


def warn_of_duplicates(watches: Mapping[str, Watch], problems: Problems) -> None:
    """Warn of watches of which one is enough."""
    same: dict[object, Watch] = {}
    same_but_tell: dict[object, Watch] = {}
    for watch in watches.values():
        key = ("watch", watch.name.partition(":")[0])
        if problems.below(key):
            continue  # once its errors are fixed, it may be none
        rule = json.dumps(_plain(json.loads(watch.rule)), sort_keys=True)
        # Who only sees what is new sees it once, however often they look.
        timed = None if watch.kind.follows else watch.schedule
        twin = same.setdefault((rule, timed, frozenset(watch.tell)), watch)
        other = same_but_tell.setdefault((rule, watch.schedule, watch.urgent, watch.first), watch)
        if twin is not watch:
            problems.warn(key, f"{watch.name} does the same as {twin.name}; one of them is enough")
        elif other is not watch:
            names = ", ".join(f'"{name}"' for name in dict.fromkeys((*other.tell, *watch.tell)))
            problems.warn(
                key,
                f"{watch.name} does the same as {other.name} for other targets; one watch can"
                f" notify them all: tell = [{names}]",
            )


def _plain(value: object) -> object:
    """Write a rule one way: a text is a list of one, and no list has an order."""
    match value:
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return sorted(json.dumps(member) for member in value)
        case str():
            return [json.dumps(value)]
        case _:
            return value
