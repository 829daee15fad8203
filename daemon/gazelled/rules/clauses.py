"""
What a match can demand of an item, one class for each kind of demand.

Each decides three-valued: what is null, missing or of the wrong type is unknown,
and unknown neither holds nor fails.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Protocol

from gazelled.model import Item
from gazelled.rules.units import human_size
from gazelled.wording import either

_WORD = re.compile(r"\w+")
_LABELS = {"license": "licence"}


@dataclass(frozen=True, slots=True)
class Clause:
    """
    What became of one demand.

    Attributes:
        name: Its key in the match table.
        holds: Whether it holds; None is unknown.
        text: The reason, as a person reads it.

    """

    name: str
    holds: bool | None
    text: str


class Demand(Protocol):
    """One demand of a match."""

    def judge(self, item: Item) -> Clause:
        """Decide it for an item."""


def label(name: str) -> str:
    """Name a field for people."""
    return _LABELS.get(name, name.replace("_", " "))


def words(text: str) -> tuple[str, ...]:
    """Split a text into its words, for comparison."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def plain_tag(tag: str) -> str:
    """Write a tag the one way that all answers can be compared in: "open.data"."""
    return re.sub(r"[\s_.]+", ".", tag.strip().casefold())


def _told(item: Item, name: str) -> object:
    match name:
        case "title":
            return item.title or None
        case "tags":
            return item.tags
        case "size":
            return item.size
        case _:
            return item.fields.get(name)


def number(value: object) -> float | None:
    """Take a value for a number, if it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return None if isinstance(value, float) and math.isnan(value) else value


def _unknown(name: str, key: str | None = None) -> Clause:
    return Clause(key or name, None, f"{label(name)} unknown")


@dataclass(frozen=True, slots=True)
class TitleHas:
    """All words of one of the entries are in the title."""

    entries: tuple[str, ...]

    def judge(self, item: Item) -> Clause:
        """Look for the first entry that fits."""
        title = _told(item, "title")
        if not isinstance(title, str):
            return _unknown("title")
        present = set(words(title))
        for entry in self.entries:
            if present.issuperset(words(entry)):
                return Clause("title", holds=True, text=entry)
        wanted = either([f'"{entry}"' for entry in self.entries])
        return Clause("title", holds=False, text=f"title without {wanted}")


@dataclass(frozen=True, slots=True)
class TagsHave:
    """Any, all or none of some tags are there."""

    how: str
    wanted: tuple[str, ...]

    def judge(self, item: Item) -> Clause:
        """Compare the tags, whatever their spelling."""
        key = f"tags.{self.how}"
        told = _told(item, "tags")
        if not isinstance(told, tuple) or not all(isinstance(tag, str) for tag in told):
            return _unknown("tags", key)
        present = {plain_tag(tag) for tag in told if tag}
        common = [tag for tag in self.wanted if plain_tag(tag) in present]
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

    def judge(self, item: Item) -> Clause:
        """Compare the text."""
        told = _told(item, self.name)
        if isinstance(told, tuple) is not self.several:
            return _unknown(self.name)
        texts = told if isinstance(told, tuple) else (told,)
        present = [text for text in texts if isinstance(text, str) and text]
        if not present or len(present) != len(texts):
            return _unknown(self.name)
        wanted = {text.casefold() for text in self.wanted}
        if common := [text for text in present if text.casefold() in wanted]:
            return Clause(self.name, holds=True, text=", ".join(common))
        text = f"{label(self.name)} {', '.join(present)}, wanted {either(self.wanted)}"
        return Clause(self.name, holds=False, text=text)


@dataclass(frozen=True, slots=True)
class IsNumber:
    """A number is one of some."""

    name: str
    wanted: tuple[float, ...]

    def judge(self, item: Item) -> Clause:
        """Compare the number."""
        value = number(_told(item, self.name))
        if value is None:
            return _unknown(self.name)
        text = f"{label(self.name)} {value}"
        if value in self.wanted:
            return Clause(self.name, holds=True, text=text)
        wanted = either([str(each) for each in self.wanted])
        return Clause(self.name, holds=False, text=f"{text}, wanted {wanted}")


@dataclass(frozen=True, slots=True)
class IsWithin:
    """A number, or the size, lies within bounds; both are included."""

    name: str
    least: float | None
    most: float | None

    def judge(self, item: Item) -> Clause:
        """Compare with both bounds."""
        value = number(_told(item, self.name))
        if value is None:
            return _unknown(self.name)
        low = self.least is None or value >= self.least
        high = self.most is None or value <= self.most
        if low and high:
            return Clause(self.name, holds=True, text=self._holding(value))
        bounds = [
            f"{word} {self._show(bound)}"
            for word, bound in (("at least", self.least), ("at most", self.most))
            if bound is not None
        ]
        shown = self._show(value)
        if any(bound.endswith(f" {shown}") for bound in bounds):
            shown = f"{value} bytes" if self.name == "size" else str(value)
        text = f"{label(self.name)} {shown}, wanted {either(bounds, 'and')}"
        return Clause(self.name, holds=False, text=text)

    def _show(self, value: float) -> str:
        return human_size(int(value)) if self.name == "size" else f"{value}"

    def _holding(self, value: float) -> str:
        """Write "7.1 ≤ 50 GiB": the unit once where all share it."""
        if self.most is None:
            shown, sign = [self._show(value), self._show(self.least or 0)], " ≥ "
        else:
            known = (self.least, value, self.most)
            shown, sign = [self._show(each) for each in known if each is not None], " ≤ "
        if self.name != "size":
            return f"{label(self.name)} {sign.join(shown)}"
        units = {text.rpartition(" ")[2] for text in shown}
        if len(units) == 1:
            shown = [*(text.rpartition(" ")[0] for text in shown[:-1]), shown[-1]]
        return sign.join(shown)


@dataclass(frozen=True, slots=True)
class IsFlag:
    """Something is so, or isn't."""

    name: str
    wanted: bool

    def judge(self, item: Item) -> Clause:
        """Compare the flag."""
        value = _told(item, self.name)
        if not isinstance(value, bool):
            return _unknown(self.name)
        text = label(self.name) if value else f"not {label(self.name)}"
        if value == self.wanted:
            return Clause(self.name, holds=True, text=text)
        return Clause(self.name, holds=False, text=f"{text}, wanted the opposite")
