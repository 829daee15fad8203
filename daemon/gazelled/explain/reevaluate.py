"""Deciding again: what a rule decides on an item, condition by condition, as lines for people."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from gazelled.explain.results import ClauseResult, Judgement
from gazelled.model import Item
from gazelled.rules.parsing import Source
from gazelled.watches.keys.stored_rule import read_rule

NOT_ASKED = "not asked for, since another condition doesn't hold"


def reevaluate(text: str, item: Item, at: datetime) -> Judgement:
    """
    Decide on an item by a stored rule.

    Args:
        text: The rule, as it is stored.
        item: The item.
        at: The time of day for ages.

    """
    try:
        rule = read_rule(text)
    except ValueError as error:
        return Judgement(None, problem=str(error))
    match = rule.demanded
    decision = match.decide(item, at)
    costly = rule.listing.more.keys() if rule.listing else set()
    sources = _as_configured(text, [clause.name for clause in decision.clauses])
    clauses = []
    for demand, clause, source in zip(match.demands, decision.clauses, sources, strict=True):
        skipped = clause.holds is None and decision.verdict is False and demand.names & costly
        has = f"{clause.text}; {NOT_ASKED}" if skipped else clause.text
        clauses.append(ClauseResult(source, has, clause.holds))
    return Judgement(decision.verdict, tuple(clauses))


def same(one: str, other: str) -> bool:
    """Return whether two stored rules want the same items, however they are written."""
    if one == other:
        return True
    try:
        return read_rule(one).demanded == read_rule(other).demanded
    except ValueError:
        return False


def _as_configured(text: str, names: Sequence[str]) -> list[str]:
    """Write conditions the way they stand in the config, by their names."""
    rule = json.loads(text)
    table = rule.get("match")
    parts = iter(_parts(str(rule.get("if", ""))))
    keys = table if isinstance(table, dict) else {}
    return [next(parts, "if") if name == "if" else _key(keys, name) for name in names]


def _key(table: Mapping[str, object], name: str) -> str:
    path = name.split(".")
    value: object = table
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        path, value = path[:1], table.get(path[0])
    if isinstance(value, dict):
        return ", ".join(f"{'.'.join([*path, key])} = {_toml(it)}" for key, it in value.items())
    return f"{'.'.join(path)} = {_toml(value)}"


def _parts(text: str) -> list[str]:
    """Split an expression at its outermost `and`."""
    source = Source(text)

    def split(tree: ast.expr) -> list[str]:
        if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
            return [part for value in tree.values for part in split(value)]
        return [source.segment(tree)]

    return split(source.parse()) if text else []


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
