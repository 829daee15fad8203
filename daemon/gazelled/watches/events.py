"""What the events of all kinds of watch have in common: keys, data sets, values in words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from gazelled.fields import SIZE, FieldType
from gazelled.model import Event, EventKind, Item, Value
from gazelled.rules import Decision
from gazelled.text import shortened
from gazelled.units import human_size
from gazelled.watches.watch import Watch

LONGEST_KEY = 80
LONGEST_TEXT = 200

T = TypeVar("T")

Judged = tuple[Item, Decision]
"""An item and what was decided of it."""


def event_of(
    watch: Watch,
    kind: EventKind,
    items: Sequence[Item],
    at: datetime,
    *,
    title: str,
    text: str = "",
    why: Decision | None = None,
    key: Sequence[str] | None = None,
) -> Event:
    """
    Make an event of items: one for all formats of a data set.

    Args:
        why: What was decided of its first item.
        key: What its key is made of, if it isn't the items and the time.

    """
    parts = [occurrence(item.id, at) for item in items] if key is None else key
    return Event(
        key=event_key(watch.name, kind, *parts),
        kind=kind,
        watch=watch.name,
        at=at,
        title=title,
        text=text,
        items=tuple(items),
        why=tuple(clause.text for clause in why.clauses) if why else (),
        urgent=watch.urgent and kind is not EventKind.FIRST_LOOK,
    )


def notice_event(
    topic: str, title: str, text: str, url: str, at: datetime, since: datetime | None = None
) -> Event:
    """
    Make a notice, whose topic is a word or two.

    The same topic `since` the same time, when what it reports began, is one notice.
    """
    began = (since or at).isoformat()
    stand_in = Item(id=topic, kind="notice", title=title, url=url, time=at, summary=text)
    return Event(
        key=f"notice:{topic}:{began}",
        kind=EventKind.NOTICE,
        watch="",
        at=at,
        title=title,
        text=text,
        items=(stand_in,),
    )


def event_key(watch: str, kind: EventKind, *ids: str) -> str:
    """Return the key of an event: its ids as they are, or a hash of many."""
    text = "+".join(ids)
    if len(text) > LONGEST_KEY:
        text = hashlib.sha256(text.encode()).hexdigest()[:32]
    return f"{watch}:{kind}:{text}"


def occurrence(name: str, at: datetime) -> str:
    """Return a part of a key for what can happen to the same thing again."""
    return f"{name}@{at.isoformat()}"


def by_data_set(values: Sequence[T], item_of: Callable[[T], Item]) -> list[list[T]]:
    """Group by data set what belongs to items."""
    groups: dict[str, list[T]] = {}
    for value in values:
        groups.setdefault(data_set(item_of(value)), []).append(value)
    return [*groups.values()]


def data_set(item: Item) -> str:
    """Return what all formats of a data set have in common."""
    return f"{item.kind}:{item.group}" if item.group else f"{item.kind} {item.id}"


def item_of(judged: Judged) -> Item:
    """Return the item of which something was decided."""
    return judged[0]


def field_label(field: str) -> str:
    """Write the name of a field for people."""
    return field.replace("_", " ")


def field_value(value: Value, type_: FieldType | None) -> str:
    """Write the value of a field of some type for people."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case int() if type_ is SIZE:
            return human_size(value)
        case float():
            return f"{value:.3f}".rstrip("0").rstrip(".")
        case tuple():
            return shortened(", ".join(value), LONGEST_TEXT) or "none"
        case _:
            return shortened(str(value), LONGEST_TEXT)
