"""Rules: match tables and expressions, three-valued: unknown never matches."""

from gazelled.rules.context import CompileContext
from gazelled.rules.explain import Clause
from gazelled.rules.expression import parse_expression, written_parts
from gazelled.rules.match import parse_match, written_keys
from gazelled.rules.rule import NO_DEMANDS, Decision, Rule

__all__ = [
    "NO_DEMANDS",
    "Clause",
    "CompileContext",
    "Decision",
    "Rule",
    "parse_expression",
    "parse_match",
    "written_keys",
    "written_parts",
]
