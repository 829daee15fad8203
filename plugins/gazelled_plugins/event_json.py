"""Events as JSON for other programs: the journal, webhooks and programs get the same object."""

from __future__ import annotations

import dataclasses
import json
import re

from gazelled.plugin import Delivery, Event, Item

VERSION = 1
"""The version of the schema, docs/event.schema.json; keys may be added without a new one."""

_SURROGATES = re.compile("[\ud800-\udfff]")


def delivery_json(delivery: Delivery) -> dict[str, object]:
    """
    Return a delivery with its event as an object of JSON: docs/event-schema.md describes it.

    It is the same at every attempt.
    """
    return {
        "key": delivery.key,
        "version": VERSION,
        "id": delivery.id,
        "target": delivery.target,
        **event_json(delivery.event),
    }


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
        "items": [_item(item) for item in event.items],
        "events": [event_json(inner) for inner in event.events],
    }


def json_line(data: object) -> bytes:
    """Return data as one line of JSON in UTF-8, without its end; no half of a surrogate is left."""
    return _SURROGATES.sub("\ufffd", json.dumps(data, ensure_ascii=False)).encode()


def _item(item: Item) -> dict[str, object]:
    values = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
    time = item.time.isoformat() if item.time else None
    return {**values, "time": time, "fields": dict(item.fields)}
