"""Deciding again: what a rule decides on an item, condition by condition, as lines for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from gazelled.explain.results import ClauseResult, Judgement
from gazelled.model import Item
from gazelled.rules import written_keys, written_parts
from gazelled.watches.keys.rule_terms import RuleTerms
from gazelled.watches.keys.stored_rule import read_rule

NOT_ASKED = "not asked for, since another condition doesn't hold"


def reevaluate(
    text: str,
    item: Item,
    at: datetime,
    terms: RuleTerms,
    missing: Mapping[str, str] = MappingProxyType({}),
) -> Judgement:
    """Decide on an item by a stored rule; `missing` is why fields are unknown, by their names."""
    try:
        rule = read_rule(text, terms)
    except ValueError as error:
        return Judgement(None, problem=str(error))
    decision = rule.demanded.decide(terms.extensions.completed(item), at)
    costly = {*(rule.listing.more if rule.listing else ()), *terms.extensions.requested}
    clauses = []
    parts = zip(rule.demanded.parts, decision.clauses, _as_configured(text), strict=True)
    for part, clause, source in parts:
        unasked = (part.names & costly) - missing.keys()
        skipped = clause.holds is None and decision.verdict is False and unasked
        reasons = [NOT_ASKED] if skipped else []
        reasons += [missing[name] for name in sorted(part.names & missing.keys())]
        has = "; ".join(dict.fromkeys([clause.text, *reasons]))
        clauses.append(ClauseResult(source, has, clause.holds))
    return Judgement(decision.verdict, tuple(clauses))


def same(one: str, other: str, terms: RuleTerms) -> bool:
    """Return whether two stored rules want the same items, however they are written."""
    if one == other:
        return True
    try:
        return read_rule(one, terms).demanded == read_rule(other, terms).demanded
    except ValueError:
        return False


def _as_configured(text: str) -> list[str]:
    """Return the parts of a rule as they stand in the config."""
    rule = json.loads(text)
    table = rule.get("match")
    return [
        *written_keys(table if isinstance(table, dict) else {}),
        *written_parts(str(rule.get("if", ""))),
    ]
