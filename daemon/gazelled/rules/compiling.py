"""
Turns the syntax tree of an expression into predicates, and checks all types before anything runs.

What isn't in the white list here doesn't exist: no attributes, no calls but three functions and
those that plugins add, no powers, no comprehensions.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from keyword import iskeyword
from typing import Any, NamedTuple, TypeVar

from gazelled.fields import COUNT, FLAG, NUMBER, SIZE, TEXT, FieldType, number
from gazelled.model import Item
from gazelled.rules.comparing import Part, Wrong, comparable, compare, compare_list, measured
from gazelled.rules.context import CompileContext
from gazelled.rules.operands import (
    Called,
    Computed,
    Constant,
    Field,
    Length,
    Operand,
    RuleFunction,
    field_of,
)
from gazelled.rules.parsing import SourceText, plain
from gazelled.rules.patterns import parse_pattern
from gazelled.rules.predicates import (
    AllOf,
    AnyOf,
    Compare,
    FitsPattern,
    IsFlag,
    Known,
    Not,
    Predicate,
    Range,
)
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
_FOREIGN: Mapping[type[ast.expr], str] = {
    ast.Attribute: "a dot has no meaning here; case never matters, and matches() finds patterns",
    ast.IfExp: "write it with and, or, not",
    ast.JoinedStr: "write the text without the letter before it",
    ast.Subscript: 'write in, like "yeast" in tags',
    **dict.fromkeys(_LISTS, "a list stands only behind in"),
}
_NO_MEANING = "this has no meaning in a rule"
_TOO_LARGE = "this is too large"

_R = TypeVar("_R")
_T = TypeVar("_T", bound=ast.expr)


class Compiler:
    """Reads the parts of one expression, and collects what is wrong."""

    def __init__(self, source: SourceText, context: CompileContext) -> None:
        self.problems: list[str] = []
        self._source = source
        self._context = context
        self._depth = 0
        self._compared_with: set[ast.expr] = set()
        self._white_list: Mapping[type[ast.expr], Callable[[Any], Operand]] = {
            ast.BinOp: self._binary,
            ast.BoolOp: self._joined,
            ast.Call: self._called,
            ast.Compare: self._compared,
            ast.Constant: lambda tree: _constant(tree, tree.value),
            ast.Name: self._named,
            ast.UnaryOp: self._unary,
        }

    def clauses(self, trees: Sequence[ast.expr]) -> list[Predicate]:
        """Read the parts that all must hold; none where something is wrong."""
        try:
            return self._all(self._clause, trees)
        except Wrong:
            return []

    def _all(self, read: Callable[[_T], _R], trees: Sequence[_T]) -> list[_R]:
        """Read several parts, so that the mistakes of all of them are found at once."""
        results: list[_R] = []
        for tree in trees:
            try:
                results.append(read(tree))
            except Wrong as wrong:
                if wrong.sentence:
                    self.problems.append(f"{self._source.place(wrong.tree)}: {wrong.sentence}")
        if len(results) < len(trees):
            raise Wrong(trees[0])
        return results

    def _clause(self, tree: ast.expr) -> Predicate:
        predicate = self._condition(tree)
        if not predicate.names:
            raise Wrong(tree, "this is not a condition on an item")
        return predicate

    def _condition(self, tree: ast.expr) -> Predicate:
        node = self._read(tree)
        if isinstance(node, Predicate):
            return node
        if node.type is FLAG:
            return IsFlag(node, wanted=True)
        raise Wrong(
            tree, f"{self._source.segment(tree)} is {node.type.noun}; compare it with something"
        )

    def _read(self, tree: ast.expr) -> Operand:
        if self._depth > DEEPEST:
            raise Wrong(tree, "there is too much within one another; make it simpler")
        read = self._white_list.get(type(tree))
        if read is None:
            raise Wrong(tree, _FOREIGN.get(type(tree), _NO_MEANING))
        self._depth += 1
        try:
            return read(tree)
        finally:
            self._depth -= 1

    def _part(self, tree: ast.expr) -> Part:
        return Part(self._source, tree, self._read(tree))

    def _joined(self, tree: ast.BoolOp) -> Predicate:
        parts = tuple(self._all(self._condition, tree.values))
        return AllOf(parts) if isinstance(tree.op, ast.And) else AnyOf(parts)

    def _unary(self, tree: ast.UnaryOp) -> Operand:
        if isinstance(tree.op, ast.Not):
            return _negated(self._condition(tree.operand))
        if isinstance(tree.op, ast.Invert):
            raise Wrong(tree, "write not")
        factor = Constant(NUMBER, -1 if isinstance(tree.op, ast.USub) else 1)
        operand = self._part(tree.operand)
        return self._computed(tree, Part(self._source, tree, factor), "*", operand)

    def _binary(self, tree: ast.BinOp) -> Operand:
        if sign := _COMPUTES.get(type(tree.op)):
            left, right = self._all(self._part, [tree.left, tree.right])
            return self._computed(tree, left, sign, right)
        bits = isinstance(tree.op, ast.BitAnd | ast.BitOr)
        raise Wrong(tree, "write and, or" if bits else "there is no arithmetic but + - * /")

    def _named(self, tree: ast.Name) -> Operand:
        name = tree.id
        if type_ := self._context.types.get(name):
            return field_of(name, type_)
        if name in _WRITTEN:
            return _constant(tree, _WRITTEN[name])
        if name in _FUNCTIONS:
            raise Wrong(tree, f"{name} is a function; write {_FUNCTIONS[name].example}")
        if added := self._context.functions.get(name):
            raise Wrong(tree, f"{name} is a function; write {added.example}")
        if missing := self._context.missing(name, "hold"):
            raise Wrong(tree, missing)
        if tree in self._compared_with:
            raise Wrong(tree, f'unknown name "{name}"; write texts in quotes')
        raise Wrong(tree, unknown(f'name "{name}"', name, self._context.types))

    def _computed(self, tree: ast.expr, left: Part, sign: str, right: Part) -> Operand:
        left, right = measured(left, right), measured(right, left)
        for part in (left, right):
            if not part.type.amount:
                raise Wrong(part.tree, f"{part.noun}; there is no arithmetic with it")
        type_ = _result(left.type, sign, right.type)
        if type_ is None:
            raise Wrong(tree, f"{left.noun} and {right.noun}; {sign} has no meaning between them")
        if sign == "/" and isinstance(right.node, Constant) and right.node.written == 0:
            raise Wrong(right.tree, "division by 0")
        computed = Computed(left.node, right.node, type_, sign)
        if not (isinstance(left.node, Constant) and isinstance(right.node, Constant)):
            return computed
        value = computed.value(_ANY_ITEM, _ANY_TIME)
        if value is None:
            raise Wrong(tree, _TOO_LARGE)
        return Constant(type_, value)

    def _compared(self, tree: ast.Compare) -> Predicate:
        sides = [tree.left, *tree.comparators]
        if not isinstance(tree.left, (ast.Constant, *_LISTS)):
            self._compared_with.update(tree.comparators)
        plain_sides = [sides[0], *(side for side in sides[1:] if not isinstance(side, _LISTS))]
        parts = dict(zip(plain_sides, self._all(self._part, plain_sides), strict=True))
        pairs: list[Predicate] = []
        for op, (left, right) in zip(tree.ops, pairwise(sides), strict=True):
            if left not in parts:
                raise Wrong(left, _FOREIGN[type(left)])
            if isinstance(right, _LISTS):
                listed = self._all(self._part, right.elts)
                pairs.append(compare_list(tree, parts[left], op, listed))
            else:
                pairs.append(compare(tree, parts[left], op, parts[right]))
        return _chain(pairs)

    def _called(self, tree: ast.Call) -> Operand:
        name = tree.func.id if isinstance(tree.func, ast.Name) else ""
        if not name:
            raise Wrong(tree.func, _FOREIGN.get(type(tree.func), _NO_MEANING))
        if added := self._context.functions.get(name):
            return self._added(tree, added)
        if name not in _FUNCTIONS:
            functions = [*_FUNCTIONS, *self._context.functions]
            raise Wrong(tree, unknown(f'function "{name}"', name, functions))
        function = _FUNCTIONS[name]
        if tree.keywords or len(tree.args) != function.takes:
            raise Wrong(tree, f"write {function.example}")
        return function.read(*self._all(self._part, tree.args))

    def _added(self, tree: ast.Call, function: RuleFunction) -> Called:
        """Read the call of a plugin's function, whose arguments have the types that it declares."""
        if tree.keywords or len(tree.args) != len(function.takes):
            raise Wrong(tree, f"write {function.example}")
        arguments: list[Operand] = []
        parts = self._all(self._part, tree.args)
        for part, wanted in zip(parts, function.takes, strict=True):
            taken = measured(part, part._replace(node=Constant(wanted, "")))
            if not comparable(taken.type, wanted):
                raise Wrong(part.tree, f"{part.noun}, and {function.name}() takes {wanted.noun}")
            arguments.append(taken.node)
        return Called(function, tuple(arguments), function.returns)


