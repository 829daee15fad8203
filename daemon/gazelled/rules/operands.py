"""
What predicates look at: the fields of an item, and what is computed from them.

A value is None where it is unknown: null, missing, empty or of the wrong type. Nothing here
raises, whatever an item holds.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from gazelled.fields import FieldType, number
from gazelled.model import Item, Value

_ATTRIBUTES = frozenset(("age", "size", "tags", "title"))
_LABELS = {"license": "licence"}
_WORD = re.compile(r"\w+")
_LONGEST_TITLE = 300

ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


class Operand:
    """A value of some type that is worked out for an item."""

    __slots__ = ()
    type: FieldType

    def fields(self) -> Iterator[Field]:
        return iter(())

    @property
    def names(self) -> frozenset[str]:
        return frozenset(field.name for field in self.fields())

    def value(self, item: Item, now: datetime) -> Any:  # noqa: ANN401 - of its type, or None
        """Return the value for an item; None if it is unknown."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class OnOne(Operand):
    """What looks at one other."""

    operand: Operand

    def fields(self) -> Iterator[Field]:
        return self.operand.fields()


@dataclass(frozen=True, slots=True)
class OnTwo(Operand):
    """What looks at two others."""

    left: Operand
    right: Operand

    def fields(self) -> Iterator[Field]:
        yield from self.left.fields()
        yield from self.right.fields()

    def values(self, item: Item, now: datetime) -> tuple[Any, Any] | None:
        """Return both values; None if one of them is unknown."""
        left = self.left.value(item, now)
        right = None if left is None else self.right.value(item, now)
        return None if right is None else (left, right)


@dataclass(frozen=True, slots=True)
class Constant(Operand):
    """A value that is written in the rule."""

    type: FieldType
    written: str | float

    def value(self, item: Item, now: datetime) -> str | float:
        del item, now
        return self.written


@dataclass(frozen=True, slots=True)
class Field(Operand):
    """A field of an item; `field_of` keeps one for all rules."""

    name: str
    type: FieldType

    @property
    def label(self) -> str:
        return label(self.name)

    def fields(self) -> Iterator[Field]:
        yield self

    def value(self, item: Item, now: datetime) -> Any:  # noqa: ANN401 - of its type, or None
        """Return what the item holds; None if that isn't of the field's type."""
        name, python = self.name, self.type.python
        if name not in _ATTRIBUTES:
            value = item.fields.get(name)
        elif name == "age":
            value = _age(item, now)
        else:
            value = getattr(item, name)
        if python is str:
            return value if isinstance(value, str) and value else None
        if python is tuple:
            if not isinstance(value, tuple):
                return None
            for text in value:
                if not isinstance(text, str):
                    return None
            # Only of tags is it known that there are none.
            return value if name == "tags" or (value and all(value)) else None
        if python is bool:
            return value if isinstance(value, bool) else None
        return number(value)


field_of = lru_cache(maxsize=256)(Field)


@dataclass(frozen=True, slots=True)
class Computed(OnTwo):
    """A number, size or duration that is computed of two others."""

    type: FieldType
    sign: str

    def value(self, item: Item, now: datetime) -> float | None:
        """Return the result; None also where it has no value or is beyond all bounds."""
        values = self.values(item, now)
        try:
            return None if values is None else number(ARITHMETIC[self.sign](*values))
        except (ZeroDivisionError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class Length(OnOne):
    """How many characters a text has, or how many texts a list."""

    type: FieldType

    def value(self, item: Item, now: datetime) -> int | None:
        value = self.operand.value(item, now)
        return None if value is None else len(value)


@dataclass(frozen=True, slots=True, eq=False)
class RuleFunction:
    """
    A function for `if`.

    Attributes:
        name: Its name in rules.
        function: The function: pure, of known values; None is an unknown result.
        takes: The types of its arguments.
        returns: The type of its result.
        example: A use of it.

    """

    name: str
    function: Callable[..., Value]
    takes: tuple[FieldType, ...]
    returns: FieldType
    example: str = ""


@dataclass(frozen=True, slots=True)
class Called(Operand):
    """The result of a plugin's function; unknown where an argument is."""

    function: RuleFunction
    arguments: tuple[Operand, ...]
    type: FieldType

    def fields(self) -> Iterator[Field]:
        for argument in self.arguments:
            yield from argument.fields()

    def value(self, item: Item, now: datetime) -> Any:  # noqa: ANN401 - of its type, or None
        values = []
        for argument in self.arguments:
            value = argument.value(item, now)
            if value is None:
                return None
            values.append(value)
        return self.function.function(*values)


def _age(item: Item, now: datetime) -> float | None:
    if item.time is None or item.time.tzinfo is None:
        return None
    return (now - item.time).total_seconds()


def label(name: str) -> str:
    """Return the name of a field as people read it."""
    return _LABELS.get(name, name.replace("_", " "))


def words(text: str) -> frozenset[str]:
    """Return the words of a text, for comparison."""
    return frozenset(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def words_of_item(text: str) -> frozenset[str]:
    """Return the words of an item's text; they are kept, as all watches look at the same items."""
    return _words_of_title(text) if len(text) <= _LONGEST_TITLE else _words_of_page(text)


_words_of_title = lru_cache(maxsize=1024)(words)
_words_of_page = lru_cache(maxsize=16)(words)


def plain_tag(tag: str) -> str:
    """Write a tag the one way that all answers can be compared in: "open.data"."""
    return re.sub(r"[\s_.]+", ".", tag.strip().casefold())


@lru_cache(maxsize=1024)
def plain_tags(tags: tuple[str, ...]) -> frozenset[str]:
    """Write an item's tags as `plain_tag` does, once for all watches."""
    return frozenset(plain_tag(tag) for tag in tags if tag)
