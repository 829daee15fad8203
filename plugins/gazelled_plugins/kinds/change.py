"""`kind = "change"`: reports the old and the new values of fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gazelled.plugin import Change, EventKind, Item, Value
from gazelled.plugin.kinds import (
    FieldType,
    Kind,
    Look,
    Mark,
    Outcome,
    SourceView,
    field_label,
    field_of,
    field_value,
)
from gazelled_plugins.kinds.absence import forget_absent


class ChangeKind(Kind):
    """Remembers the fields of each item, and reports those that differ at a later look."""

    name = "change"
    about = "reports the old and the new values of fields"
    compares_states = True
    takes = frozenset({"match", "if", "fields"})
    requires: Mapping[str, str] = {
        "fields": "name the fields whose changes are reported, like fields = [{fields}]"
    }
    afterwards = "From now on, changes are reported."
    tried = "these are the items it watches; how often they change is not stored"
    silent = "it is watched, but no change of it was reported"

    def unfit(self, source: SourceView) -> str:
        return "" if source.fields.keys() - {"title", "age"} else "it has no field that changes"

    def decide(self, look: Look) -> Outcome:
        outcome = Outcome([look.first_look_event()] if look.first else [])
        fields = look.source.fields
        for thing, item in look.things.items():
            mark = look.marks.get(thing)
            was = json.loads(mark.body) if mark else {}
            is_now = {name: _field(item, name) for name in look.watch.fields}
            # What isn't sent now may be as it was; what wasn't sent then is no change.
            latest = was | {name: value for name, value in is_now.items() if value is not None}
            changes = _changes(was, latest)
            if changes and look.fits(item):
                text = "\n".join(_in_words(change, fields) for change in changes)
                event = look.event(
                    EventKind.CHANGE, [item], title=item.title, text=text, changes=changes
                )
                outcome.events.append(event)
            if mark is None or was != latest or mark.was_absent:
                outcome.marks[thing] = Mark(json.dumps(latest))
        forget_absent(look, outcome)
        return outcome


def _changes(was: Mapping[str, Any], latest: Mapping[str, Any]) -> tuple[Change, ...]:
    return tuple(
        Change(name, _value(was[name]), _value(value))
        for name, value in latest.items()
        if name in was and was[name] != value
    )


def _in_words(change: Change, fields: Mapping[str, FieldType]) -> str:
    type_ = fields.get(change.field)
    before, after = (field_value(value, type_) for value in (change.before, change.after))
    return f"{field_label(change.field)} {before} → {after}"


def _field(item: Item, name: str) -> Value | list[str]:
    """Return a field as it comes back from where it is remembered."""
    value = field_of(item, name)
    return [*value] if isinstance(value, tuple) else value


def _value(remembered_value: Value | list[str]) -> Value:
    return tuple(remembered_value) if isinstance(remembered_value, list) else remembered_value
