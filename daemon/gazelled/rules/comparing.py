"""What can be compared with what, and how that is said in words."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from gazelled.rules import evaluating as run
from gazelled.rules.amounts import Compares, IsNumber
from gazelled.rules.clauses import Demand, FilesFit, HasWords, IsFlag, IsOneOf, TagsHave
from gazelled.rules.nodes import AMOUNTS, CompileContext, Node, comparable
from gazelled.rules.patterns import parse_glob
from gazelled.rules.values import Kind, words

_SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Eq: "=",
    ast.NotEq: "≠",
    ast.GtE: "≥",
    ast.Gt: ">",
}
_TURNED = {"<": ">", "≤": "≥", "=": "=", "≠": "≠", "≥": "≤", ">": "<"}
_EQUAL = frozenset("=≠")


def compare(shop: CompileContext, tree: ast.expr, left: Node, op: ast.cmpop, right: Node) -> Node:
    """Compare two parts, neither of which is a list that is written down."""
    if sign := _SIGNS.get(type(op)):
        return _ordered(shop, tree, left, sign, right)
    if isinstance(op, ast.Is | ast.IsNot) and left.kind and right.kind:
        return shop.wrong(tree, "write == or !=")
    if isinstance(op, ast.Is | ast.IsNot):
        return shop.made(tree, Kind.FLAG, run.always(None), left, right)
    return _negated(tree, shop, op, _contained(shop, tree, left, right))


def compare_list(
    shop: CompileContext, tree: ast.expr, left: Node, op: ast.cmpop, listed: Sequence[Node]
) -> Node:
    """Find a part in a list that is written down."""
    if wrong := _no_list(shop, left, op, listed):
        return shop.wrong(tree, wrong)
    choices = [shop.measured(each, left) for each in listed]
    for each in choices:
        if each.kind and each.constant is None:
            return shop.wrong(each.tree, "a list holds only what is written down, no names")
        if each.kind and left.kind and not _alike(left.kind, each.kind):
            return shop.wrong(each.tree, _unlike(shop, left, each))
    values = [each.constant for each in choices if each.constant is not None]
    looks = run.one_of(left.run, values, folded=left.kind is Kind.TEXT)
    said: Demand | None = None
    if left.field and left.kind is Kind.TEXT:
        said = IsOneOf(left.field, tuple(str(value) for value in values))
    elif left.field and left.kind is Kind.NUMBER:
        said = IsNumber(left.field, tuple(each for each in values if not isinstance(each, str)))
    return _negated(tree, shop, op, shop.made(tree, Kind.FLAG, looks, left, *choices, said=said))


def _no_list(shop: CompileContext, left: Node, op: ast.cmpop, listed: Sequence[Node]) -> str:
    """Say why something can't be found in a list."""
    if not isinstance(op, ast.In | ast.NotIn):
        return "a list stands only behind in"
    if not listed:
        return "the list is empty, so nothing is in it"
    if left.kind is Kind.TEXTS:
        return f'write "a" in {shop.segment(left)} or "b" in {shop.segment(left)}'
    return f"{shop.what(left)}, which needs no list" if left.kind is Kind.FLAG else ""


def _negated(tree: ast.expr, shop: CompileContext, op: ast.cmpop, node: Node) -> Node:
    if isinstance(op, ast.In) or node.kind is None:
        return node
    said = node.said
    opposite: Demand | None = None
    if isinstance(said, TagsHave):
        opposite = TagsHave("none", said.wanted)
    elif isinstance(said, FilesFit):
        opposite = FilesFit("none", said.globs)
    return shop.made(tree, Kind.FLAG, run.negated(node.run), node, said=opposite)


def _ordered(shop: CompileContext, tree: ast.expr, left: Node, sign: str, right: Node) -> Node:
    left, right = shop.measured(left, right), shop.measured(right, left)
    if not (left.kind and right.kind):
        return shop.made(tree, Kind.FLAG, run.always(None), left, right)
    if not _alike(left.kind, right.kind):
        return shop.wrong(tree, _unlike(shop, left, right))
    if left.kind not in AMOUNTS and sign not in _EQUAL:
        return shop.wrong(tree, f"{shop.what(left)}, and has no order; write == or in")
    if left.kind is Kind.TEXTS:
        return shop.wrong(tree, f'write in, like "a" in {shop.segment(left)}')
    looks = run.compared(left.run, right.run, sign, folded=left.kind is Kind.TEXT)
    said = _said(left, sign, right) if left.field else _said(right, _TURNED[sign], left)
    return shop.made(tree, Kind.FLAG, looks, left, right, said=said)


