"""What can be compared with what in an expression, and which predicate that is."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gazelled.fields import AGE, FILES, LIMIT, NUMBER, SIZE, TAGS, FieldType
from gazelled.rules.operands import Constant, Field, Operand, words
from gazelled.rules.parsing import SourceText
from gazelled.rules.patterns import parse_glob
from gazelled.rules.predicates import (
    Compare,
    Contains,
    HasFiles,
    HasTags,
    HasWords,
    IsFlag,
    IsNumber,
    IsOneOf,
    Not,
    Predicate,
    Relation,
)

_SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Eq: "=",
    ast.NotEq: "≠",
    ast.GtE: "≥",
    ast.Gt: ">",
}
_TURNED = {"<": ">", "≤": "≥", "=": "=", "≠": "≠", "≥": "≤", ">": "<"}


class Wrong(Exception):  # noqa: N818 - it is caught and becomes a sentence
    """A part of an expression is wrong; the sentence is empty if that is already known."""

    def __init__(self, tree: ast.expr, sentence: str = "") -> None:
        super().__init__(sentence)
        self.tree = tree
        self.sentence = sentence


class Part(NamedTuple):
    """A part of an expression: where it stands in what, and what it is."""

    source: SourceText
    tree: ast.expr
    node: Operand

    @property
    def text(self) -> str:
        return self.source.segment(self.tree)

    @property
    def type(self) -> FieldType:
        return self.node.type

    @property
    def noun(self) -> str:
        """What it is, in words: "seeders is a number"."""
        return f"{self.text} is {self.type.noun}"


def comparable(one: FieldType, other: FieldType) -> bool:
    """Return whether values of both can be compared: a size can be a number of bytes."""
    nouns = {one.noun, other.noun}
    return len(nouns) == 1 or nouns == {NUMBER.noun, SIZE.noun}


def measured(part: Part, other: Part) -> Part:
    """Read a text as a size or a duration, where it meets one; raise Wrong if it isn't one."""
    node, amount = part.node, other.type.amount
    if not isinstance(node, Constant) or not isinstance(node.written, str):
        return part
    if amount is None or other.type not in {SIZE, AGE}:
        return part
    try:
        value = amount.parse(node.written)
    except ValueError as error:
        raise Wrong(part.tree, str(error)) from error
    if value > LIMIT:
        raise Wrong(part.tree, "this is too large")
    return part._replace(node=Constant(other.type, value))


def compare(tree: ast.expr, left: Part, op: ast.cmpop, right: Part) -> Predicate:
    """Return the predicate that compares two parts, neither of which is a list; or raise Wrong."""
    if sign := _SIGNS.get(type(op)):
        left, right = measured(left, right), measured(right, left)
        _check_order(tree, left, sign, right)
        return _relation(left.node, sign, right.node)
    if isinstance(op, ast.Is | ast.IsNot):
        raise Wrong(tree, "write == or !=")
    predicate = _containment(left, right)
    return predicate if isinstance(op, ast.In) else _opposite(predicate)


def compare_list(tree: ast.expr, left: Part, op: ast.cmpop, listed: Sequence[Part]) -> Predicate:
    """Return the predicate that looks for a part in a list; raise Wrong if it can't be in it."""
    if sentence := _no_list(left, op, listed):
        raise Wrong(tree, sentence)
    values: list[str | float] = []
    for part in (measured(part, left) for part in listed):
        if not isinstance(part.node, Constant):
            raise Wrong(part.tree, "a list holds only what is written down, no names")
        if not comparable(left.type, part.type):
            raise Wrong(part.tree, _incomparable(left, part))
        values.append(part.node.written)
    predicate: Predicate
    if left.type.amount:
        predicate = IsNumber(
            left.node, tuple(value for value in values if not isinstance(value, str))
        )
    else:
        predicate = IsOneOf(left.node, tuple(map(str, values)))
    return predicate if isinstance(op, ast.In) else _opposite(predicate)


