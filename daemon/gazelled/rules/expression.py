"""
Expressions: `if = 'seeders <= 1 and age > "30d"'`.

They are written in Python's grammar and read by `ast`; nothing of them is ever run by Python.
"""

from __future__ import annotations

import ast

from gazelled.rules.compiling import Compiler
from gazelled.rules.context import CompileContext
from gazelled.rules.explain import explains_itself
from gazelled.rules.parsing import SourceText
from gazelled.rules.predicates import Quoted, shared
from gazelled.rules.rule import Rule


def parse_expression(text: str, context: CompileContext) -> tuple[Rule, list[str]]:
    """Read an expression: the rule, and a sentence for each mistake; with any, no demand."""
    source = SourceText(text)
    try:
        trees = _parts(source.parse())
    except ValueError as error:
        return Rule(), [str(error)]
    compiler = Compiler(source, context)
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
