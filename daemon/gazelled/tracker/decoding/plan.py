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
        default: None for a field that only some answers have; its absence is not drift then.
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

    @property
    def always(self) -> bool:
        return self.default is ...


def _specifier(info: Callable[P, FieldInfo]) -> Callable[P, Any]:
    return info


field = _specifier(FieldInfo)
"""Describes a field, as the type checker wants it: what it returns fits every field's type."""


class EmptyByToken:
    """
    Stands in the annotation of a list that is always empty when a token asks.

    Empty by token is then None: the tracker didn't tell.
    """


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that holds a value."""

    name: str
    key: str
    reader: Reader
    read: Callable[[Any, Reading], object]
    optional: bool
    info: FieldInfo


@dataclass(frozen=True, slots=True)
class Branch:
    """A field that holds a model, or many; `told` is whether empty by token means unknown."""

    name: str
    key: str
    model: type[Any]
    many: bool
    optional: bool
    told: bool
    info: FieldInfo

    @property
    def listed(self) -> bool:
        """Whether it is a list without which the object says nothing."""
        return self.many and not self.optional


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """
    A model's fields.

    Attributes:
        required: The keys that belong to every answer.
        lists: The keys of lists without which the object says nothing.

    """

    leaves: tuple[Leaf, ...]
    branches: tuple[Branch, ...]
    fields: dict[str, Leaf | Branch]
    keys: frozenset[str]
    required: frozenset[str]
    lists: tuple[str, ...]


_PLANS: dict[type[Any], ReadingPlan] = {}


def plan_of(model: type[Any]) -> ReadingPlan:
    """Return how a model's fields are read, worked out at the first use."""
    if model not in _PLANS:
        _PLANS[model] = _work_out(model)
    return _PLANS[model]


def _work_out(model: type[Any]) -> ReadingPlan:
    fields = dict[str, Leaf | Branch]()
    for name, hint in get_type_hints(model, include_extras=True).items():
        if name == "extra" or get_origin(hint) is ClassVar:
            continue
        info = getattr(model, name, ...)
        if not isinstance(info, FieldInfo):
            info = FieldInfo(default=info)
        fields[name] = _field(name, hint, info)
    every = fields.values()
    branches = tuple(each for each in every if isinstance(each, Branch))
    return ReadingPlan(
        tuple(each for each in every if isinstance(each, Leaf)),
        branches,
        fields,
        frozenset(each.key for each in every),
        frozenset(each.key for each in every if each.info.always),
        tuple(branch.key for branch in branches if branch.listed),
    )


def _field(name: str, hint: object, info: FieldInfo) -> Leaf | Branch:
    key = info.key or _camel(name)
    marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    kind: Any = get_args(hint)[0] if marks else hint
    inner: Any = next((part for part in get_args(kind) if part is not NoneType), kind)
    optional = NoneType in get_args(kind) or kind is object
    reader = next((mark for mark in marks if isinstance(mark, Reader)), None)
    if reader:
        return Leaf(name, key, reader, reader.read, optional, info)
    inner = inner if optional else kind
    many = get_origin(inner) is tuple
    child = get_args(inner)[0] if many else inner
    return Branch(name, key, child, many, optional, EmptyByToken in marks, info)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
