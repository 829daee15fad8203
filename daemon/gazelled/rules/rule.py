"""A rule: all that must hold of an item, from `match` and `if` alike."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from gazelled.model import Decision, Item
from gazelled.rules.explain import explain
from gazelled.rules.operands import Field
from gazelled.rules.predicates import AllOf, Compare, Predicate, Unvetoed


@dataclass(frozen=True, slots=True)
class Rule(AllOf):
    """
    All parts must hold; without any, every item fits.

    They are the keys of `match`, then what stands between the outermost `and` of `if`.
    """

    def __and__(self, other: Rule) -> Rule:
        return Rule((*self.parts, *other.parts))

    def within(self, fields: Container[str]) -> Rule:
        """
        Return the rule of those parts that look at nothing but some fields.

        Where that doesn't hold, the whole doesn't either, whatever else is known.
        """
        parts = tuple(part for part in self.parts if all(name in fields for name in part.names))
        return self if len(parts) == len(self.parts) else Rule(parts)

    def bound(self, name: str) -> float | None:
        """
        Return what a field is compared with, if that is all that the rule demands, else None.

        It is 1.1 for `ratio >= 1.1`.
        """
        match self.parts:
            case (Compare(Field(only), sign, bound),) if only == name and sign not in "=≠":
                return bound
        return None

    def decide(self, item: Item, now: datetime) -> Decision:
        """Explain every part, so that all reasons are known."""
        # That nobody vetoed an item is no reason to report it.
        parts = (part for part in self.parts if not _is_unvetoed(part, item, now))
        clauses = tuple(explain(part, item, now) for part in parts)
        outcomes = {clause.holds for clause in clauses}
        verdict = False if False in outcomes else None if None in outcomes else True
        return Decision(verdict, clauses)


def _is_unvetoed(part: Predicate, item: Item, now: datetime) -> bool:
    return isinstance(part, Unvetoed) and part.holds(item, now)


NO_DEMANDS = Rule()
"""The rule that every item fits."""
