"""Match tables and expressions, three-valued: unknown never matches."""

from gazelled.rules.clauses import Clause
from gazelled.rules.expression import Expression, parse_expression
from gazelled.rules.match import Decision, Match, parse_match
from gazelled.rules.units import human_age, human_duration, human_size, parse_duration, parse_size

__all__ = [
    "Clause",
    "Decision",
    "Expression",
    "Match",
    "human_age",
    "human_duration",
    "human_size",
    "parse_duration",
    "parse_expression",
    "parse_match",
    "parse_size",
]
