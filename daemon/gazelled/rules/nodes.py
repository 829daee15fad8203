"""The parts of an expression while it is read, and what is wrong with them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from gazelled.fields import LIMIT
from gazelled.rules import evaluating as run
from gazelled.rules.clauses import Demand
from gazelled.rules.evaluating import Run
from gazelled.rules.parsing import Source
from gazelled.rules.values import Kind
from gazelled.units import parse_duration, parse_size

AMOUNTS = frozenset((Kind.NUMBER, Kind.SIZE, Kind.AGE))


@dataclass(frozen=True, slots=True)
class Node:
    """
    A part that was read.

    Attributes:
        tree: Where it stands.
        kind: What it is; None if it is wrong, which has been told.
        run: Evaluates it.
        names: The fields it looks at.
        constant: Its value, if that is always the same.
        field: The name of the field, if it is nothing else.
        said: Says the same in words, if it is simple enough.

    """

    tree: ast.expr
    kind: Kind | None
    run: Run
    names: frozenset[str] = frozenset()
    constant: str | float | None = None
    field: str = ""
    said: Demand | None = None


class CompileContext:
    """
    Makes parts, and collects what is wrong.

    Args:
        source: The text of the expression.

    """

    def __init__(self, source: Source) -> None:
        self.problems: list[str] = []
        self._source = source

    def wrong(self, tree: ast.expr, sentence: str) -> Node:
        """Tell what is wrong with a part."""
        self.problems.append(f"{self._source.place(tree)}: {sentence}")
        return Node(tree, None, run.always(None))

    def made(
        self, tree: ast.expr, kind: Kind, runs: Run, *parts: Node, said: Demand | None = None
    ) -> Node:
        """
        Make a part of others; if one of them is wrong it is, too.

        What can be said in words decides by itself, so that it is kept only once.
        """
        right = all(each.kind for each in parts)
        names = frozenset(name for each in parts for name in each.names)
        return Node(tree, kind if right else None, said.holds if said else runs, names, said=said)

    def constant(self, tree: ast.expr, kind: Kind, value: str | float) -> Node:
        """Make a part that is always the same."""
        return Node(tree, kind, run.always(value), constant=value)

    def segment(self, node: Node) -> str:
        """Give the text of a part."""
        return self._source.segment(node.tree)

    def what(self, node: Node) -> str:
        """Say what a part is: "seeders is a number"."""
        return f"{self.segment(node)} is {node.kind.value if node.kind else 'wrong'}"

    def measured(self, node: Node, other: Node) -> Node:
        """Read a text as a size or a duration, where it meets one."""
        if node.kind is not Kind.TEXT or node.constant is None:
            return node
        if other.kind not in {Kind.SIZE, Kind.AGE}:
            return node
        read: Callable[[object], float] = parse_size if other.kind is Kind.SIZE else parse_duration
        try:
            value = read(node.constant)
        except ValueError as error:
            return self.wrong(node.tree, str(error))
        if value > LIMIT:
            return self.wrong(node.tree, "this is too large")
        return self.constant(node.tree, other.kind, value)


def comparable(one: Kind | None, other: Kind | None) -> bool:
    """Tell whether two amounts can be compared and added: a size can be a number of bytes."""
    return one in AMOUNTS and (one is other or {one, other} == {Kind.NUMBER, Kind.SIZE})
