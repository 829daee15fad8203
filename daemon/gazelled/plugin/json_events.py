"""Events as JSON, in the form of docs/event-schema.md."""

from __future__ import annotations

import dataclasses

from gazelled.model import Event, Item


def event_json(event: Event) -> dict[str, object]:
    """Return an event as an object of JSON, complete: times in ISO 8601, sizes in bytes."""
    return {
        "event_key": event.key,
        "at": event.at.isoformat(),
        "kind": event.kind.value,
        "watch": event.watch,
        "also": list(event.also),
        "title": event.title,
        "text": event.text,
        "why": list(event.why),
        "urgent": event.urgent,
        "changes": [dataclasses.asdict(change) for change in event.changes],
        "items": [item_json(item) for item in event.items],
        "events": [event_json(inner) for inner in event.events],
    }


def item_json(item: Item) -> dict[str, object]:
    """Return an item as an object of JSON."""
    values = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
    time = item.time.isoformat() if item.time else None
    return {**values, "time": time, "fields": dict(item.fields)}
