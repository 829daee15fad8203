"""How the fields of a model are read, worked out once from their annotations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from gazelled.tracker.models.reading import Reader, Reading


class Told:
    """
    Stands in the annotation of a list that is always empty when a token asks.

    Empty by token is then None: the tracker didn't tell.
    """


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that holds a value."""

    name: str
    key: str
    read: Callable[[Any, Reading], object]
    expected: str
    required: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """A field that holds a model, or many; `told` is whether empty by token means unknown."""

    name: str
    key: str
    model: type[Any]
    many: bool
    optional: bool
    told: bool
    required: bool

    @property
    def listed(self) -> bool:
        """Whether it is a list without which the object says nothing."""
        return self.many and not self.optional


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A model's fields.

    Attributes:
        leaves: Those that hold a value.
        branches: Those that hold models.
        keys: The keys that they read.
        required: The keys that belong to every answer.
        lists: The keys of lists without which the object says nothing.

    """

    leaves: tuple[Leaf, ...]
    branches: tuple[Branch, ...]
    keys: frozenset[str]
    required: frozenset[str]
    lists: tuple[str, ...]


@cache
def plan_of(model: type[BaseModel]) -> Plan:
    """Work out once how a model's fields are read."""
    leaves, branches = list[Leaf](), list[Branch]()
    for name, info in model.model_fields.items():
        if name == "extra":
            continue
        key, required = info.alias or to_camel(name), info.is_required()
        reader = next((mark for mark in info.metadata if isinstance(mark, Reader)), None)
        if reader:
            leaves.append(Leaf(name, key, reader.read, reader.expected, required))
            continue
        inner, optional = _without_none(info.annotation)
        many = get_origin(inner) is tuple
        told = any(mark is Told for mark in info.metadata)
        child = get_args(inner)[0] if many else inner
        branches.append(Branch(name, key, child, many, optional, told, required))
    both: tuple[Leaf | Branch, ...] = (*leaves, *branches)
    return Plan(
        tuple(leaves),
        tuple(branches),
        frozenset(each.key for each in both),
        frozenset(each.key for each in both if each.required),
        tuple(branch.key for branch in branches if branch.listed),
    )


def _without_none(annotation: object) -> tuple[Any, bool]:
    parts = get_args(annotation)
    if NoneType not in parts:
        return annotation, False
    return next(part for part in parts if part is not NoneType), True
