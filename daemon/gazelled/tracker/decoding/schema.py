"""
The base of the models: reads an object field by field and never loses what it can't read.

A field is named after the tracker's key, in snake case. One without a default belongs to every
answer, so that its absence is reported as drift; one with the default None is only sometimes there.
A value of a wrong type goes to `extra` as it came, and is reported as drift.

A field that can't be None and has no value is not set, so using it raises BadAnswer. An entry
without what it is known by is not in its list.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Literal,
    Never,
    TypeVar,
    dataclass_transform,
)

from gazelled.errors import BadAnswer
from gazelled.tracker.decoding.payload import sanitize
from gazelled.tracker.decoding.plan import MISSING, Branch, FieldInfo, Leaf, field, plan_of
from gazelled.tracker.decoding.reading import By, Drift, Odd, Partly, Reading
from gazelled.tracker.decoding.types import Raw, entries

M = TypeVar("M", bound="Model")
A = TypeVar("A", bound="AnswerModel")
A_co = TypeVar("A_co", bound="AnswerModel", covariant=True)


class MissingField(BadAnswer, AttributeError):  # noqa: N818 - says what it means to the caller
    """A required field has no value; `hasattr` and `getattr` treat it as absent."""


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
    recorded: ClassVar[bool] = True
    """Whether a recorded answer shows which fields it has."""
    infos: ClassVar[Mapping[str, FieldInfo]] = {}
    """The defaults of its fields."""

    extra: dict[str, object] = field(default=...)

    def __init_subclass__(cls) -> None:
        # A field is no attribute of the class, or it would be found where one has no value.
        own = {name: value for name, value in vars(cls).items() if isinstance(value, FieldInfo)}
        cls.infos = {**cls.infos, **own}
        for name in own:
            delattr(cls, name)

    def __init__(self, **values: object) -> None:
        fields = plan_of(type(self)).fields
        if unknown := values.keys() - fields.keys() - {"extra"}:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        absent = {part.name: part.absent for part in fields.values() if part.absent is not MISSING}
        self.__dict__.update({**absent, "extra": {}, **values})

    if not TYPE_CHECKING:  # which would take any name for a field

        def __getattr__(self, name: str) -> Never:
            """Raise BadAnswer for a field without a value."""
            model = type(self)
            part = None if name.startswith("_") else plan_of(model).fields.get(name)
            if part is None and not hasattr(model, name):
                raise AttributeError(f"{model.__name__} has no field {name}")
            key = part.key if part else name  # else it is made of fields, one of which is missing
            value = "no readable" if key in self.extra else "no"
            raise MissingField(
                f'The answer has {value} "{key}" in its {model.__name__}: the site may not send '
                f'it. getattr(…, "{name}", None) asks without this error; the answer as it came is '
                "in result(…).answer."
            )

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
    """
    An answer as a model.

    Attributes:
        drift: How it differs from the model, each place once.
        missing: Where fields have no value that must have one.

    """

    value: A_co
    drift: tuple[Drift, ...] = ()
    missing: tuple[str, ...] = ()


def decode_as(
    model: type[A],
    payload: object,
    *,
    zone: tzinfo = UTC,
    by: By = "cookie",
) -> Decoded[A]:
    """
    Read the decoded `response` of an answer as a model; `zone` is that of the site's times.

    A field that can't be None and has no value is not set: it raises BadAnswer when it is used.

    Raises:
        BadAnswer: If it isn't what the model describes, or is too deep or too large.

    """
    reading = Reading(zone, by)
    try:
        value = read(model, sanitize(payload), reading)
    except Odd as odd:
        raise BadAnswer(f"The answer isn't {odd.expected}.") from None
    if reading.missing:
        whole, path = plan_of(model).whole, reading.missing[0]
        if whole and whole.isdisjoint(vars(value)):
            raise BadAnswer(f"The answer has no list {path!r}, and says nothing without it.")
    return Decoded(value, tuple(reading.drift.values()), tuple(reading.missing))


def read(model: type[M], came: object, reading: Reading, path: str = "") -> M:
    """
    Read what came, within bounds, as a model; `path` is where it stands in the answer.

    Raises:
        Odd: If it isn't an object, or an entry of a list without what it is known by.

    """
    plan = plan_of(model)
    raw = model.arrange(came, reading)
    if not path:
        if not raw and plan.lists:
            # PHP answers that there is none with an empty list in place of the whole object.
            raw = {key: [] for key in plan.lists}
        if plan.always and plan.always.isdisjoint(raw):
            raise Odd("anything that its action answers")
    extra = dict[str, object]()
    values: dict[str, object] = {"extra": extra}
    for name, part in plan.fields.items():
        value = _value(part, raw, extra, reading, f"{path}.{part.key}")
        if value is not MISSING:
            values[name] = value
        else:
            _miss(part, reading, path, recorded=model.recorded)
    if not plan.keys.issuperset(raw):
        for key in [key for key in raw if key not in plan.keys]:
            extra[key] = raw[key]
            reading.note("new", f"{path}.{key}", came=raw[key])
    made = model.__new__(model)
    made.__dict__.update(values)
    return made


def _miss(part: Leaf | Branch, reading: Reading, path: str, *, recorded: bool) -> None:
    """Remember that a field has no value; raise Odd if an entry is known by it."""
    if part.identity and path.endswith("[]"):
        raise Odd(f"an object with {part.expected} as its {part.key}")
    if recorded:
        reading.missing.append(f"{path}.{part.key}".lstrip("."))


def _value(
    part: Leaf | Branch,
    raw: Mapping[str, object],
    extra: dict[str, object],
    reading: Reading,
    path: str,
) -> object:
    """Return the value of a field; MISSING if it has none, and must have one."""
    key, came = part.key, raw.get(part.key)
    if came is None:
        value = part.null if key in raw else part.absent
        if part.always and (value is MISSING or key not in raw):
            reading.note("missing", path, expected=part.expected)
        return value
    try:
        value = _taken(part, came, reading, path)
    except Odd:
        extra[key] = came
        reading.note("odd", path, expected=part.expected, came=came)
        return None if part.optional else MISSING
    except Partly as partly:
        extra[key] = partly.rest
        expected = partly.expected or part.expected
        reading.note("odd", f"{path}[]", expected=expected, came=partly.rest[0])
        return partly.value
    if value is MISSING and part.always:
        reading.note("missing", path, expected=part.expected)
    return value


def _taken(part: Leaf | Branch, came: object, reading: Reading, path: str) -> object:
    """Read a value that isn't null."""
    if isinstance(part, Leaf):
        value = part.read(came, reading)
        return part.blank if value is None else value
    if not part.many:
        return read(part.model, came, reading, path)
    rows = _rows(part.model, came, reading, f"{path}[]")
    return None if part.empty_by_token and reading.by == "token" and not rows else rows


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
        dumped = [_dump(inner, mode) for inner in value]
        return dumped if mode == "json" else tuple(dumped)
    if mode == "json" and isinstance(value, dict):
        return {key: _dump(inner, mode) for key, inner in value.items()}
    if mode == "json" and isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


def keyed(values: Mapping[str, object], name: str) -> list[object]:
    """Turn an object of objects into a list of them, each with its key as `name`."""
    return [
        {name: key, **value} if isinstance(value, dict) else {key: value}
        for key, value in values.items()
    ]