def _constant(tree: ast.expr, value: object) -> Constant:
    if isinstance(value, str):
        return Constant(TEXT, plain(value))
    if isinstance(value, bool):
        return Constant(FLAG, value)
    if (finite := number(value)) is not None:
        return Constant(NUMBER, finite)
    if value is None:
        raise Wrong(tree, "a missing value is unknown and equals nothing; write known(license)")
    raise Wrong(tree, _TOO_LARGE if isinstance(value, int | float) else _NO_MEANING)


def _negated(predicate: Predicate) -> Predicate:
    if isinstance(predicate, IsFlag) and predicate.wanted:
        return IsFlag(predicate.operand, wanted=False)
    return Not(predicate)


def _chain(pairs: list[Predicate]) -> Predicate:
    """Join the pairs of a chain; two bounds of one field are a range."""
    match pairs:
        case [pair]:
            return pair
        case [Compare(Field(one), sign) as first, Compare(Field(other), opposite) as second]:
            rising = [which in {"≥", ">"} for which in (sign, opposite)]
            if one == other and sum(rising) == 1 and not {sign, opposite} & {"=", "≠"}:
                return Range(first.operand, (first, second) if rising[0] else (second, first))
    return AllOf(tuple(pairs))


def _known(part: Part) -> Operand:
    if not isinstance(part.node, Field | Called):
        raise Wrong(part.tree, "known() takes the name of a field")
    return Known(part.node)


