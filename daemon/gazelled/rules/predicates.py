"""
The tree of a rule: what can be so of an item, or not, or be unknown.

The logic is three-valued after Kleene: what is unknown neither holds nor fails, and so does what
depends on it. `holds` is asked for every item; `gazelled.rules.explain` puts the reasons into
words for the few that somebody reads.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from gazelled.fields import FLAG, TAGS
from gazelled.model import Item
from gazelled.rules.operands import (
    Field,
    OnOne,
    OnTwo,
    Operand,
    plain_tag,
    plain_tags,
    words,
    words_of_item,
)
from gazelled.rules.patterns import Pattern

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "≤": operator.le,
    "=": operator.eq,
    "≠": operator.ne,
    "≥": operator.ge,
    ">": operator.gt,
}


class Predicate(Operand):
    """What holds for an item, or doesn't; its value is a flag, so that it can be compared."""

    __slots__ = ()
    type = FLAG

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Return whether it holds for an item; None if that is unknown."""
        raise NotImplementedError

    def value(self, item: Item, now: datetime) -> bool | None:
        return self.holds(item, now)


def shared(predicate: Predicate) -> Predicate:
    """Return one for all that are alike; 1 and 1.0 are equal, but not to people."""
    return _first(predicate, repr(predicate))


@lru_cache(maxsize=256)
def _first(predicate: Predicate, _shown: str) -> Predicate:
    return predicate


@dataclass(frozen=True, slots=True)
class _Joined(Predicate):
    """What depends on its parts alone."""

    parts: tuple[Predicate, ...] = ()

    def fields(self) -> Iterator[Field]:
        return (field for part in self.parts for field in part.fields())


@dataclass(frozen=True, slots=True)
class AllOf(_Joined):
    """All parts hold: one that fails is enough to fail, else one unknown is unknown."""

    def holds(self, item: Item, now: datetime) -> bool | None:
        outcome: bool | None = True
        for part in self.parts:
            holds = part.holds(item, now)
            if holds is False:
                return False
            if holds is None:
                outcome = None
        return outcome


@dataclass(frozen=True, slots=True)
class AnyOf(_Joined):
    """One part holds: one is enough to hold, else one unknown is unknown."""

    def holds(self, item: Item, now: datetime) -> bool | None:
        outcome: bool | None = False
        for part in self.parts:
            holds = part.holds(item, now)
            if holds:
                return True
            if holds is None:
                outcome = None
        return outcome


@dataclass(frozen=True, slots=True, eq=False)
class Unvetoed(Predicate):
    """No plugin has vetoed an item; those that were vetoed are known by their ids, with why."""

    vetoes: Mapping[str, str]

    def holds(self, item: Item, now: datetime) -> bool:
        del now
        return item.id not in self.vetoes


@dataclass(frozen=True, slots=True)
class Known(OnOne, Predicate):
    """The tracker said what a field is; that itself is never unknown."""

    def holds(self, item: Item, now: datetime) -> bool:
        return self.operand.value(item, now) is not None


@dataclass(frozen=True, slots=True)
class ValueTest(OnOne, Predicate):
    """Asks something of one value; unknown where that is."""

    def holds(self, item: Item, now: datetime) -> bool | None:
        value = self.operand.value(item, now)
        return None if value is None else self.test(value)

    def test(self, value: Any) -> bool:  # noqa: ANN401 - of the operand's type
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Not(ValueTest):
    """Another predicate doesn't hold."""

    def test(self, value: bool) -> bool:  # noqa: FBT001 - it is the value
        return not value


@dataclass(frozen=True, slots=True)
class Quoted(Predicate):
    """A predicate of an expression that is explained by quoting it as it was written."""

    predicate: Predicate
    text: str

    def fields(self) -> Iterator[Field]:
        return self.predicate.fields()

    def holds(self, item: Item, now: datetime) -> bool | None:
        return self.predicate.holds(item, now)


@dataclass(frozen=True, slots=True)
class IsFlag(ValueTest):
    """A flag is as it is wanted."""

    wanted: bool

    def test(self, value: bool) -> bool:  # noqa: FBT001 - likewise
        return value is self.wanted


@dataclass(frozen=True, slots=True)
class Compare(ValueTest):
    """An amount stands in a relation to one that is written in the rule."""

    sign: str
    bound: float

    def holds(self, item: Item, now: datetime) -> bool | None:
        # As `ValueTest` does, with one call less: most rules have one of these.
        value = self.operand.value(item, now)
        return None if value is None else COMPARISONS[self.sign](value, self.bound)

    def test(self, value: float) -> bool:
        return COMPARISONS[self.sign](value, self.bound)


