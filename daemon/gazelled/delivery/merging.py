"""One upload that several watches found: which events are about it, and the one that names all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gazelled.model import AGAIN, Event, EventKind, Item


def is_upload(event: Event) -> bool:
    """Return whether an event reports something new, as a watch found it and for the first time."""
    return event.kind is EventKind.NEW and AGAIN not in event.key.removeprefix(event.watch)


def overlap(one: Event, other: Event) -> bool:
    """Return whether two watches found the same upload, or formats of one data set in common."""
    return _comparable(one, other) and any(
        _is_same(mine, its) for mine in one.items for its in other.items
    )


def covers(one: Event, other: Event) -> bool:
    """Return whether all that an event of another watch reports is in this one, too."""
    return _comparable(one, other) and all(
        any(_is_same(mine, its) for mine in one.items) for its in other.items
    )


def merged(event: Event, others: Sequence[Event]) -> Event:
    """Return an event that stands for others about the same upload, too, with their watches."""
    if not others:
        return event
    items = list(event.items)
    for item in (item for other in others for item in other.items):
        if not any(_is_same(item, known) for known in items):
            items.append(item)
    watches = dict.fromkeys([*event.also, *(other.watch for other in others)])
    also = tuple(name for name in watches if name != event.watch)
    return replace(event, items=tuple(items), also=also)


def without_repeats(events: Sequence[Event]) -> list[Event]:
    """Return events in their order, those about one upload as one that names all of its watches."""
    result: list[Event] = []
    by_item: dict[tuple[str, str], int] = {}
    for event in events:
        keys = [(item.kind, item.id) for item in event.items]
        places = [by_item[key] for key in keys if key in by_item]
        place = next((place for place in places if overlap(result[place], event)), None)
        if place is None:
            place = len(result)
            result.append(event)
        else:
            result[place] = merged(result[place], [event])
        if is_upload(event):
            by_item |= dict.fromkeys(keys, place)
    return result


def _comparable(one: Event, other: Event) -> bool:
    return is_upload(one) and is_upload(other) and other.watch not in {one.watch, *one.also}


def _is_same(one: Item, other: Item) -> bool:
    """Return whether two items are one thing; a number that was given again has another time."""
    if (one.kind, one.id) != (other.kind, other.id):
        return False
    return one.time == other.time or one.time is None or other.time is None