def _said(node: Node, sign: str, other: Node) -> Demand | None:
    """Say a comparison in words, if it is one of a field with something that is written down."""
    name, kind, bound = node.field, node.kind, other.constant
    if not name or kind is None or bound is None:
        return None
    if isinstance(bound, str):
        return IsOneOf(name, (bound,)) if sign == "=" else None
    if isinstance(bound, bool):
        return IsFlag(name, wanted=bound is (sign == "="))
    if sign == "=" and kind is Kind.NUMBER:
        return IsNumber(name, (bound,))
    return Compares(name, sign, bound, kind)


def _contained(shop: CompileContext, tree: ast.expr, left: Node, right: Node) -> Node:
    if not (left.kind and right.kind):
        return shop.made(tree, Kind.FLAG, run.always(None), left, right)
    if right.kind not in {Kind.TEXT, Kind.TEXTS}:
        return shop.wrong(right.tree, f"{shop.what(right)}; nothing can be in it")
    if left.kind is not Kind.TEXT:
        return shop.wrong(left.tree, f"{shop.what(left)}; only a text can be in {right.field}")
    wanted = left.constant if isinstance(left.constant, str) else None
    if wanted is not None and not words(wanted) and right.field != "files":
        return shop.wrong(left.tree, "an empty text fits nothing")
    if right.constant is not None:
        return shop.wrong(right.tree, "write == to compare two texts")
    if right.field == "files":
        return _listed(shop, tree, left, right)
    said = _said_in(wanted, right) if wanted is not None and right.field else None
    if right.kind is Kind.TEXT:
        looks = run.in_words(left.run, right.run)
    elif right.field == "tags":
        looks = run.tagged(left.run, right.run)
    else:
        looks = run.among(left.run, right.run)
    return shop.made(tree, Kind.FLAG, looks, left, right, said=said)


def _said_in(wanted: str, right: Node) -> Demand:
    """Say in words that a text is in a field."""
    if right.kind is Kind.TEXT:
        return HasWords(right.field, (wanted,))
    if right.field == "tags":
        return TagsHave("any", (wanted,))
    return IsOneOf(right.field, (wanted,), several=True)


def _listed(shop: CompileContext, tree: ast.expr, left: Node, right: Node) -> Node:
    """Find a file by its name, in which * and ? stand for anything."""
    if not isinstance(left.constant, str):
        return shop.wrong(left.tree, 'write the name in quotes, like "*.fasta" in files')
    try:
        said = FilesFit("any", (parse_glob(left.constant),))
    except ValueError as error:
        return shop.wrong(left.tree, str(error))
    return shop.made(tree, Kind.FLAG, said.holds, left, right, said=said)


def _alike(one: Kind, other: Kind) -> bool:
    return one is other or comparable(one, other)


def _unlike(shop: CompileContext, left: Node, right: Node) -> str:
    sentence = f"{shop.what(left)} and {shop.what(right)}; they can't be compared"
    for one, other in ((left, right), (right, left)):
        if one.kind is Kind.AGE and other.kind is Kind.NUMBER:
            return f'{shop.what(one)}; compare it with one, in quotes, like "7d"'
        if one.kind is Kind.TEXTS and other.kind is Kind.TEXT:
            return f"{shop.what(one)}; write {shop.segment(other)} in {shop.segment(one)}"
        if one.kind is Kind.FLAG and one.field:
            return f"{shop.what(one)}; write {one.field} or not {one.field}"
        if one.kind is Kind.NUMBER and other.kind is Kind.TEXT and other.constant is not None:
            return f"{sentence}; a number stands without quotes"
        if one.kind is Kind.TEXT and other.kind is Kind.NUMBER and other.constant is not None:
            return f"{sentence}; a text stands in quotes"
    return sentence
