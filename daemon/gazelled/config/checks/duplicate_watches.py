"""Hints at watches that do the same as another, so that things are told twice."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gazelled.config.document.problems import Report
from gazelled.config.model import Watch


def hint_at_twins(watches: Mapping[str, Watch], report: Report) -> None:
    """
    Name the watches of which one is enough.

    Args:
        watches: The watches by name.
        report: Where hints go.

    """
    alike: dict[object, Watch] = {}
    same_but_tell: dict[object, Watch] = {}
    for watch in watches.values():
        key = ("watch", watch.name.partition(":")[0])
        if report.troubled(key):
            continue  # once it is mended, it may be none
        rule = json.dumps(_plain(json.loads(watch.rule)), sort_keys=True)
        timed = watch.schedules if watch.kind in {"report", "call"} else None
        tell = frozenset(watch.tell)
        twin = alike.setdefault((rule, timed, tell), watch)
        other = same_but_tell.setdefault((rule, watch.schedules, watch.urgent, watch.first), watch)
        if twin is not watch:
            report.warn(key, f"{watch.name} does the same as {twin.name}; one of them is enough")
        elif other is not watch:
            names = ", ".join(f'"{name}"' for name in dict.fromkeys((*other.tell, *watch.tell)))
            report.warn(
                key,
                f"{watch.name} does the same as {other.name} and tells others; one watch can tell"
                f" them all: tell = [{names}]",
            )


def _plain(value: object) -> object:
    """Write a rule one way: a text is a list of one, and no list has an order."""
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return sorted(json.dumps(each) for each in value)
        case str():
            return [json.dumps(value)]
        case _:
            return value
