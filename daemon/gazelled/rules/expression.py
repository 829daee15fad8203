"""
Expressions: `if = 'seeders <= 1 and age > "30d"'`.

They are written in Python's grammar and read by `ast`; nothing of them is ever run by Python.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from gazelled.fields import FieldType
from gazelled.model import Item
from gazelled.rules.amounts import Compares
from gazelled.rules.clauses import Clause, Demand, all_hold, shared
from gazelled.rules.compiling import Compiler
from gazelled.rules.evaluating import Run
from gazelled.rules.match import FIELDS, Decision, Match
from gazelled.rules.nodes import Node
from gazelled.rules.parsing import Source
from gazelled.rules.values import Kind, describe, kinds_of

_OUTCOMES = {True: "", False: " isn't so", None: " is unknown"}
_BOUNDS = frozenset("<≤≥>")


@dataclass(frozen=True, slots=True)
class Simple:
    """
    A part of an expression that says what a clause of a match table could.

    Attributes:
        demand: What it demands.

    """

    demand: Demand

    @property
    def names(self) -> frozenset[str]:
        """The fields that it looks at."""
        return self.demand.names

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Decide it, without words."""
        return self.demand.holds(item, now)

    def judge(self, item: Item, now: datetime) -> Clause:
        """Decide it, and say what the item has."""
        clause = self.demand.judge(item, now)
        return Clause("if", clause.holds, clause.text)


@dataclass(frozen=True, slots=True)
class Condition:
    """
    A part of an expression that is computed.

    Attributes:
        text: As it was written.
        looks_at: The fields that it looks at, and what they are.

    """

    text: str
    looks_at: tuple[tuple[str, Kind], ...]
    _run: Run = field(repr=False, compare=False)

    @property
    def names(self) -> frozenset[str]:
        """The fields that it looks at."""
        return frozenset(name for name, _ in self.looks_at)

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Decide it, without words."""
        outcome: bool | None = self._run(item, now)
        return outcome

    def judge(self, item: Item, now: datetime) -> Clause:
        """Decide it, and say what the item has."""
        holds = self.holds(item, now)
        has = ", ".join(describe(item, name, kind, now) for name, kind in self.looks_at)
        return Clause("if", holds, f"{self.text}{_OUTCOMES[holds]}: {has}")


@dataclass(frozen=True, slots=True)
class Expression:
    """
    What is asked of an item; nothing of anything, when there are no conditions.

    Attributes:
        conditions: What all must hold: the parts between the outermost `and`.

    """

    conditions: tuple[Demand, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The fields that are looked at."""
        return Match(self.conditions).names

    def bound(self, name: str) -> float | None:
        """
        Tell the number that a field is compared with, if that is all that is asked.

        Args:
            name: The field.

        Returns:
            1.1 for `ratio >= 1.1`; None where it isn't that simple.

        """
        if len(self.conditions) != 1 or not isinstance(simple := self.conditions[0], Simple):
            return None
        asked = simple.demand
        if not isinstance(asked, Compares) or asked.name != name or asked.sign not in _BOUNDS:
            return None
        return asked.bound

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Decide it, without words; None is unknown."""
        return all_hold(self.conditions, item, now)

    def decide(self, item: Item, now: datetime) -> Decision:
        """Decide it, with what became of each condition."""
        return Match(self.conditions).decide(item, now)


def parse_expression(
    text: str,
    fields: Mapping[str, FieldType],
    *,
    answer: str = "this answer",
    elsewhere: Collection[str] = (),
) -> tuple[Expression, list[str]]:
    """
    Read an expression.

    Args:
        text: The expression, as it stands in the config.
        fields: What the answer can tell, with the types.
        answer: What the answer is called in sentences.
        elsewhere: More fields that other answers tell.

    Returns:
        The expression, and a sentence for each mistake; with any, it is without meaning.

    """
    source = Source(text)
    try:
        tree = source.parse()
    except ValueError as error:
        return Expression(), [str(error)]
    kinds = kinds_of(fields)
    compiler = Compiler(source, kinds, answer, {*FIELDS, *elsewhere})
    parts = _parts(tree)
    nodes = [compiler.clause(part) for part in parts]
    if compiler.problems:
        return Expression(), list(dict.fromkeys(compiler.problems))
    return Expression(tuple(_demand(node, source, kinds) for node in nodes)), []


def _demand(node: Node, source: Source, kinds: Mapping[str, Kind]) -> Demand:
    if node.said:
        return shared(Simple(shared(node.said)))
    looks_at = tuple((name, kinds[name]) for name in sorted(node.names))
    return shared(Condition(source.segment(node.tree), _same(looks_at), node.run))


@lru_cache(maxsize=256)
def _same(looks_at: tuple[tuple[str, Kind], ...]) -> tuple[tuple[str, Kind], ...]:
    """Keep what many conditions look at only once."""
    return looks_at


def _parts(tree: ast.expr) -> list[ast.expr]:
    """Find what stands between the outermost `and`."""
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [part for value in tree.values for part in _parts(value)]
    return [tree]
