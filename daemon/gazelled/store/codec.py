"""
Events, items and times as the store writes them.

An event or an item is one line of ASCII JSON (any text survives that); what has its default is left
out, so that a field that the model gains later needs no migration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gazelled.model import Change, Event, EventKind, Item, Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_number(moment: datetime) -> int:
    """Return a time, which must have its zone, as whole microseconds since 1970, for SQLite."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone can't be kept")
    return (moment - _EPOCH) // _MICROSECOND


def from_number(number: int) -> datetime:
    """Read what `to_number` wrote."""
    return _EPOCH + number * _MICROSECOND


def dump_event(event: Event) -> str:
    """Write an event as one line of JSON."""
    return json.dumps(_event_data(event), separators=(",", ":"))


def _event_data(event: Event) -> dict[str, object]:
    data = {
        "key": event.key,
        "kind": event.kind.value,
        "watch": event.watch,
        "at": to_number(event.at),
        "title": event.title,
        "text": event.text,
        "items": [] if _items_of(event.events) == event.items else [*map(_item_data, event.items)],
        "why": event.why,
        "changes": [(change.field, change.before, change.after) for change in event.changes],
        "urgent": event.urgent or None,
        "events": [_event_data(inner) for inner in event.events],
        "also": event.also,
        "request": event.request,
    }
    return _without_defaults(data)


def load_event(text: str) -> Event:
    """Read what `dump_event` wrote."""
    return _event(json.loads(text))


def _items_of(events: Sequence[Event]) -> tuple[Item, ...]:
    """Return what a digest is about, which is not written a second time."""
    return tuple(item for event in events for item in event.items)


def _event(data: Mapping[str, Any]) -> Event:
    events = tuple(map(_event, data.get("events", ())))
    return Event(
        key=data.get("key", ""),
        kind=EventKind(data["kind"]),
        watch=data.get("watch", ""),
        at=from_number(data["at"]),
        title=data.get("title", ""),
        text=data.get("text", ""),
        items=tuple(map(_item, data.get("items", ()))) or _items_of(events),
        why=tuple(data.get("why", ())),
        changes=tuple(
            Change(name, _value(before), _value(after))
            for name, before, after in data.get("changes", ())
        ),
        urgent=data.get("urgent", False),
        events=events,
        also=tuple(data.get("also", ())),
        request=data.get("request", ""),
    )


def dump_item(item: Item) -> str:
    """Write an item as one line of JSON, without its id, which stands beside it."""
    data = _item_data(item)
    data.pop("id", None)
    return json.dumps(data, separators=(",", ":"))


def load_item(name: str, text: str) -> Item:
    """Read what `dump_item` wrote of the item with an id."""
    return _item(json.loads(text) | {"id": name})


def dump_fields(fields: Mapping[str, Value]) -> str:
    """Write fields as one line of JSON."""
    return json.dumps(dict(fields), separators=(",", ":"))


def load_fields(text: str) -> dict[str, Value]:
    """Read what `dump_fields` wrote."""
    return _fields(json.loads(text))


def _fields(data: Mapping[str, Any]) -> dict[str, Value]:
    return {name: _value(value) for name, value in data.items()}


def _item_data(item: Item) -> dict[str, object]:
    data: dict[str, object] = {
        "id": item.id,
        "kind": item.kind,
        "title": item.title,
        "url": item.url,
        "time": None if item.time is None else to_number(item.time),
        "summary": item.summary,
        "group": item.group,
        "fields": dict(item.fields),
    }
    # Here empty and unknown are two things.
    values = {"tags": item.tags, "size": item.size}
    return _without_defaults(data) | {name: it for name, it in values.items() if it is not None}


def _item(data: Mapping[str, Any]) -> Item:
    time = data.get("time")
    return Item(
        id=data.get("id", ""),
        kind=data.get("kind", ""),
        title=data.get("title", ""),
        url=data.get("url", ""),
        time=None if time is None else from_number(time),
        summary=data.get("summary", ""),
        tags=None if data.get("tags") is None else tuple(data["tags"]),
        size=data.get("size"),
        group=data.get("group", ""),
        fields=_fields(data.get("fields", {})),
    )


def _value(value: Any) -> Value:  # noqa: ANN401 - whatever JSON holds
    return tuple(value) if isinstance(value, list) else value


def _without_defaults(data: Mapping[str, object]) -> dict[str, object]:
    # Numbers stay: a time can be 0.
    return {name: it for name, it in data.items() if it or isinstance(it, int)}
