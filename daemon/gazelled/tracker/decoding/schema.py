"""
The base of the models: reads an object field by field and never loses what it can't read.

A field is named after the tracker's key, in snake case. One without a default belongs to every
answer, so that its absence is told as drift; one with the default None is only sometimes there.
A value of a wrong type leaves None, goes to `extra` as it came, and is told as drift.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, ClassVar, Generic, Literal, TypeVar, dataclass_transform

from gazelled.errors import BadAnswer
from gazelled.tracker.decoding.payload import sanitize
from gazelled.tracker.decoding.plan import Branch, Leaf, field, plan_of
from gazelled.tracker.decoding.reading import By, Drift, Odd, Partly, Reading
from gazelled.tracker.decoding.types import Raw, entries

M = TypeVar("M", bound="Model")
A = TypeVar("A", bound="AnswerModel")
A_co = TypeVar("A_co", bound="AnswerModel", covariant=True)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class Model:  # noqa: PLW1641 - `extra` has no hash, so neither has a model
    """
    An object in an answer.

    Attributes:
        extra: What the model has no field for, and what it couldn't take, as it came, by the
            tracker's keys.

    """

    padded: ClassVar[bool] = False
    """Whether its lists are padded with entries that hold nothing; those are dropped."""

    extra: dict[str, object] = field(default=...)

    def __init__(self, **values: object) -> None:
        names = plan_of(type(self)).fields.keys()
        if unknown := values.keys() - names - {"extra"}:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        self.__dict__.update({**dict.fromkeys(names), "extra": {}, **values})

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse it: nobody changes what the tracker said."""
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __repr__(self) -> str:
        """Return the fields and their values, without secrets."""
        fields = plan_of(type(self)).fields
        values = self.__dict__.items()
        shown = (f"{k}={v!r}" for k, v in values if k not in fields or fields[k].info.repr)
        return f"{type(self).__name__}({', '.join(shown)})"

    def model_dump(
        self, *, mode: Literal["python", "json"] = "python", exclude: Collection[str] = ()
    ) -> dict[str, Any]:
        """
        Return the fields, without those to `exclude`, as a dictionary, and so on inwards.

        With mode `json` times are texts.
        """
        values = self.__dict__.items()
        return {name: _dump(value, mode) for name, value in values if name not in exclude}

    def model_dump_json(self) -> str:
        """Return the fields as JSON."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False)

    @classmethod
    def arrange(cls, raw: object, _reading: Reading) -> Mapping[str, object]:
        """Turn what came into an object with the fields' keys, or raise Odd if it can't be."""
        if isinstance(raw, dict):
            return raw
        if raw == []:  # how PHP writes an object without keys
            return {}
        raise Odd("an object")


class AnswerModel(Model):
    """The answer of an action."""


class Anything(AnswerModel):
    """The answer of an action without a model, as it came."""

    value: Raw

    @classmethod
    def arrange(cls, raw: object, _reading: Reading) -> Mapping[str, object]:
        return {"value": raw}


@dataclass(frozen=True, slots=True)
class Decoded(Generic[A_co]):
    """An answer as a model, and how it differs from that, each place once."""

    value: A_co
    drift: tuple[Drift, ...] = ()


def decode_as(
    model: type[A], payload: object, *, zone: tzinfo = UTC, by: By = "cookie"
) -> Decoded[A]:
    """
    Read the decoded `response` of an answer as a model; `zone` is that of the site's times.

    Raises:
        BadAnswer: If it isn't what the model tells of, or is too deep or too large.

    """
    reading = Reading(zone, by)
    try:
        value = read(model, sanitize(payload), reading)
    except Odd as odd:
        raise BadAnswer(f"The answer isn't {odd.expected}.") from None
    return Decoded(value, tuple(reading.drift.values()))


def read(model: type[M], came: object, reading: Reading, path: str = "") -> M:
    """
    Read what came, within bounds, as a model; `path` is where it stands in the answer.

    Raises:
        Odd: If it isn't an object.
        BadAnswer: If a list is missing without which the answer says nothing.

    """
    plan = plan_of(model)
    raw = model.arrange(came, reading)
    if not (path or raw) and plan.lists:
        # PHP answers that there is none with an empty list in place of the whole object.
        return read(model, {key: [] for key in plan.lists}, Reading(reading.zone, reading.by))
    if not path and plan.required and plan.required.isdisjoint(raw):
        raise Odd("anything that its action answers")
    extra = dict[str, object]()
    values: dict[str, object] = {"extra": extra}
    for leaf in plan.leaves:
        values[leaf.name] = _leaf(leaf, raw, extra, reading, path)
    for branch in plan.branches:
        values[branch.name] = _branch(branch, raw, extra, reading, path)
    if not plan.keys.issuperset(raw):
        for key in raw:
            if key not in plan.keys:
                extra[key] = raw[key]
                reading.note("new", f"{path}.{key}", came=raw[key])
    made = model.__new__(model)
    made.__dict__.update(values)
    return made


def _leaf(
    leaf: Leaf, raw: Mapping[str, object], extra: dict[str, object], reading: Reading, path: str
) -> object:
    key, value = leaf.key, raw.get(leaf.key)
    if value is None:
        if key not in raw and leaf.info.always:
            reading.note("missing", f"{path}.{key}", expected=leaf.reader.expected)
        return _unknown(leaf)
    try:
        read = leaf.read(value, reading)
        return _unknown(leaf) if read is None else read
    except Odd:
        extra[key] = value
        reading.note("odd", f"{path}.{key}", expected=leaf.reader.expected, came=value)
        return _unknown(leaf)
    except Partly as partly:
        extra[key] = partly.rest
        reading.note("odd", f"{path}.{key}[]", expected=leaf.reader.expected, came=partly.rest[0])
        return partly.value


def _unknown(leaf: Leaf) -> object:
    """Return None for a value that is not known; raise Odd if nothing can be read without it."""
    if not leaf.optional:
        raise Odd(f"an object with {leaf.reader.expected} as its {leaf.key}")
    return None


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
        if key not in raw and branch.info.always:
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
        reading.note("odd", f"{path}[]", expected=partly.expected, came=partly.rest[0])
        return partly.value
    return None if branch.told and reading.by == "token" and not found else found


def _nothing(branch: Branch, path: str) -> object:
    if branch.optional:
        return None
    if branch.listed:
        raise BadAnswer(
            f"The answer has no list {path.lstrip('.')!r}, and says nothing without it."
        )
    return read(branch.model, {}, Reading(), path)


def _rows(model: type[M], value: object, reading: Reading, path: str) -> tuple[M, ...]:
    rows: list[M] = []
    odd: list[object] = []
    expected = ""
    for entry in entries(value):
        if model.padded and isinstance(entry, dict) and not any(entry.values()):
            continue
        try:
            rows.append(read(model, entry, reading, path))
        except Odd as problem:
            odd.append(entry)
            expected = expected or problem.expected
    if odd:
        raise Partly(tuple(rows), odd, expected)
    return tuple(rows)


def _dump(value: object, mode: Literal["python", "json"]) -> object:
    if isinstance(value, Model):
        return value.model_dump(mode=mode)
    if isinstance(value, tuple):
        dumped = [_dump(each, mode) for each in value]
        return dumped if mode == "json" else tuple(dumped)
    if mode == "json" and isinstance(value, dict):
        return {key: _dump(each, mode) for key, each in value.items()}
    if mode == "json" and isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


def keyed(given: Mapping[str, object], name: str) -> list[object]:
    """Turn an object of objects into a list of them, each with its key as `name`."""
    return [
        {name: key, **value} if isinstance(value, dict) else {key: value}
        for key, value in given.items()
    ]
