"""Deciding again: what a rule says of an item, demand by demand, as lines for people."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from gazelled.config import Rule, read_rule
from gazelled.model import Item
from gazelled.rules import Match
from gazelled.rules.parsing import Source

NOT_ASKED = "not asked for, since something else doesn't hold"


def demanded(rule: Rule) -> Match:
    """Tell all that must hold, for an alert what raises it too."""
    return Match((*rule.match.demands, *rule.raised.conditions))


def judged(text: str, item: Item, at: datetime) -> dict[str, object]:
    """
    Decide on an item by a rule.

    Args:
        text: The rule, as it is kept.
        item: The item.
        at: The time of day for ages.

    Returns:
        `verdict`; `clauses`, each with what was `asked`, what the item `has`, and whether that
        `holds`; `problem`, if the rule can't be read.

    """
    try:
        rule = read_rule(text)
    except ValueError as error:
        return {"verdict": None, "clauses": [], "problem": str(error)}
    match = demanded(rule)
    decision = match.decide(item, at)
    costly = rule.listing.more if rule.listing else {}
    clauses = []
    asked = _asked(text, [clause.name for clause in decision.clauses])
    for demand, clause, wanted in zip(match.demands, decision.clauses, asked, strict=True):
        unasked = (
            clause.holds is None and decision.verdict is False and demand.names & costly.keys()
        )
        has = f"{clause.text}; {NOT_ASKED}" if unasked else clause.text
        clauses.append({"asked": wanted, "has": has, "holds": clause.holds})
    return {"verdict": decision.verdict, "clauses": clauses, "problem": ""}


def same(one: str, other: str) -> bool:
    """Tell whether two rules want the same items, however they are written."""
    if one == other:
        return True
    try:
        return demanded(read_rule(one)) == demanded(read_rule(other))
    except ValueError:
        return False


def _asked(text: str, names: Sequence[str]) -> list[str]:
    """Write demands the way they stand in the config, by their names."""
    rule = json.loads(text)
    table = rule.get("match")
    wanted = table if isinstance(table, dict) else {}
    parts = iter(_parts(str(rule.get("if", ""))))
    return [next(parts, "if") if name == "if" else _key(wanted, name) for name in names]


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