def _no_list(left: Part, op: ast.cmpop, listed: Sequence[Part]) -> str:
    """Return why something can't be looked for in a list; nothing if it can."""
    if not isinstance(op, ast.In | ast.NotIn):
        return "a list stands only behind in"
    if not listed:
        return "the list is empty, so nothing is in it"
    if left.type.python is tuple:
        name = left.text
        return f'write "a" in {name} or "b" in {name}'
    return f"{left.noun}, which needs no list" if left.type.python is bool else ""


def _opposite(predicate: Predicate) -> Predicate:
    match predicate:
        case HasTags(field, "any", tags):
            return HasTags(field, "none", tags)
        case HasFiles(field, "any", globs):
            return HasFiles(field, "none", globs)
    return Not(predicate)


def _check_order(tree: ast.expr, left: Part, sign: str, right: Part) -> None:
    if not comparable(left.type, right.type):
        raise Wrong(tree, _incomparable(left, right))
    if not left.type.amount and sign not in "=≠":
        raise Wrong(tree, f"{left.noun}, and has no order; write == or in")
    if left.type.python is tuple:
        raise Wrong(tree, f'write in, like "a" in {left.text}')


def _relation(left: Operand, sign: str, right: Operand) -> Predicate:
    if isinstance(left, Constant):
        left, sign, right = right, _TURNED[sign], left
    if not isinstance(right, Constant):
        return Relation(left, right, sign)
    bound = right.written
    if isinstance(bound, str):
        same = IsOneOf(left, (bound,))
        return same if sign == "=" else Not(same)
    if isinstance(bound, bool):
        return IsFlag(left, bound is (sign == "="))
    if sign == "=" and left.type.noun == NUMBER.noun:
        return IsNumber(left, (bound,))
    return Compare(left, sign, bound)


def _containment(left: Part, right: Part) -> Predicate:
    whole, text = right.node, left.node
    if right.type.python not in {str, tuple}:
        raise Wrong(right.tree, f"{right.noun}; nothing can be in it")
    if left.type.python is not str:
        name = whole.name if isinstance(whole, Field) else ""
        raise Wrong(left.tree, f"{left.noun}; only a text can be in {name}")
    written = str(text.written) if isinstance(text, Constant) else None
    if written is not None and not words(written) and right.type is not FILES:
        raise Wrong(left.tree, "an empty text matches nothing")
    if isinstance(whole, Constant):
        raise Wrong(right.tree, "write == to compare two texts")
    if right.type is FILES:
        return _file(left, whole, written)
    if written is None:
        return Contains(text, whole)
    if right.type.python is str:
        return HasWords(whole, (written,))
    return HasTags(whole, "any", (written,)) if right.type is TAGS else IsOneOf(whole, (written,))


def _file(left: Part, files: Operand, name: str | None) -> Predicate:
    """Return the predicate of a file's name, in which * and ? stand for anything."""
    if name is None:
        raise Wrong(left.tree, 'write the name in quotes, like "*.fasta" in files')
    try:
        return HasFiles(files, "any", (parse_glob(name),))
    except ValueError as error:
        raise Wrong(left.tree, str(error)) from error


def _incomparable(left: Part, right: Part) -> str:
    sentence = f"{left.noun} and {right.noun}; they can't be compared"
    for one, other in ((left, right), (right, left)):
        noun, python = one.noun, other.type.python
        number = other.type.noun == NUMBER.noun
        if one.type is AGE and number:
            return f'{noun}; compare it with one, in quotes, like "7d"'
        if one.type.python is tuple and python is str:
            return f"{noun}; write {other.text} in {one.text}"
        if one.type.python is bool and isinstance(one.node, Field):
            return f"{noun}; write {one.node.name} or not {one.node.name}"
        if isinstance(other.node, Constant):
            if one.type.noun == NUMBER.noun and python is str:
                return f"{sentence}; write numbers without quotes"
            if one.type.python is str and number:
                return f"{sentence}; write texts in quotes"
    return sentence
