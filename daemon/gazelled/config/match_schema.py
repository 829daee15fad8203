"""JSON Schema of `match`: what its keys may be, by the types of the fields that answers have."""

from __future__ import annotations

from collections.abc import Iterable

from gazelled.config.checks.rule_keys import FIELDS
from gazelled.config.key_forms import Schema, duration, size
from gazelled.fields import AGE, COUNT, FILES, NUMBER, SIZE, TAGS, FieldType
from gazelled.tracker.catalogue.actions import ACTIONS

_NUMBER: Schema = {"type": "number"}
_TEXTS: Schema = {"$ref": "#/$defs/form.texts"}


def match_schema() -> Schema:
    """Return the schema of a match table; plugins may add fields, so further keys are allowed."""
    types: dict[str, set[FieldType]] = {name: set() for name in FIELDS}
    for action in ACTIONS.values():
        for listing in action.listings:
            for name, type_ in {**listing.more, **listing.fields}.items():
                types[name].add(type_)
    properties: Schema = {}
    for name in sorted(types):
        shapes = [_shape(type_) for type_ in sorted(types[name], key=lambda type_: type_.name)]
        properties[name] = shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
        if all(type_.python is str for type_ in types[name]):
            properties[f"{name}_regex"] = _TEXTS
    return {"type": "object", "properties": properties}


def _shape(type_: FieldType) -> Schema:
    """Return what a field of a type is compared with."""
    if type_ in {COUNT, NUMBER}:
        return {"anyOf": [_NUMBER, _several(_NUMBER), _table(("min", "max"), _NUMBER)]}
    if type_.amount:
        return _table(("min", "max"), {SIZE: size(), AGE: duration()}.get(type_, {}))
    if type_.python is bool:
        return {"type": "boolean"}
    return _table(("any", "all", "none"), _TEXTS) if type_ in {FILES, TAGS} else _TEXTS


def _several(inner: Schema) -> Schema:
    return {"type": "array", "items": inner, "minItems": 1}


def _table(keys: Iterable[str], inner: Schema) -> Schema:
    properties: Schema = dict.fromkeys(keys, inner)
    return {"type": "object", "properties": properties, "additionalProperties": False}
