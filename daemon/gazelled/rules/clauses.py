"""
What a rule can demand of an item, one class for each kind of demand.

Each decides three-valued: what is null, missing or of the wrong type is unknown,
and unknown neither holds nor fails.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gazelled.model import Item
from gazelled.rules.patterns import Pattern
from gazelled.rules.values import (
    Kind,
    amount,
    flag,
    label,
    plain_tags,
    show,
    show_bound,
    show_exactly,
    text,
    texts,
    words,
)
from gazelled.wording import either

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "≤": operator.le,
    "=": operator.eq,
    "≠": operator.ne,
    "≥": operator.ge,
    ">": operator.gt,
}
_RELATIONS = {
    "<": "less than",
    "≤": "at most",
    "=": "exactly",
    "≠": "anything but",
    "≥": "at least",
    ">": "more than",
}


@dataclass(frozen=True, slots=True)
class Clause:
    """
    What became of one demand.

    Attributes:
        name: Its key in the match table, or `if`.
        holds: Whether it holds; None is unknown.
        text: The reason, as a person reads it.

    """

    name: str
    holds: bool | None
    text: str


class Demand(Protocol):
    """One demand of a rule."""

    def judge(self, item: Item, now: datetime) -> Clause:
        """Decide it for an item."""


def _unknown(name: str, key: str | None = None) -> Clause:
    return Clause(key or name, None, f"{label(name)} unknown")


@dataclass(frozen=True, slots=True)
class TitleHas:
    """All words of one of the entries are in the title."""

    entries: tuple[str, ...]

    def judge(self, item: Item, now: datetime) -> Clause:
        """Look for the first entry that fits."""
        title = text(item, "title", now)
        if title is None:
            return _unknown("title")
        present = words(title)
        for entry in self.entries:
            if present.issuperset(words(entry)):
                return Clause("title", holds=True, text=entry)
        wanted = either([f'"{entry}"' for entry in self.entries])
        return Clause("title", holds=False, text=f"title without {wanted}")


@dataclass(frozen=True, slots=True)
class Fits:
    """One of some patterns is found in a text."""

    key: str
    name: str
    patterns: tuple[Pattern, ...]

    def judge(self, item: Item, now: datetime) -> Clause:
        """Look for the first pattern that fits."""
        told = text(item, self.name, now)
        if told is None:
            return _unknown(self.name, self.key)
        named = label(self.name)
        for pattern in self.patterns:
            if pattern.fits(told):
                return Clause(self.key, holds=True, text=f"{named} fits {pattern.text}")
        wanted = either([pattern.text for pattern in self.patterns])
        return Clause(self.key, holds=False, text=f"{named} doesn't fit {wanted}")


@dataclass(frozen=True, slots=True)
class TagsHave:
    """Any, all or none of some tags are there."""

    how: str
    wanted: tuple[str, ...]

    def judge(self, item: Item, now: datetime) -> Clause:
        """Compare the tags, whatever their spelling."""
        key = f"tags.{self.how}"
        told = texts(item, "tags", now)
        if told is None:
            return _unknown("tags", key)
        present = plain_tags(told)
        common = [tag for tag in self.wanted if present.issuperset(plain_tags((tag,)))]
        if self.how == "none":
            if common:
                return Clause(key, holds=False, text=f"tagged {either(common, 'and')}, not wanted")
            return Clause(key, holds=True, text=f"not {either(self.wanted)}")
        if len(common) >= (len(self.wanted) if self.how == "all" else 1):
            return Clause(key, holds=True, text=", ".join(common))
        wanted = either(self.wanted, "and" if self.how == "all" else "or")
        has = f"tags {', '.join(sorted(present))}" if present else "no tags"
        return Clause(key, holds=False, text=f"{has}, wanted {wanted}")


@dataclass(frozen=True, slots=True)
class IsOneOf:
    """A text is one of some, whatever the case; where a field holds several, any of them is."""

    name: str
    wanted: tuple[str, ...]
    several: bool = False

    def judge(self, item: Item, now: datetime) -> Clause:
        """Compare the text."""
        if self.several:
            present = texts(item, self.name, now)
        else:
            one = text(item, self.name, now)
            present = None if one is None else (one,)
        if present is None:
            return _unknown(self.name)
        wanted = {text.casefold() for text in self.wanted}
        if common := [text for text in present if text.casefold() in wanted]:
            return Clause(self.name, holds=True, text=", ".join(common))
        said = f"{label(self.name)} {', '.join(present)}, wanted {either(self.wanted)}"
        return Clause(self.name, holds=False, text=said)


@dataclass(frozen=True, slots=True)
class IsNumber:
    """A number is one of some."""

    name: str
    wanted: tuple[float, ...]

    def judge(self, item: Item, now: datetime) -> Clause:
        """Compare the number."""
        value = amount(item, self.name, now)
        if value is None:
            return _unknown(self.name)
        said = f"{label(self.name)} {value}"
        if value in self.wanted:
            return Clause(self.name, holds=True, text=said)
        wanted = either([str(each) for each in self.wanted])
        return Clause(self.name, holds=False, text=f"{said}, wanted {wanted}")


@dataclass(frozen=True, slots=True)
class IsWithin:
    """A number, a size or an age lies within bounds; both are included."""

    name: str
    least: float | None
    most: float | None
    kind: Kind = Kind.NUMBER

    def judge(self, item: Item, now: datetime) -> Clause:
        """Compare with both bounds."""
        value = amount(item, self.name, now)
        if value is None:
            return _unknown(self.name)
        low = self.least is None or value >= self.least
        high = self.most is None or value <= self.most
        if low and high:
            return Clause(self.name, holds=True, text=self._holding(value))
        bounds = [
            f"{word} {show_bound(self.kind, bound)}"
            for word, bound in (("at least", self.least), ("at most", self.most))
            if bound is not None
        ]
        shown = show(self.kind, value)
        if any(bound.endswith(f" {shown}") for bound in bounds):
            shown = show_exactly(self.kind, value)
        said = f"{label(self.name)} {shown}, wanted {either(bounds, 'and')}"
        return Clause(self.name, holds=False, text=said)

    def _holding(self, value: float) -> str:
        """Write "7.1 ≤ 50 GiB": the unit once where all share it."""
        told = show(self.kind, value)
        least, most = (
            [] if bound is None else [show_bound(self.kind, bound)]
            for bound in (self.least, self.most)
        )
        shown, sign = ([*least, told, *most], " ≤ ") if most else ([told, *least], " ≥ ")
        if self.kind is not Kind.SIZE:
            return f"{label(self.name)} {sign.join(shown)}"
        units = {text.rpartition(" ")[2] for text in shown}
        if len(units) == 1:
            shown = [*(text.rpartition(" ")[0] for text in shown[:-1]), shown[-1]]
        return sign.join(shown)


@dataclass(frozen=True, slots=True)
class Compares:
    """A number, a size or an age stands in some relation to another."""

    name: str
    sign: str
    bound: float
    kind: Kind = Kind.NUMBER

    def judge(self, item: Item, now: datetime) -> Clause:
        """Compare with the bound."""
        value = amount(item, self.name, now)
        if value is None:
            return _unknown(self.name)
        shown, bound = show(self.kind, value), show_bound(self.kind, self.bound)
        if shown == bound and value != self.bound:
            shown = show_exactly(self.kind, value)
        holds = COMPARISONS[self.sign](value, self.bound)
        wanted = f"{self.sign} {bound}" if holds else f"wanted {_RELATIONS[self.sign]} {bound}"
        between = " " if holds else ", "
        return Clause(self.name, holds, f"{label(self.name)} {shown}{between}{wanted}")


@dataclass(frozen=True, slots=True)
class IsFlag:
    """Something is so, or isn't."""

    name: str
    wanted: bool

    def judge(self, item: Item, now: datetime) -> Clause:
        """Compare the flag."""
        value = flag(item, self.name, now)
        if value is None:
            return _unknown(self.name)
        said = label(self.name) if value else f"not {label(self.name)}"
        if value == self.wanted:
            return Clause(self.name, holds=True, text=said)
        return Clause(self.name, holds=False, text=f"{said}, wanted the opposite")
