"""Match tables and expressions, three-valued: unknown never matches."""

from gazelled.rules.clauses import Clause
from gazelled.rules.expression import Expression, parse_expression
from gazelled.rules.match import Decision, Match, parse_match

__all__ = [
    "Clause",
    "Decision",
    "Expression",
    "Match",
    "parse_expression",
    "parse_match",
]
