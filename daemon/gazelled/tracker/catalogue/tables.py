"""The lists in answers, for people: their entries and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gazelled.tracker.catalogue.action import Rows
from gazelled.tracker.catalogue.listing import Column
from gazelled.tracker.decoding.entities import decode_entities
from gazelled.tracker.decoding.scalars import listed


def entries(rows: Rows, payload: object) -> Iterator[Mapping[str, object]]:
    """
    Return the entries of a list, those of an inner list with the keys around it.

    One that isn't an object comes as an empty one.

    Args:
        rows: The list.
        payload: The answer's payload.

    """
    found = at(payload, rows.path)
    if rows.keyed and isinstance(found, Mapping):
        found = [
            {"type": name, **(entry if isinstance(entry, Mapping) else {})}
            for name, entry in found.items()
        ]
    for entry in listed(found) or ():
        if not isinstance(entry, Mapping):
            yield {}
            continue
        inner = listed(entry.get(rows.nested)) if rows.nested else None
        if inner is not None:
            for each in inner:
                yield {**entry, **each} if isinstance(each, Mapping) else entry
        elif rows.nested or not rows.id or entry.get(rows.id):  # else it is padding
            yield entry


def cell(column: Column, entry: Mapping[str, object]) -> object:
    """
    Return a column's value in an entry, with entities decoded where the tracker encodes them.

    Args:
        column: The column.
        entry: The entry.

    """
    value = at(entry, column.path)
    if isinstance(value, str):
        return " ".join((decode_entities(value) if column.escaped else value).split())
    return value


def at(value: object, path: Sequence[str]) -> object:
    """Return what stands at a path of keys; None where there is nothing."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
