"""A kind of watch: `kind = "trend"` tells when a number grows faster than usual."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import mean

from gazelled.plugin import Change, EventKind, PluginConfig, RegisterKind, hookimpl
from gazelled.plugin.kinds import Kind, Look, Mark, Outcome, SourceView, field_label, field_of
from pydantic import Field

LEAST = 3
"""So many looks teach what is usual."""


class TrendKeys(PluginConfig):
    """The keys that it has for itself in `[watch.NAME]`."""

    factor: float = Field(default=3.0, gt=1, description="how much faster than usual is told")
    looks: int = Field(default=24, ge=LEAST, description="how many looks are what is usual")


class TrendKind(Kind[TrendKeys]):
    """Remembers the last values of each number, and reports a step that is larger than usual."""

    name = "trend"
    about = "reports numbers that grow faster than usual"
    keys = TrendKeys
    compares_states = True
    takes = frozenset({"match", "if", "fields"})
    requires: Mapping[str, str] = {"fields": "name the numbers to watch, like fields = [{fields}]"}
    afterwards = "From now on, what grows faster than usual is reported."
    tried = "these are the items it watches; how their numbers grew is not stored"
    silent = "it is watched, but nothing of it grew faster than usual"

    def unfit(self, source: SourceView) -> str:
        """Return why a source has no numbers."""
        numbers = [type_ for name, type_ in source.fields.items() if name != "age" and type_.amount]
        return "" if numbers else "it has no numbers"

    def decide(self, look: Look[TrendKeys]) -> Outcome:
        """Report the items of which a number grew by more than `factor` times its usual growth."""
        outcome = Outcome([look.first_look_event()] if look.first else [])
        for thing, item in look.things.items():
            mark = look.marks.get(thing)
            values = json.loads(mark.body) if mark else {}
            changes = []
            for name in look.watch.fields:
                value = field_of(item, name)
                if isinstance(value, bool) or not isinstance(value, int | float):
                    continue  # unknown, or no number
                before = values.get(name, [])
                if before and _is_fast([*before, value], look.keys.factor):
                    changes.append(Change(name, before[-1], value))
                values[name] = [*before, value][-look.keys.looks - 1 :]
            if changes and look.fits(item):
                text = "\n".join(
                    f"{field_label(change.field)} {change.before} → {change.after}, usually"
                    f" {_usual(values[change.field][:-1]):+.3g} a look"
                    for change in changes
                )
                outcome.events.append(
                    look.event(
                        EventKind.CHANGE, [item], title=item.title, text=text, changes=changes
                    )
                )
            outcome.marks[thing] = Mark(json.dumps(values))
        if look.complete:
            outcome.marks |= dict.fromkeys(look.marks.keys() - look.things.keys())
        return outcome


def _is_fast(values: Sequence[float], factor: float) -> bool:
    """Return whether the last step is larger than those before it usually were."""
    *earlier, last = values
    grown = last - earlier[-1]
    return len(earlier) > LEAST and grown > max(factor * _usual(earlier), 0.0)


def _usual(values: Sequence[float]) -> float:
    return mean(after - before for before, after in pairwise(values)) if len(values) > 1 else 0.0


@hookimpl
def gazelled_kinds(register: RegisterKind) -> None:
    """Contribute the kind."""
    register(TrendKind())
