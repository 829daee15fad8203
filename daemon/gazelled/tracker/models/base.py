"""
The base of the models: reads an object field by field and never loses what it can't read.

A field is named after the tracker's key, in snake case. One without a default belongs to every
answer, so that its absence is told as drift; one with the default None is only sometimes there.
A value of a wrong type leaves None, goes to `extra` as it came, and is told as drift.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Any, ClassVar, Self, TypeVar, get_args, get_origin

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
from gazelled.tracker.models.reading import Odd, Partly, Reader, Reading
from gazelled.tracker.models.types import entries

M = TypeVar("M", bound="Model")


class Told:
    """
    Stands in the annotation of a list that is always empty when a token asks.

    Empty by token is then None: the tracker didn't tell.
    """


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

    padding: ClassVar[str] = ""
    """A key without which an entry of a list is padding, and is dropped."""

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


@dataclass(frozen=True, slots=True)
class _Leaf:
    name: str
    key: str
    read: Callable[[Any, Reading], object]
    expected: str
    required: bool


@dataclass(frozen=True, slots=True)
class _Branch:
    name: str
    key: str
    model: type[Model]
    many: bool
    optional: bool
    told: bool
    required: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    leaves: tuple[_Leaf, ...]
    branches: tuple[_Branch, ...]
    keys: frozenset[str]
    required: frozenset[str]


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
    if not path and plan.required and plan.required.isdisjoint(raw):
        raise Odd("anything that its action answers")
    values, extra = _Clean(), dict[str, object]()
    for leaf in plan.leaves:
        value = raw.get(leaf.key)
        taken = None
        if value is not None:
            try:
                taken = leaf.read(value, reading)
            except Odd:
                extra[leaf.key] = value
                reading.note("odd", f"{path}.{leaf.key}", expected=leaf.expected, came=value)
            except Partly as partly:
                taken, extra[leaf.key] = partly.value, partly.rest
                where = f"{path}.{leaf.key}[]"
                reading.note("odd", where, expected=leaf.expected, came=partly.rest[0])
        elif leaf.required and leaf.key not in raw:
            reading.note("missing", f"{path}.{leaf.key}", expected=leaf.expected)
        values[leaf.name] = taken
    for branch in plan.branches:
        values[branch.name] = _branch(branch, raw, extra, reading, path)
    if not plan.keys.issuperset(raw):
        for key in raw:
            if key not in plan.keys:
                extra[key] = raw[key]
                reading.note("new", f"{path}.{key}", came=raw[key])
    values["extra"] = extra
    return model.model_validate(values)


def _branch(
    branch: _Branch,
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
        return _nothing(branch, path)
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


def _nothing(branch: _Branch, path: str) -> object:
    if branch.optional:
        return None
    if branch.many:
        raise Broken(f"The answer has no list {path.lstrip('.')!r}, and says nothing without it.")
    return read(branch.model, {}, Reading(), path)


def _rows(model: type[M], value: object, reading: Reading, path: str) -> tuple[M, ...]:
    rows: list[M] = []
    odd: list[object] = []
    for entry in entries(value):
        if model.padding and isinstance(entry, dict) and entry.get(model.padding) in (0, None):
            continue
        try:
            rows.append(read(model, entry, reading, path))
        except Odd:
            odd.append(entry)
    if odd:
        raise Partly(tuple(rows), odd)
    return tuple(rows)


@cache
def plan_of(model: type[Model]) -> _Plan:
    """Work out once how a model's fields are read."""
    leaves, branches = list[_Leaf](), list[_Branch]()
    for name, info in model.model_fields.items():
        if name == "extra":
            continue
        key, required = info.alias or to_camel(name), info.is_required()
        reader = next((mark for mark in info.metadata if isinstance(mark, Reader)), None)
        if reader:
            leaves.append(_Leaf(name, key, reader.read, reader.expected, required))
            continue
        inner, optional = _without_none(info.annotation)
        many = get_origin(inner) is tuple
        told = any(mark is Told for mark in info.metadata)
        child = get_args(inner)[0] if many else inner
        branches.append(_Branch(name, key, child, many, optional, told, required))
    both = (*leaves, *branches)
    return _Plan(
        tuple(leaves),
        tuple(branches),
        frozenset(field.key for field in both),
        frozenset(field.key for field in both if field.required),
    )


def _without_none(annotation: object) -> tuple[Any, bool]:
    parts = get_args(annotation)
    if NoneType not in parts:
        return annotation, False
    return next(part for part in parts if part is not NoneType), True