@dataclass(frozen=True, slots=True)
class Range(ValueTest):
    """An amount lies within bounds, the lower one first."""

    parts: tuple[Compare, ...]

    def test(self, value: float) -> bool:
        for part in self.parts:  # noqa: SIM110 - a generator weighs more than it does
            if not COMPARISONS[part.sign](value, part.bound):
                return False
        return True


@dataclass(frozen=True, slots=True)
class IsNumber(ValueTest):
    """A number is one of some."""

    wanted: tuple[float, ...]

    def test(self, value: float) -> bool:
        return value in self.wanted


@dataclass(frozen=True, slots=True)
class IsOneOf(ValueTest):
    """A text, or one of a list, is one of some, whatever the case."""

    wanted: tuple[str, ...]

    @property
    def of_several(self) -> bool:
        return self.operand.type.python is tuple

    def test(self, value: str | tuple[str, ...]) -> bool:
        return bool(self.common(value))

    def common(self, value: str | tuple[str, ...]) -> list[str]:
        """Return what is wanted of what is there, as it is there."""
        wanted = [text.casefold() for text in self.wanted]
        texts = (value,) if isinstance(value, str) else value
        return [text for text in texts if text.casefold() in wanted]


@dataclass(frozen=True, slots=True)
class HasWords(ValueTest):
    """All words of one of the entries are in a text."""

    entries: tuple[str, ...]
    _sought: tuple[tuple[str, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the words once; a tuple weighs a fifth of a set."""
        sought = tuple(tuple(map(sys.intern, sorted(words(entry)))) for entry in self.entries)
        object.__setattr__(self, "_sought", sought)

    def test(self, value: str) -> bool:
        present = words_of_item(value)
        for sought in self._sought:  # noqa: SIM110 - likewise
            if present.issuperset(sought):
                return True
        return False

    def fitting(self, value: str) -> str | None:
        """Return the first entry whose words are all there."""
        present = words_of_item(value)
        for entry, sought in zip(self.entries, self._sought, strict=True):
            if present.issuperset(sought):
                return entry
        return None


@dataclass(frozen=True, slots=True)
class FitsPattern(ValueTest):
    """One of some patterns is found in a text."""

    patterns: tuple[Pattern, ...]

    def test(self, value: str) -> bool:
        return _any_fits(self.patterns, value)


@dataclass(frozen=True, slots=True)
class HasTags(ValueTest):
    """Any, all or none of some tags are there, whatever their spelling."""

    how: str
    wanted: tuple[str, ...]
    plain: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Write the tags as they are compared; most people have."""
        plain = tuple(plain_tag(tag) for tag in self.wanted)
        object.__setattr__(self, "plain", self.wanted if plain == self.wanted else plain)

    def test(self, value: tuple[str, ...]) -> bool:
        if self.how == "all":
            return plain_tags(value).issuperset(self.plain)
        return plain_tags(value).isdisjoint(self.plain) == (self.how == "none")


@dataclass(frozen=True, slots=True)
class HasFiles(ValueTest):
    """Any, all or none of some patterns fit the name of a file."""

    how: str
    globs: tuple[Pattern, ...]

    def test(self, value: tuple[str, ...]) -> bool:
        listed = "\n".join(value)  # all names at once: there can be thousands
        if self.how == "all":
            return all(glob.fits(listed) for glob in self.globs)
        return _any_fits(self.globs, listed) == (self.how == "any")


def _any_fits(patterns: tuple[Pattern, ...], text: str) -> bool:
    for pattern in patterns:  # noqa: SIM110 - likewise
        if pattern.fits(text):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Relation(OnTwo, Predicate):
    """Two amounts, flags or texts, both of the item, stand in a relation."""

    sign: str

    def holds(self, item: Item, now: datetime) -> bool | None:
        values = self.values(item, now)
        if values is None:
            return None
        if self.left.type.python is str:
            values = values[0].casefold(), values[1].casefold()
        return COMPARISONS[self.sign](*values)


@dataclass(frozen=True, slots=True)
class Contains(OnTwo, Predicate):
    """A text of the item, on the left, is in another, in its tags or in another list."""

    def holds(self, item: Item, now: datetime) -> bool | None:
        values = self.values(item, now)
        if values is None:
            return None
        text, whole = values
        if self.right.type is TAGS:
            return plain_tags(whole) >= plain_tags((text,))
        if self.right.type.python is tuple:
            return text.casefold() in [entry.casefold() for entry in whole]
        sought = words_of_item(text)
        return words_of_item(whole) >= sought if sought else None
