"""
The base of the models: reads an object field by field and never loses what it can't read.

A field is named after the tracker's key, in snake case. One without a default belongs to every
answer, so that its absence is told as drift; one with the default None is only sometimes there.
A value of a wrong type leaves None, goes to `extra` as it came, and is told as drift.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel

from gazelled.errors import Broken
from gazelled.tracker.models.plan import Branch, Leaf, plan_of
from gazelled.tracker.models.reading import Odd, Partly, Reading
from gazelled.tracker.models.types import entries

M = TypeVar("M", bound="Model")


class _Clean(dict[str, object]):
    """The values of a model's fields by name, as `read` has made them."""


class Model(BaseModel):
    """
    An object in an answer.

    Attributes:
        extra: What the model has no field for, and what it couldn't take, as it came, by the
            tracker's keys.

    """

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        defer_build=True,
        validate_by_name=True,
        alias_generator=to_camel,
    )

    padded: ClassVar[bool] = False
    """Whether its lists are padded with entries that hold nothing; those are dropped."""

    extra: dict[str, object] = Field(default_factory=dict)

    @classmethod
    def arrange(cls, raw: object, _reading: Reading) -> Mapping[str, object]:
        """
        Turn what came into an object with the fields' keys, where the tracker uses another shape.

        Raises:
            Odd: If it can't be.

        """
        if isinstance(raw, dict):
            return raw
        if raw == []:  # how PHP writes an object without keys
            return {}
        raise Odd("an object")

    @model_validator(mode="wrap")
    @classmethod
    def _read(
        cls,
        data: Any,  # noqa: ANN401 - a value of any JSON type
        handler: ModelWrapValidatorHandler[Self],
        info: ValidationInfo,
    ) -> Self:
        if isinstance(data, _Clean | cls):
            return handler(data)
        try:
            return read(cls, data, Reading.of(info.context))
        except Odd as odd:
            raise ValueError(f"not {odd.expected}") from None


class Answer(Model):
    """The answer of an action."""


def read(model: type[M], came: object, reading: Reading, path: str = "") -> M:
    """
    Read an object as a model.

    Args:
        model: The model.
        came: What came, within bounds.
        reading: How to read, and where to note what is odd.
        path: Where it stands in the answer.

    Raises:
        Odd: If it isn't an object.
        Broken: If a list is missing without which the answer says nothing.

    """
    plan = plan_of(model)
    raw = model.arrange(came, reading)
    if not (path or raw) and plan.lists:
        # PHP answers that there is none with an empty list in place of the whole object.
        return read(model, {key: [] for key in plan.lists}, Reading(reading.zone, reading.by))
    if not path and plan.required and plan.required.isdisjoint(raw):
        raise Odd("anything that its action answers")
    values, extra = _Clean(), dict[str, object]()
    for leaf in plan.leaves:
        values[leaf.name] = _leaf(leaf, raw, extra, reading, path)
    for branch in plan.branches:
        values[branch.name] = _branch(branch, raw, extra, reading, path)
    if not plan.keys.issuperset(raw):
        for key in raw:
            if key not in plan.keys:
                extra[key] = raw[key]
                reading.note("new", f"{path}.{key}", came=raw[key])
    values["extra"] = extra
    return model.model_validate(values)


def _leaf(
    leaf: Leaf, raw: Mapping[str, object], extra: dict[str, object], reading: Reading, path: str
) -> object:
    key, value = leaf.key, raw.get(leaf.key)
    if value is None:
        if leaf.required and key not in raw:
            reading.note("missing", f"{path}.{key}", expected=leaf.expected)
        return None
    try:
        return leaf.read(value, reading)
    except Odd:
        extra[key] = value
        reading.note("odd", f"{path}.{key}", expected=leaf.expected, came=value)
        return None
    except Partly as partly:
        extra[key] = partly.rest
        reading.note("odd", f"{path}.{key}[]", expected=leaf.expected, came=partly.rest[0])
        return partly.value


def _branch(
    branch: Branch,
    raw: Mapping[str, object],
    extra: dict[str, object],
    reading: Reading,
    path: str,
) -> object:
    key, value = branch.key, raw.get(branch.key)
    path = f"{path}.{key}"
    expected = "a list" if branch.many else "an object"
    if value is None:
        if branch.required and key not in raw:
            reading.note("missing", path, expected=expected)
        return () if branch.listed and key in raw else _nothing(branch, path)
    try:
        if not branch.many:
            return read(branch.model, value, reading, path)
        found = _rows(branch.model, value, reading, f"{path}[]")
    except Odd:
        extra[key] = value
        reading.note("odd", path, expected=expected, came=value)
        return _nothing(branch, path)
    except Partly as partly:
        extra[key] = partly.rest
        reading.note("odd", f"{path}[]", expected="an object", came=partly.rest[0])
        return partly.value
    return None if branch.told and reading.by == "token" and not found else found


def _nothing(branch: Branch, path: str) -> object:
    if branch.optional:
        return None
    if branch.listed:
        raise Broken(f"The answer has no list {path.lstrip('.')!r}, and says nothing without it.")
    return read(branch.model, {}, Reading(), path)


def _rows(model: type[M], value: object, reading: Reading, path: str) -> tuple[M, ...]:
    rows: list[M] = []
    odd: list[object] = []
    for entry in entries(value):
        if model.padded and isinstance(entry, dict) and not any(entry.values()):
            continue
        try:
            rows.append(read(model, entry, reading, path))
        except Odd:
            odd.append(entry)
    if odd:
        raise Partly(tuple(rows), odd)
    return tuple(rows)


def keyed(given: Mapping[str, object], name: str) -> list[object]:
    """Turn an object of objects into a list of them, each with its key as `name`."""
    return [
        {name: key, **value} if isinstance(value, dict) else {key: value}
        for key, value in given.items()
    ]
