"""What a rule can demand of a number, a size or an age."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gazelled.model import Item
from gazelled.rules.clauses import Clause, not_told, only
from gazelled.rules.values import Kind, amount, label, show, show_beside, show_bound
from gazelled.text import either

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "≤": operator.le,
    "=": operator.eq,
    "≠": operator.ne,
    "≥": operator.ge,
    ">": operator.gt,
}
_RELATIONS = {
    "<": "below",
    "≤": "at most",
    "=": "exactly",
    "≠": "anything but",
    "≥": "at least",
    ">": "above",
}


@dataclass(frozen=True, slots=True)
class IsNumber:
    """A number is one of some."""

    name: str
    wanted: tuple[float, ...]

    @property
    def names(self) -> frozenset[str]:
        """The field that it looks at."""
        return only(self.name)

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Compare the number."""
        value = amount(item, self.name, now)
        return None if value is None else value in self.wanted

    def judge(self, item: Item, now: datetime) -> Clause:
        """Say which number it is."""
        value = amount(item, self.name, now)
        if value is None:
            return not_told(self.name)
        said = f"{label(self.name)} {value}"
        if value in self.wanted:
            return Clause(self.name, holds=True, text=said)
        wanted = either([str(each) for each in self.wanted])
        return Clause(self.name, holds=False, text=f"{said}, wanted {wanted}")


@dataclass(frozen=True, slots=True)
class IsWithin:
    """An amount lies within bounds; both are included."""

    name: str
    least: float | None
    most: float | None
    kind: Kind = Kind.NUMBER

    @property
    def names(self) -> frozenset[str]:
        """The field that it looks at."""
        return only(self.name)

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Compare with both bounds."""
        value = amount(item, self.name, now)
        if value is None:
            return None
        if self.least is not None and value < self.least:
            return False
        return self.most is None or value <= self.most

    def judge(self, item: Item, now: datetime) -> Clause:
        """Say what it is, and what it may be."""
        value = amount(item, self.name, now)
        if value is None:
            return not_told(self.name)
        if self.holds(item, now):
            return Clause(self.name, holds=True, text=self._holding(value))
        bounds = [
            f"{word} {show_bound(self.kind, bound)}"
            for word, bound in (("at least", self.least), ("at most", self.most))
            if bound is not None
        ]
        beside = (bound for bound in (self.least, self.most) if bound is not None)
        shown = show_beside(self.kind, value, *beside)
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
        units = {text.rpartition(" ")[2] for text in shown}
        if self.kind is Kind.SIZE and len(units) == 1:
            shown = [*(text.rpartition(" ")[0] for text in shown[:-1]), shown[-1]]
        said = sign.join(shown)
        return said if self.name == "size" else f"{label(self.name)} {said}"


@dataclass(frozen=True, slots=True)
class Compares:
    """An amount stands in some relation to another, as an expression has it."""

    name: str
    sign: str
    bound: float
    kind: Kind = Kind.NUMBER

    @property
    def names(self) -> frozenset[str]:
        """The field that it looks at."""
        return only(self.name)

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Compare with the bound."""
        value = amount(item, self.name, now)
        return None if value is None else COMPARISONS[self.sign](value, self.bound)

    def judge(self, item: Item, now: datetime) -> Clause:
        """Write "ratio 0.94, below 1.0"."""
        value = amount(item, self.name, now)
        if value is None:
            return not_told(self.name)
        shown = show_beside(self.kind, value, self.bound)
        bound = show_bound(self.kind, self.bound)
        holds = COMPARISONS[self.sign](value, self.bound)
        relation = _RELATIONS[self.sign]
        wanted = relation if holds else f"wanted {relation}"
        return Clause(self.name, holds, f"{label(self.name)} {shown}, {wanted} {bound}")
