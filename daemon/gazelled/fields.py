"""
The types of fields: what an item's field holds, how a rule compares it, how people read it.

The type stands where a field is declared, and nowhere is there a list of the fields of one type:

    "size": Column(("size",), SIZE)
    Size = Annotated[int | None, Reader(count, "a whole number", SIZE)]

Rules take their comparisons and units from it, tables and messages how a value is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from gazelled.model import Value
from gazelled.units import (
    human_age,
    human_duration,
    human_size,
    parse_duration,
    parse_size,
)

LIMIT = 2**63
"""No number that means something is larger."""

LONGEST_TEXT = 100_000
"""So many characters a text of a plugin has at most, or all texts of a list."""

MOST_TEXTS = 1_000

_SMALL = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class FieldType:
    """
    What a field holds.

    Attributes:
        name: Its name in this module.
        noun: What it is called in a sentence: "a size".
        python: The type of its values.
        amount: How it is read and written as an amount; None for what has no order.

    """

    name: str
    noun: str = field(repr=False)
    python: type = field(repr=False)
    amount: Amount | None = field(default=None, repr=False)

    def checked(self, value: object) -> Value:
        """
        Return a value that is computed or looked up, as an item holds one of this type.

        A list of texts becomes a tuple; an empty text and None are unknown, which is None.

        Raises:
            ValueError: If it is of another type, too long or out of bounds; with what it should be.

        """
        if value is None or value == "":
            return None
        taken = self._taken(value)
        if taken is None:
            raise ValueError(f"expected {self.noun}, not {_shown(value)}")
        return taken

    def _taken(self, value: object) -> Value:
        """Return a value if it is of this type, else None."""
        if self.python is str:
            return value if isinstance(value, str) and len(value) <= LONGEST_TEXT else None
        if self.python is bool:
            return value if isinstance(value, bool) else None
        if self.python is tuple:
            return _texts(value)
        taken = number(value) if self.amount else None
        least = self.amount.least if self.amount else None
        return None if taken is None or (least is not None and taken < least) else taken


def _texts(value: object) -> tuple[str, ...] | None:
    """Return a list of texts as a tuple; None for any other."""
    if not isinstance(value, list | tuple) or len(value) > MOST_TEXTS:
        return None
    texts = tuple(text for text in value if isinstance(text, str) and text)
    fits = len(texts) == len(value) and sum(map(len, texts)) <= LONGEST_TEXT
    return texts if fits else None


def _shown(value: object) -> str:
    """Write what a value is, without a text that may be anything."""
    if isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str | list | tuple):
        return f"a {type(value).__name__} of {len(value):,}"
    return type(value).__name__


@dataclass(frozen=True, slots=True, eq=False)
class Amount:
    """
    How an amount is read and written.

    Attributes:
        parse: Reads one as the config has it; raises a ValueError with a sentence.
        show: Writes one for people.
        write: Writes one as the config has it.
        exact: Writes one that would look like another.
        least: The smallest that there is, if there is one.

    """

    parse: Callable[[object], float]
    show: Callable[[float], str]
    write: Callable[[float], str]
    exact: Callable[[float], str]
    least: float | None = None

    def show_beside(self, value: float, *bounds: float) -> str:
        """Write an amount for people, exactly where it would look the same as another."""
        shown = self.show(value)
        for bound in bounds:
            alike = shown.removesuffix(".0") == self.write(bound).removesuffix(".0")
            if alike and value != bound:
                return self.exact(value)
        return shown


def number(value: object) -> float | None:
    """Return a value that is a number within bounds; None for any other."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if -LIMIT <= value <= LIMIT else None  # neither is what is no number


def _parse_number(value: object) -> float:
    parsed = number(value)
    if parsed is None:
        raise ValueError("expected a number, without quotes")
    return parsed


def _show_number(value: float) -> str:
    """Write a number with no more than two decimals, unless it is small."""
    return f"{value}" if abs(value) < _SMALL else f"{round(value, 2)}"


def _size(value: float) -> str:
    return human_size(int(value))


TEXT = FieldType("TEXT", "a text", str)
"""A text that is compared as a whole, in any case: a licence, a name."""
WORDS = FieldType("WORDS", "a text", str)
"""A text that is searched for words: a title, a description."""
TEXTS = FieldType("TEXTS", "a list of texts", tuple)
"""Texts, one of which is looked for."""
TAGS = FieldType("TAGS", "a list of texts", tuple)
"""Tags, in whatever spelling."""
FILES = FieldType("FILES", "a list of texts", tuple)
"""The names of files, looked for with * and ?."""
TIME = FieldType("TIME", "a time", datetime)
"""When something happened; rules ask how long ago."""
FLAG = FieldType("FLAG", "true or false", bool)
"""What is so or isn't."""
NUMBER = FieldType("NUMBER", "a number", float, Amount(_parse_number, _show_number, str, str))
"""A number with a fraction: a ratio."""
COUNT = FieldType("COUNT", "a number", int, Amount(_parse_number, _show_number, str, str, 0))
"""A whole number, which is never below 0."""
SIZE = FieldType("SIZE", "a size", int, Amount(parse_size, _size, _size, "{} bytes".format, 0))
"""A number of bytes."""
AGE = FieldType(
    "AGE",
    "a duration",
    float,
    Amount(parse_duration, human_age, human_duration, "{:.0f}s".format, 0),
)
"""How long ago an item appeared, in seconds; it is computed when it is compared."""
