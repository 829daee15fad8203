"""What a reading of an answer carries along: how to take values, and what was odd about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any, Literal

from gazelled.fields import TEXT, FieldType
from gazelled.tracker.decoding.scalars import describe

By = Literal["token", "cookie"]
"""How the call was authenticated: a token doesn't load its user, so many answers tell it less."""

MOST_DRIFT = 100
"""So many differences describe any change; more would describe noise."""


@dataclass(frozen=True, slots=True)
class Drift:
    """
    One difference between an answer and its model.

    Attributes:
        kind: A key that the model doesn't know (`new`), one that should be there and isn't
            (`missing`), or a value of another type (`odd`).
        path: Where, from the payload inwards; `[]` stands for each entry of a list.
        expected: What the model takes; empty for a new key.
        came: The kind of value that came, never the value; empty for a missing key.

    """

    kind: Literal["new", "missing", "odd"]
    path: str
    expected: str = ""
    came: str = ""

    def __str__(self) -> str:
        if self.kind == "new":
            return f"{self.path} is new: {self.came}"
        if self.kind == "missing":
            return f"{self.path} is missing: it was {self.expected}"
        return f"{self.path} is {self.came}, not {self.expected}"


@dataclass(slots=True)
class Reading:
    """
    One reading of one answer.

    `zone` is that of the site's times, which carry none; `drift` stands by kind and path.

    Attributes:
        drift: What was odd so far, by kind and path.
        missing: Where a value is missing that a field must have, in the order of reading.

    """

    zone: tzinfo = UTC
    by: By = "cookie"
    drift: dict[tuple[str, str], Drift] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def note(
        self,
        kind: Literal["new", "missing", "odd"],
        path: str,
        *,
        expected: str = "",
        came: object = "",
    ) -> None:
        """Remember a difference, once for each place."""
        if (kind, path) not in self.drift and len(self.drift) < MOST_DRIFT:
            word = "" if kind == "missing" else describe(came)
            self.drift[kind, path] = Drift(kind, path.lstrip("."), expected, word)


class Odd(Exception):  # noqa: N818 - the state of a value, in one word
    """A value can't be taken for what it should be, which `expected` says in words."""

    def __init__(self, expected: str = "") -> None:
        super().__init__(expected)
        self.expected = expected


class Partly(Exception):  # noqa: N818 - how much of a list could be taken, in one word
    """The `rest` of a list's entries, as they came, can't be taken; `value` is the list without."""

    def __init__(self, value: object, rest: list[object], expected: str = "") -> None:
        super().__init__()
        self.value = value
        self.rest = rest
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Reader:
    """
    How a field takes its value; stands in the annotation of its type.

    `read` takes a value that isn't null, and raises `Odd` when it can't; `expected` says in words
    what it takes, and `type` what rules, tables and messages take it for.
    """

    read: Callable[[Any, Reading], object]
    expected: str
    type: FieldType = TEXT
