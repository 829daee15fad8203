"""What the events of all kinds of watch have in common: keys, data sets, values in words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from gazelled.fields import SIZE, FieldType
from gazelled.model import Change, Decision, Event, EventKind, Item, Value
from gazelled.plugin.kinds.watch_views import WatchView
from gazelled.text import shortened
from gazelled.units import human_size

LONGEST_KEY = 80
LONGEST_TEXT = 200

T = TypeVar("T")

Judged = tuple[Item, Decision]
"""An item and what was decided of it."""


def event_of(
    watch: WatchView,
    kind: EventKind,
    items: Sequence[Item],
    at: datetime,
    *,
    title: str,
    text: str = "",
    why: Decision | None = None,
    key: Sequence[str] | None = None,
    changes: Sequence[Change] = (),
) -> Event:
    """
    Make an event of items: one for all formats of a data set.

    Args:
        watch: The watch that reports it.
        kind: What happened.
        items: What it is about, at least one.
        at: When it was found.
        title: The headline.
        text: The body in plain words.
        why: What was decided of its first item.
        key: What its key is made of, if it isn't the items and the time. Equal keys are the same
            event, which is reported once for ever.
        changes: The changed fields.

    """
    parts = [occurrence(item.id, at) for item in items] if key is None else key
    return Event(
        key=_event_key(watch.name, kind, *parts),
        kind=kind,
        watch=watch.name,
        at=at,
        title=title,
        text=text,
        items=tuple(items),
        why=tuple(clause.text for clause in why.clauses) if why else (),
        changes=tuple(changes),
        urgent=watch.urgent and kind is not EventKind.FIRST_LOOK,
    )


def news_events(
    watch: WatchView,
    fit: Sequence[Judged],
    at: datetime,
    recurring: tuple[str, ...] = (),
    *,
    dated: bool = False,
) -> list[Event]:
    """
    Make events of new items that fit: one for each data set, however many formats came.

    Args:
        watch: The watch that reports them.
        fit: The items with what was decided, oldest first.
        at: When they were found.
        recurring: How ids begin that come back; each time is an event of its own.
        dated: Whether ids were given again, so that their times tell them apart.

    """

    def key(item: Item) -> str:
        if item.id.startswith(recurring):
            return occurrence(item.id, at)
        # Each kind of item numbers on its own.
        number = item.id if item.kind == "torrent" else f"{item.kind.replace(' ', '-')}-{item.id}"
        return occurrence(number, item.time or at) if dated else number

    return [
        event_of(
            watch,
            EventKind.NEW,
            [item for item, _ in members],
            at,
            title=members[0][0].title,
            why=members[0][1],
            key=[key(item) for item, _ in members],
        )
        for members in by_data_set(fit, item_of)
    ]


def _event_key(watch: str, kind: EventKind, *ids: str) -> str:
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


def field_of(item: Item, name: str) -> Value:
    """
    Return the value of a field by the name that rules use; None if it is unknown.

    Args:
        item: The item.
        name: The name, such as `title`, `size`, `tags` or `seeders`.

    """
    match name:
        case "title":
            return item.title
        case "size":
            return item.size
        case "tags":
            return item.tags
    value: Value = item.fields.get(name)
    return value


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
