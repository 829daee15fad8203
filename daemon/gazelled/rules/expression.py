"""
Expressions: `if = 'seeders <= 1 and age > "30d"'`.

They are written in Python's grammar and read by `ast`; nothing of them is ever run by Python.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from gazelled.fields import WORDS, FieldType
from gazelled.rules.compiling import Compiler
from gazelled.rules.explain import explains_itself
from gazelled.rules.parsing import SourceText
from gazelled.rules.predicates import Quoted, shared
from gazelled.rules.rule import Rule


def parse_expression(
    text: str,
    fields: Mapping[str, FieldType],
    *,
    answer: str = "this answer",
    elsewhere: Collection[str] = (),
) -> tuple[Rule, list[str]]:
    """
    Read an expression.

    Args:
        text: The expression, as it stands in the config.
        fields: What the answer can tell, with the types.
        answer: What the answer is called in sentences.
        elsewhere: More fields that other answers tell.

    Returns:
        The rule, and a sentence for each mistake; with any, it demands nothing.

    """
    source = SourceText(text)
    try:
        trees = _parts(source.parse())
    except ValueError as error:
        return Rule(), [str(error)]
    compiler = Compiler(source, {**fields, "title": WORDS}, answer, elsewhere)
    predicates = compiler.clauses(trees)
    if compiler.problems:
        return Rule(), list(dict.fromkeys(compiler.problems))
    quoted = (
        predicate if explains_itself(predicate) else Quoted(predicate, source.segment(tree))
        for tree, predicate in zip(trees, predicates, strict=True)
    )
    return Rule(tuple(map(shared, quoted))), []


def written_parts(text: str) -> list[str]:
    """Return the parts of an expression as they are written: one for each part of its rule."""
    source = SourceText(text)
    return [source.segment(tree) for tree in _parts(source.parse())] if text else []


def _parts(tree: ast.expr) -> list[ast.expr]:
    """Return what stands between the outermost `and`."""
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [part for value in tree.values for part in _parts(value)]
    return [tree]
