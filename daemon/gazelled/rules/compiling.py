"""
Turns the tree of an expression into what runs, and checks all types before anything does.

What isn't in the white list here doesn't exist: no attributes, no calls but three functions,
no powers, no comprehensions.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from gazelled.model import Item
from gazelled.rules import evaluating as run
from gazelled.rules.clauses import Fits, IsFlag
from gazelled.rules.comparing import compare, compare_list
from gazelled.rules.nodes import AMOUNTS, CompileContext, Node, comparable
from gazelled.rules.parsing import Source, plain
from gazelled.rules.patterns import parse_pattern
from gazelled.rules.values import Kind, label, number
from gazelled.text import unknown

DEEPEST = 25
_ANY_ITEM = Item(id="", kind="", title="")
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = {"true": True, "false": False, "none": None, "null": None}
_COMPUTES: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
_LISTS = (ast.List, ast.Tuple, ast.Set)
_WRITES = (ast.Constant, *_LISTS)
_FOREIGN: Mapping[type[ast.expr], str] = {
    ast.Attribute: "a dot has no meaning here; case never matters, and matches() finds patterns",
    ast.IfExp: "write it with and, or, not",
    ast.JoinedStr: "write the text without the letter before it",
    ast.Subscript: 'write in, like "yeast" in tags',
    **dict.fromkeys(_LISTS, "a list stands only behind in"),
}
_NO_MEANING = "this has no meaning in a rule"
_TOO_LARGE = "this is too large"


class Compiler:
    """
    Reads the parts of one expression.

    Args:
        source: Its text.
        kinds: What each field is.
        answer: What the answer is called in sentences.
        elsewhere: More fields, that this answer doesn't tell.

    """

    def __init__(
        self, source: Source, kinds: Mapping[str, Kind], answer: str, elsewhere: Collection[str]
    ) -> None:
        self._shop = CompileContext(source)
        self._kinds = kinds
        self._answer = answer
        self._elsewhere = elsewhere
        self._depth = 0
        self._behind: set[ast.expr] = set()
        self._white_list: Mapping[type[ast.expr], Callable[[Any], Node]] = {
            ast.BinOp: self._binary,
            ast.BoolOp: self._joined,
            ast.Call: self._called,
            ast.Compare: self._compared,
            ast.Constant: lambda tree: self._constant(tree, tree.value),
            ast.Name: self._named,
            ast.UnaryOp: self._unary,
        }

    @property
    def problems(self) -> list[str]:
        """What is wrong, each with its place."""
        return self._shop.problems

    def clause(self, tree: ast.expr) -> Node:
        """Read one of the parts that all must hold."""
        node = self._condition(tree)
        if node.kind and not node.names:
            return self._shop.wrong(tree, "this asks nothing of an item")
        return node

    def _condition(self, tree: ast.expr) -> Node:
        """Read what holds or doesn't."""
        node = self._read(tree)
        if node.kind in {None, Kind.FLAG}:
            return node
        return self._shop.wrong(tree, f"{self._shop.what(node)}; compare it with something")

    def _read(self, tree: ast.expr) -> Node:
        if self._depth > DEEPEST:
            return self._shop.wrong(tree, "there is too much within one another; make it simpler")
        read = self._white_list.get(type(tree))
        if read is None:
            return self._shop.wrong(tree, _FOREIGN.get(type(tree), _NO_MEANING))
        self._depth += 1
        node = read(tree)
        self._depth -= 1
        return node

    def _joined(self, tree: ast.BoolOp) -> Node:
        parts = [self._condition(each) for each in tree.values]
        join = run.all_of if isinstance(tree.op, ast.And) else run.any_of
        return self._shop.made(tree, Kind.FLAG, join([each.run for each in parts]), *parts)

    def _unary(self, tree: ast.UnaryOp) -> Node:
        if isinstance(tree.op, ast.Not):
            node = self._condition(tree.operand)
            said = IsFlag(node.field, wanted=False) if node.field else None
            return self._shop.made(tree, Kind.FLAG, run.negated(node.run), node, said=said)
        if isinstance(tree.op, ast.Invert):
            return self._shop.wrong(tree, "write not")
        factor = self._shop.constant(tree, Kind.NUMBER, -1 if isinstance(tree.op, ast.USub) else 1)
        return self._computed(tree, factor, "*", self._read(tree.operand))

    def _binary(self, tree: ast.BinOp) -> Node:
        if sign := _COMPUTES.get(type(tree.op)):
            return self._computed(tree, self._read(tree.left), sign, self._read(tree.right))
        bits = isinstance(tree.op, ast.BitAnd | ast.BitOr)
        return self._shop.wrong(
            tree, "write and, or" if bits else "there is no arithmetic but + - * /"
        )

    def _named(self, tree: ast.Name) -> Node:
        name = tree.id
        if kind := self._kinds.get(name):
            said = IsFlag(name, wanted=True) if kind is Kind.FLAG else None
            looks = run.field(name, kind)
            return Node(tree, kind, looks, frozenset((name,)), field=name, said=said)
        if name in _WRITTEN:
            return self._constant(tree, _WRITTEN[name])
        if name in _FUNCTIONS:
            return self._shop.wrong(tree, f"{name} is a function; write {_FUNCTIONS[name].example}")
        if name in self._elsewhere:
            never = f"{self._answer} doesn't tell the {label(name)}, so this could never hold"
            return self._shop.wrong(tree, never)
        if tree in self._behind:
            return self._shop.wrong(tree, f'unknown name "{name}"; a text stands in quotes')
        return self._shop.wrong(tree, unknown(f'name "{name}"', name, self._kinds))

    def _constant(self, tree: ast.expr, value: object) -> Node:
        if isinstance(value, str):
            return self._shop.constant(tree, Kind.TEXT, plain(value))
        if isinstance(value, bool):
            return self._shop.constant(tree, Kind.FLAG, value)
        if (found := number(value)) is not None:
            return self._shop.constant(tree, Kind.NUMBER, found)
        if value is None:
            told = "what isn't told is unknown, and equals nothing; write known(license)"
            return self._shop.wrong(tree, told)
        return self._shop.wrong(tree, _TOO_LARGE if isinstance(value, int | float) else _NO_MEANING)

    def _computed(self, tree: ast.expr, left: Node, sign: str, right: Node) -> Node:
        left, right = self._shop.measured(left, right), self._shop.measured(right, left)
        computed = run.computed(left.run, right.run, sign)
        if not (left.kind and right.kind):
            return self._shop.made(tree, Kind.NUMBER, computed, left, right)
        for each in (left, right):
            if each.kind not in AMOUNTS:
                what = self._shop.what(each)
                return self._shop.wrong(each.tree, f"{what}; there is no arithmetic with it")
        kind = _result(left.kind, sign, right.kind)
        if kind is None:
            both = f"{self._shop.what(left)} and {self._shop.what(right)}"
            return self._shop.wrong(tree, f"{both}; {sign} has no meaning between them")
        if sign == "/" and right.constant == 0:
            return self._shop.wrong(right.tree, "nothing can be divided by 0")
        if left.constant is None or right.constant is None:
            return self._shop.made(tree, kind, computed, left, right)
        value = computed(_ANY_ITEM, _ANY_TIME)
        if value is None:
            return self._shop.wrong(tree, _TOO_LARGE)
        return self._shop.constant(tree, kind, value)

    def _compared(self, tree: ast.Compare) -> Node:
        """Read a comparison; a chain holds where all of its pairs do."""
        pairs: list[Node] = []
        sides = [tree.left, *tree.comparators]
        self._behind.update(each for each in tree.comparators if not isinstance(tree.left, _WRITES))
        read = {
            side: self._read(side)
            for at, side in enumerate(sides)
            if at == 0 or not isinstance(side, _LISTS)
        }
        for op, (left, right) in zip(tree.ops, pairwise(sides), strict=True):
            if left not in read:
                return self._shop.wrong(left, _FOREIGN[type(left)])
            if right in read:
                pairs.append(compare(self._shop, tree, read[left], op, read[right]))
            elif isinstance(right, _LISTS):
                listed = [self._read(each) for each in right.elts]
                pairs.append(compare_list(self._shop, tree, read[left], op, listed))
        if len(pairs) == 1:
            return pairs[0]
        return self._shop.made(tree, Kind.FLAG, run.all_of([each.run for each in pairs]), *pairs)

    def _called(self, tree: ast.Call) -> Node:
        name = tree.func.id if isinstance(tree.func, ast.Name) else ""
        if not name:
            return self._shop.wrong(tree.func, _FOREIGN.get(type(tree.func), _NO_MEANING))
        if name not in _FUNCTIONS:
            return self._shop.wrong(tree, unknown(f'function "{name}"', name, _FUNCTIONS))
        if tree.keywords or len(tree.args) != _FUNCTIONS[name].takes:
            return self._shop.wrong(tree, f"write {_FUNCTIONS[name].example}")
        given = [self._read(each) for each in tree.args]
        if not all(each.kind for each in given):
            return self._shop.made(tree, Kind.FLAG, run.always(None), *given)
        return _FUNCTIONS[name].read(self._shop, tree, *given)


