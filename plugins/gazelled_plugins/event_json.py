"""Events as JSON for other programs: the journal, webhooks and programs get the same object."""

from __future__ import annotations

import json
import re

from gazelled.plugin import Delivery, event_json

__all__ = ["VERSION", "delivery_json", "event_json", "json_line"]

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


def json_line(data: object) -> bytes:
    """Return data as one line of JSON in UTF-8, without its end; no half of a surrogate is left."""
    return _SURROGATES.sub("\ufffd", json.dumps(data, ensure_ascii=False)).encode()
