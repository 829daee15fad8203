"""
What a rule can demand of an item, one class for each kind of demand.

Each decides three-valued: what is null, missing or of the wrong type is unknown,
and unknown neither holds nor fails. `holds` is asked for every item, `judge` for the few
whose reasons somebody reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from gazelled.model import Item
from gazelled.rules.patterns import Pattern
from gazelled.rules.values import (
    flag,
    label,
    plain_tag,
    plain_tags,
    shortly,
    text,
    texts,
    words,
    words_told,
)
from gazelled.text import either


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

    def __hash__(self) -> int:
        """Equal demands can be one."""

    @property
    def names(self) -> frozenset[str]:
        """The fields that it looks at."""

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Decide it for an item, without words; None is unknown."""

    def judge(self, item: Item, now: datetime) -> Clause:
        """Decide it for an item, with the reason."""


@lru_cache(maxsize=256)
def only(name: str) -> frozenset[str]:
    """Give the names of a demand that looks at one field."""
    return frozenset((name,))


def shared(demand: Demand) -> Demand:
    """Keep what many rules demand only once; 1 and 1.0 are equal, but not to people."""
    return _first(demand, repr(demand))


@lru_cache(maxsize=256)
def _first(demand: Demand, _shown: str) -> Demand:
    return demand


def not_told(name: str, key: str = "") -> Clause:
    """Say that an item doesn't tell a field."""
    return Clause(key or name, None, f"{label(name)} unknown")


def all_hold(demands: Sequence[Demand], item: Item, now: datetime) -> bool | None:
    """Decide several, all of which must hold; one that fails is enough to fail."""
    outcome: bool | None = True
    for demand in demands:
        holds = demand.holds(item, now)
        if holds is False:
            return False
        if holds is None:
            outcome = None
    return outcome


