"""
What expressions do when they run, three-valued after Kleene: None is unknown.

Each function makes a callable, once; nothing here raises, whatever an item holds.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from gazelled.model import Item
from gazelled.rules.amounts import COMPARISONS
from gazelled.rules.patterns import Pattern
from gazelled.rules.values import Kind, amount, flag, number, plain_tags, text, texts, words_told

Run: TypeAlias = Callable[[Item, datetime], Any]
"""Evaluates a part for an item; None is unknown."""

Compute = Callable[[float, float], float]

ARITHMETIC: Mapping[str, Compute] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_LOOK_UP = {Kind.FLAG: flag, Kind.TEXT: text, Kind.TEXTS: texts}


def always(value: object) -> Run:
    """Be a constant."""
    return lambda _item, _now: value


def field(name: str, kind: Kind) -> Run:
    """Look up a field."""
    look_up: Callable[[Item, str, datetime], object] = _LOOK_UP.get(kind, amount)
    return lambda item, now: look_up(item, name, now)


def known(run: Run) -> Run:
    """Tell whether something is known; that itself always is."""
    return lambda item, now: run(item, now) is not None


def negated(run: Run) -> Run:
    """Turn yes and no around."""

    def evaluate(item: Item, now: datetime) -> bool | None:
        value: bool | None = run(item, now)
        return None if value is None else not value

    return evaluate


def all_of(runs: Sequence[Run]) -> Run:
    """Demand all: one no is no, else one unknown is unknown."""
    return _joined(runs, decisive=False)


def any_of(runs: Sequence[Run]) -> Run:
    """Demand one: one yes is yes, else one unknown is unknown."""
    return _joined(runs, decisive=True)


def _joined(runs: Sequence[Run], *, decisive: bool) -> Run:
    return runs[0] if len(runs) == 1 else _Joined(tuple(runs), decisive)


@dataclass(frozen=True, slots=True)
class _Joined:
    """A function that does the same weighs three times this, and a thousand rules have one."""

    parts: tuple[Run, ...]
    decisive: bool

    def __call__(self, item: Item, now: datetime) -> bool | None:
        """Evaluate the parts until one decides."""
        outcome: bool | None = not self.decisive
        for part in self.parts:
            value: bool | None = part(item, now)
            if value is self.decisive:
                return value
            if value is None:
                outcome = None
        return outcome


def _both(left: Run, right: Run, combine: Callable[[Any, Any], object]) -> Run:
    """Combine two values, if both are known."""

    def evaluate(item: Item, now: datetime) -> object:
        first = left(item, now)
        if first is None:
            return None
        second = right(item, now)
        return None if second is None else combine(first, second)

    return evaluate


def compared(left: Run, right: Run, sign: str, *, folded: bool = False) -> Run:
    """
    Compare two values.

    Args:
        left: The one.
        right: The other.
        sign: How, as in `COMPARISONS`.
        folded: Whether they are texts, whose case doesn't matter.

    """
    compare: Callable[[Any, Any], bool] = COMPARISONS[sign]
    if folded:
        return _both(left, right, lambda a, b: compare(a.casefold(), b.casefold()))
    return _both(left, right, compare)


def computed(left: Run, right: Run, sign: str) -> Run:
    """Compute a number; what has no value, or one beyond all bounds, is unknown."""
    compute = ARITHMETIC[sign]

    def combine(first: float, second: float) -> float | None:
        try:
            return number(compute(first, second))
        except (ZeroDivisionError, OverflowError):
            return None

    return _both(left, right, combine)


def one_of(run: Run, wanted: Collection[Any], *, folded: bool = False) -> Run:
    """Find a value among constants."""
    choices = frozenset(each.casefold() if folded else each for each in wanted)

    def evaluate(item: Item, now: datetime) -> bool | None:
        value = run(item, now)
        return None if value is None else (value.casefold() if folded else value) in choices

    return evaluate


def among(run: Run, several: Run) -> Run:
    """Find a text in a list of texts, whatever the case."""

    def combine(wanted: str, told: tuple[str, ...]) -> bool:
        folded = wanted.casefold()
        return folded in [each.casefold() for each in told]

    return _both(run, several, combine)


def tagged(run: Run, tags: Run) -> Run:
    """Find a tag, whatever its spelling."""
    return _both(run, tags, lambda wanted, told: plain_tags(told) >= plain_tags((wanted,)))


def in_words(run: Run, whole: Run) -> Run:
    """Find all words of a text in another."""

    def combine(wanted: str, told: str) -> bool | None:
        looked_for = words_told(wanted)
        return words_told(told) >= looked_for if looked_for else None

    return _both(run, whole, combine)


def fitting(run: Run, pattern: Pattern) -> Run:
    """Find a pattern in a text."""

    def evaluate(item: Item, now: datetime) -> bool | None:
        value = run(item, now)
        return None if value is None else pattern.fits(value)

    return evaluate


def length(run: Run) -> Run:
    """Count."""

    def evaluate(item: Item, now: datetime) -> int | None:
        value = run(item, now)
        return None if value is None else len(value)

    return evaluate
