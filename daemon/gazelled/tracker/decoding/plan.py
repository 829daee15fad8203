"""How the fields of a model are read, worked out once from their annotations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    ParamSpec,
    get_args,
    get_origin,
    get_type_hints,
)

from gazelled.tracker.decoding.reading import Reader, Reading

P = ParamSpec("P")

Written = Literal["", "html", "bbcode", "files"]
"""How a text is written: as it is, with markup, or as the tracker lists files and their sizes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldInfo:
    """
    What stands behind the `=` of a field.

    Attributes:
        default: None, or () for a list, if only some answers have the field; its absence is not
            drift then.
        key: The tracker's key, where it is not the field's name in camel case.
        repr: Whether `repr` may show it: not, if it is a secret.
        rule: What rules call it; True for the field's own name.
        column: Its heading in tables; True for the field's own name.
        inner: Of a field that holds models, the field in them that is meant.
        written: Which markup rules are to see no more.
        zero: Whether 0 means to rules that the tracker does not know.
        hidden: The field that is not 0 where 0 may stand for what a user hides.

    """

    default: object = ...
    key: str = ""
    repr: bool = True
    rule: str | Literal[True] = ""
    column: str | Literal[True] = ""
    inner: str = ""
    written: Written = ""
    zero: bool = False
    hidden: str = ""


def _specifier(info: Callable[P, FieldInfo]) -> Callable[P, Any]:
    return info


field = _specifier(FieldInfo)
"""Describes a field, as the type checker wants it: what it returns fits every field's type."""


class EmptyByToken:
    """
    Stands in the annotation of a list that is always empty when a token asks.

    Empty by token is then None: the tracker didn't send it.
    """


class Identity:
    """Marks the field that identifies an entry: without it the entry is drift."""


MISSING: Any = object()
"""The value of a required field that is missing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Field:
    """
    A field of a model.

    Attributes:
        always: Whether it belongs to every answer.
        null: What it holds where the tracker sends null.
        blank: What it holds where the tracker sends what says nothing, such as an empty text.
        absent: What it holds where the tracker sends no such key.

    """

    name: str
    key: str
    info: FieldInfo
    always: bool
    expected: str
    null: object
    blank: object
    absent: object

    @property
    def optional(self) -> bool:
        """Whether it may be None."""
        return self.null is None

    @property
    def identity(self) -> bool:
        """Whether it identifies an entry."""
        return isinstance(self, Leaf) and self.known_by

    @property
    def listed(self) -> bool:
        """Whether it is a list of models that is never None."""
        return isinstance(self, Branch) and self.null == ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf(_Field):
    """A field that holds a value; `known_by` is whether an entry is known by it."""

    reader: Reader
    read: Callable[[Any, Reading], object]
    known_by: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch(_Field):
    """A field that holds a model, or many; `empty_by_token`: no entries by token means unknown."""

    model: type[Any]
    many: bool
    empty_by_token: bool


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """
    A model's fields.

    Attributes:
        always: The keys that belong to every answer.
        lists: The keys of lists that are never None.
        whole: The names of lists without which the answer says nothing, since they are all that
            it must have.

    """

    fields: dict[str, Leaf | Branch]
    keys: frozenset[str]
    always: frozenset[str]
    lists: tuple[str, ...]
    whole: frozenset[str]


_PLANS: dict[type[Any], ReadingPlan] = {}


def plan_of(model: type[Any]) -> ReadingPlan:
    """Return how a model's fields are read, worked out at the first use."""
    if model not in _PLANS:
        _PLANS[model] = _work_out(model)
    return _PLANS[model]


def _work_out(model: type[Any]) -> ReadingPlan:
    fields = dict[str, Leaf | Branch]()
    for name, hint in get_type_hints(model, include_extras=True).items():
        if name != "extra" and get_origin(hint) is not ClassVar:
            info = model.infos.get(name) or FieldInfo(default=getattr(model, name, ...))
            fields[name] = _field(name, hint, info, recorded=model.recorded)
    # What an entry is known by comes first, also where the other fields are inherited.
    fields = dict(sorted(fields.items(), key=lambda named: not named[1].identity))
    lists = {name: part for name, part in fields.items() if part.listed}
    needed = {name for name, part in fields.items() if part.absent is MISSING}
    return ReadingPlan(
        fields,
        frozenset(part.key for part in fields.values()),
        frozenset(part.key for part in fields.values() if part.always),
        tuple(part.key for part in lists.values()),
        frozenset(needed if needed <= lists.keys() else ()),
    )


def _field(name: str, hint: object, info: FieldInfo, *, recorded: bool) -> Leaf | Branch:
    kind, marks, optional = _type(hint)
    many = get_origin(kind) is tuple
    null, blank = _without_value(kind, optional=optional)
    about: Any = {
        "name": name,
        "key": info.key or _camel(name),
        "info": info,
        "always": recorded and info.default is ...,
        "null": null,
        "blank": blank,
        "absent": null if info.default is not ... or null is None else MISSING,
    }
    for mark in marks:
        if isinstance(mark, Reader):
            known_by = Identity in marks
            expected, read = mark.expected, mark.read
            return Leaf(**about, expected=expected, reader=mark, read=read, known_by=known_by)
    return Branch(
        **about,
        expected="a list" if many else "an object",
        model=get_args(kind)[0] if many else kind,
        many=many,
        empty_by_token=EmptyByToken in marks,
    )


def _without_value(kind: object, *, optional: bool) -> tuple[object, object]:
    """Return the value of a field for null and for empty values, such as an empty text."""
    if optional or kind is object:
        return None, None
    if get_origin(kind) is tuple:
        return (), ()
    return MISSING, "" if kind is str else MISSING


def _type(hint: object) -> tuple[Any, tuple[object, ...], bool]:
    """Return the type of a field, what it is annotated with, and whether it may be None."""
    kind, marks = _without_marks(hint)
    parts = get_args(kind)
    if NoneType not in parts:
        return kind, marks, False
    # Beside None there is the type, which may be annotated itself.
    kind, inner = _without_marks(next(part for part in parts if part is not NoneType))
    return kind, marks + inner, True


def _without_marks(hint: Any) -> tuple[Any, tuple[object, ...]]:  # noqa: ANN401 - any type
    """Return a type, and what it is annotated with."""
    if get_origin(hint) is Annotated:
        return get_args(hint)[0], get_args(hint)[1:]
    return hint, ()


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