@dataclass(frozen=True, slots=True)
class HasWords:
    """All words of one of the entries are in a text."""

    name: str
    entries: tuple[str, ...]
    _sought: tuple[tuple[str, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the words once; a tuple is a fifth of a set."""
        sought = tuple(tuple(sorted(words(entry))) for entry in self.entries)
        object.__setattr__(self, "_sought", sought)

    @property
    def names(self) -> frozenset[str]:
        """The field that it looks at."""
        return only(self.name)

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Look for an entry that fits."""
        told = text(item, self.name, now)
        return None if told is None else self._fitting(told) is not None

    def judge(self, item: Item, now: datetime) -> Clause:
        """Say which entry fits."""
        told = text(item, self.name, now)
        if told is None:
            return not_told(self.name)
        entry = self._fitting(told)
        if entry is not None:
            return Clause(self.name, holds=True, text=entry)
        wanted = either([f'"{entry}"' for entry in self.entries])
        return Clause(self.name, holds=False, text=f"{label(self.name)} without {wanted}")

    def _fitting(self, told: str) -> str | None:
        present = words_told(told)
        for entry, sought in zip(self.entries, self._sought, strict=True):
            if present.issuperset(sought):
                return entry
        return None


@dataclass(frozen=True, slots=True)
class Fits:
    """One of some patterns is found in a text."""

    key: str
    name: str
    patterns: tuple[Pattern, ...]

    @property
    def names(self) -> frozenset[str]:
        """The field that it looks at."""
        return only(self.name)

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Look for a pattern that fits."""
        told = text(item, self.name, now)
        if told is None:
            return None
        return any(pattern.fits(told) for pattern in self.patterns)

    def judge(self, item: Item, now: datetime) -> Clause:
        """Say which pattern fits."""
        told = text(item, self.name, now)
        if told is None:
            return not_told(self.name, self.key)
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
    _plain: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Write the tags as they are compared; most people have."""
        plain = tuple(plain_tag(tag) for tag in self.wanted)
        object.__setattr__(self, "_plain", self.wanted if plain == self.wanted else plain)

    @property
    def names(self) -> frozenset[str]:
        """The field that it looks at."""
        return only("tags")

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Compare the tags, whatever their spelling."""
        told = texts(item, "tags", now)
        if told is None:
            return None
        present = plain_tags(told)
        if self.how == "all":
            return present.issuperset(self._plain)
        return present.isdisjoint(self._plain) == (self.how == "none")

    def judge(self, item: Item, now: datetime) -> Clause:
        """Say which tags are there."""
        key = f"tags.{self.how}"
        told = texts(item, "tags", now)
        if told is None:
            return not_told("tags", key)
        holds = self.holds(item, now)
        present = plain_tags(told)
        common = [
            tag for tag, plain in zip(self.wanted, self._plain, strict=True) if plain in present
        ]
        if self.how == "none":
            said = f"not {either(self.wanted)}"
            return Clause(
                key, holds, said if holds else f"tagged {either(common, 'and')}, not wanted"
            )
        if holds:
            return Clause(key, holds, ", ".join(common))
        wanted = either(self.wanted, "and" if self.how == "all" else "or")
        has = f"tags {', '.join(sorted(present))}" if present else "no tags"
        return Clause(key, holds, f"{has}, wanted {wanted}")


@dataclass(frozen=True, slots=True)
class FilesFit:
    """Any, all or none of some patterns fit the name of a file."""

    how: str
    globs: tuple[Pattern, ...]

    @property
    def names(self) -> frozenset[str]:
        """The field that it looks at."""
        return only("files")

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Look at all names at once: there can be thousands."""
        told = texts(item, "files", now)
        if told is None:
            return None
        listed = "\n".join(told)
        if self.how == "all":
            return all(glob.fits(listed) for glob in self.globs)
        return any(glob.fits(listed) for glob in self.globs) == (self.how == "any")

    def judge(self, item: Item, now: datetime) -> Clause:
        """Say which file fits, or which pattern fits none."""
        key = f"files.{self.how}"
        told = texts(item, "files", now)
        if told is None:
            return not_told("files", key)
        holds = self.holds(item, now)
        found = [next((name for name in told if glob.fits(name)), None) for glob in self.globs]
        common = ", ".join(dict.fromkeys(shortly(name) for name in found if name is not None))
        missing = [glob.text for glob, name in zip(self.globs, found, strict=True) if name is None]
        if self.how == "none" and not holds:
            return Clause(key, holds, f"file {common}, not wanted")
        return Clause(key, holds, common if common and holds else f"no file {either(missing)}")


@dataclass(frozen=True, slots=True)
class IsOneOf:
    """A text is one of some, whatever the case; where a field holds several, any of them is."""

    name: str
    wanted: tuple[str, ...]
    several: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The field that it looks at."""
        return only(self.name)

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Compare the text."""
        present = self._told(item, now)
        return None if present is None else bool(self._common(present))

    def judge(self, item: Item, now: datetime) -> Clause:
        """Say which text it is."""
        present = self._told(item, now)
        if present is None:
            return not_told(self.name)
        if common := self._common(present):
            return Clause(self.name, holds=True, text=", ".join(common))
        said = f"{label(self.name)} {', '.join(present)}, wanted {either(self.wanted)}"
        return Clause(self.name, holds=False, text=said)

    def _told(self, item: Item, now: datetime) -> tuple[str, ...] | None:
        if self.several:
            return texts(item, self.name, now)
        one = text(item, self.name, now)
        return None if one is None else (one,)

    def _common(self, present: tuple[str, ...]) -> list[str]:
        wanted = [text.casefold() for text in self.wanted]
        return [text for text in present if text.casefold() in wanted]


@dataclass(frozen=True, slots=True)
class IsFlag:
    """Something is so, or isn't."""

    name: str
    wanted: bool

    @property
    def names(self) -> frozenset[str]:
        """The field that it looks at."""
        return only(self.name)

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Compare the flag."""
        value = flag(item, self.name, now)
        return None if value is None else value == self.wanted

    def judge(self, item: Item, now: datetime) -> Clause:
        """Say how it is."""
        value = flag(item, self.name, now)
        if value is None:
            return not_told(self.name)
        said = label(self.name) if value else f"not {label(self.name)}"
        if value == self.wanted:
            return Clause(self.name, holds=True, text=said)
        return Clause(self.name, holds=False, text=f"{said}, wanted the opposite")
