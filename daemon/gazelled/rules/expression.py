"""
Expressions: `if = 'seeders <= 1 and age > "30d"'`.

They are written in Python's grammar and read by `ast`; nothing of them is ever run by Python.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gazelled.model import Item
from gazelled.rules.clauses import Clause, Demand
from gazelled.rules.compiling import Compiler
from gazelled.rules.evaluating import Run, all_of, always
from gazelled.rules.match import FIELDS, Decision, Match
from gazelled.rules.source import Source
from gazelled.rules.values import Kind, describe, kind_of

_OUTCOMES = {True: "", False: " isn't so", None: " is unknown"}


@dataclass(frozen=True, slots=True)
class Condition:
    """
    One of the parts of an expression that all must hold.

    Attributes:
        text: As it was written.
        looks_at: The fields that it looks at, and what they are.

    """

    text: str
    looks_at: tuple[tuple[str, Kind], ...]
    _run: Run = field(repr=False, compare=False)
    _said: Demand | None = field(repr=False, compare=False, default=None)

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Decide it, without words."""
        outcome: bool | None = self._run(item, now)
        return outcome

    def judge(self, item: Item, now: datetime) -> Clause:
        """Decide it, and say what the item has."""
        if self._said:
            clause = self._said.judge(item, now)
            return Clause("if", clause.holds, clause.text)
        holds = self.holds(item, now)
        has = ", ".join(describe(item, name, kind, now) for name, kind in self.looks_at)
        return Clause("if", holds, f"{self.text}{_OUTCOMES[holds]}: {has}")


@dataclass(frozen=True, slots=True)
class Expression:
    """
    What is asked of an item; nothing of anything, when there are no conditions.

    Attributes:
        conditions: What all must hold: the parts between the outermost `and`.
        names: The fields that are looked at.

    """

    conditions: tuple[Condition, ...] = ()
    names: frozenset[str] = frozenset()
    _run: Run = field(repr=False, compare=False, default=always(value=True))

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Decide it, without words; None is unknown."""
        outcome: bool | None = self._run(item, now)
        return outcome

    def decide(self, item: Item, now: datetime) -> Decision:
        """Decide it, with what became of each condition."""
        return Match(self.conditions).decide(item, now)


def parse_expression(
    text: str,
    fields: Mapping[str, type],
    *,
    answer: str = "this answer",
    elsewhere: Collection[str] = (),
) -> tuple[Expression, list[str]]:
    """
    Read an expression.

    Args:
        text: The expression, as it stands in the config.
        fields: What the answer can tell, with the types; an age is a `timedelta`.
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
    kinds = {name: kind_of(name, type_) for name, type_ in {**fields, "title": str}.items()}
    compiler = Compiler(source, kinds, answer, {*FIELDS, *elsewhere})
    parts = _parts(tree)
    nodes = [compiler.clause(part) for part in parts]
    if compiler.problems:
        return Expression(), list(dict.fromkeys(compiler.problems))
    conditions = tuple(
        Condition(
            text=source.segment(node.tree),
            looks_at=tuple((name, kinds[name]) for name in sorted(node.names)),
            _run=node.run,
            _said=node.said,
        )
        for node in nodes
    )
    names = frozenset(name for node in nodes for name in node.names)
    return Expression(conditions, names, all_of([node.run for node in nodes])), []


def _parts(tree: ast.expr) -> list[ast.expr]:
    """Find what stands between the outermost `and`."""
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [part for value in tree.values for part in _parts(value)]
    return [tree]
