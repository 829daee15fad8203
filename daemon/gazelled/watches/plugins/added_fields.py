"""Fields that a plugin has added to items, as items hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gazelled.fields import FieldType
from gazelled.markup import safe_text
from gazelled.model import Item, Value

AddedFields = Mapping[str, Value]
"""Values by the names of their fields."""


def with_fields(item: Item, fields: AddedFields) -> Item:
    """Return an item with further fields."""
    return replace(item, fields={**item.fields, **fields})


def declared(types: Mapping[str, FieldType], stored: AddedFields) -> AddedFields:
    """Return the stored values of fields that are still declared, unknown if of another type."""
    return {name: _of_type(type_, stored.get(name)) for name, type_ in types.items()}


def cleaned(fields: AddedFields, scrub: Callable[[str], str]) -> AddedFields:
    """Return fields without what no text may hold, and without secrets."""
    return {
        name: _cleaned(value, lambda text: scrub(safe_text(text))) for name, value in fields.items()
    }


def _of_type(type_: FieldType, value: Value) -> Value:
    try:
        return type_.checked(value)
    except ValueError:
        return None


def _cleaned(value: Value, clean: Callable[[str], str]) -> Value:
    if isinstance(value, str):
        return clean(value)
    return tuple(map(clean, value)) if isinstance(value, tuple) else value