def _known(shop: CompileContext, tree: ast.expr, given: Node) -> Node:
    if not given.field:
        return shop.wrong(given.tree, "known() takes the name of a field")
    return shop.made(tree, Kind.FLAG, run.known(given.run), given)


def _length(shop: CompileContext, tree: ast.expr, given: Node) -> Node:
    if given.kind not in {Kind.TEXT, Kind.TEXTS}:
        return shop.wrong(given.tree, f"{shop.what(given)}, and has no length")
    return shop.made(tree, Kind.NUMBER, run.length(given.run), given)


def _matched(shop: CompileContext, tree: ast.expr, text: Node, pattern: Node) -> Node:
    if text.kind is not Kind.TEXT:
        return shop.wrong(text.tree, f"{shop.what(text)}; matches() looks into a text")
    if not isinstance(pattern.constant, str):
        return shop.wrong(pattern.tree, "write the pattern in quotes")
    try:
        found = parse_pattern(pattern.constant)
    except ValueError as error:
        return shop.wrong(pattern.tree, str(error))
    said = Fits("if", text.field, (found,)) if text.field else None
    return shop.made(tree, Kind.FLAG, run.fitting(text.run, found), text, said=said)


def _result(left: Kind, sign: str, right: Kind) -> Kind | None:
    """Tell what a computation gives; None if it makes no sense."""
    if sign == "*":
        return right if left is Kind.NUMBER else left if right is Kind.NUMBER else None
    if sign == "/":
        return left if right is Kind.NUMBER else Kind.NUMBER if left is right else None
    if not comparable(left, right):
        return None
    return left if left is right else Kind.SIZE


class _Function(NamedTuple):
    """What is given, how it is read, and what it looks like."""

    takes: int
    read: Callable[..., Node]
    example: str


_FUNCTIONS: Mapping[str, _Function] = {
    "known": _Function(1, _known, "known(license)"),
    "len": _Function(1, _length, "len(tags)"),
    "matches": _Function(2, _matched, "matches(title, 'S288C|W303')"),
}