def _length(part: Part) -> Operand:
    if part.type.python not in {str, tuple}:
        raise Wrong(part.tree, f"{part.noun}, and has no length")
    if isinstance(part.node, Constant):
        return Constant(COUNT, len(str(part.node.written)))
    return Length(part.node, COUNT)


def _matched(text: Part, pattern: Part) -> Operand:
    if text.type.python is not str:
        raise Wrong(text.tree, f"{text.noun}; matches() looks into a text")
    if not isinstance(pattern.node, Constant) or not isinstance(pattern.node.written, str):
        raise Wrong(pattern.tree, "write the pattern in quotes")
    try:
        return FitsPattern(text.node, (parse_pattern(pattern.node.written),))
    except ValueError as error:
        raise Wrong(pattern.tree, str(error)) from error


def _result(left: FieldType, sign: str, right: FieldType) -> FieldType | None:
    """Return the type of what is computed; None if it makes no sense."""
    numbers = [type_.noun == NUMBER.noun for type_ in (left, right)]
    if all(numbers):
        return NUMBER
    if sign == "*":
        return right if numbers[0] else left if numbers[1] else None
    if sign == "/":
        return left if numbers[1] else NUMBER if left is right else None
    if not comparable(left, right):
        return None
    return left if left is right else SIZE


class _Function(NamedTuple):
    """How many arguments a function takes, how it is read, and what it looks like."""

    takes: int
    read: Callable[..., Operand]
    example: str


_FUNCTIONS: Mapping[str, _Function] = {
    "known": _Function(1, _known, "known(license)"),
    "len": _Function(1, _length, "len(tags)"),
    "matches": _Function(2, _matched, "matches(title, 'S288C|W303')"),
}

FUNCTION_NAMES = frozenset(_FUNCTIONS)
"""The functions that every rule knows."""


def is_taken(name: str) -> bool:
    """Return whether a name means something else in rules, so that no field can have it."""
    return iskeyword(name) or name in _WRITTEN or name.endswith("_regex")
