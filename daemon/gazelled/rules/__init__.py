"""Rules: match tables and expressions, three-valued: unknown never matches."""

from gazelled.model import Clause, Decision
from gazelled.rules.compiling import FUNCTION_NAMES, is_taken
from gazelled.rules.context import NO_EXTENSIONS, CompileContext, Extensions, MatchField
from gazelled.rules.expression import parse_expression, written_parts
from gazelled.rules.match import parse_match, written_keys
from gazelled.rules.operands import RuleFunction
from gazelled.rules.predicates import Unvetoed
from gazelled.rules.rule import NO_DEMANDS, Rule

__all__ = [
    "FUNCTION_NAMES",
    "NO_DEMANDS",
    "NO_EXTENSIONS",
    "Clause",
    "CompileContext",
    "Decision",
    "Extensions",
    "MatchField",
    "Rule",
    "RuleFunction",
    "Unvetoed",
    "is_taken",
    "parse_expression",
    "parse_match",
    "written_keys",
    "written_parts",
]
