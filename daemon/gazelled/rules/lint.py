"""What a rule can never mean, and what a person hardly means by it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from gazelled.fields import SIZE
from gazelled.rules.operands import Field
from gazelled.rules.predicates import (
    AllOf,
    Compare,
    FitsPattern,
    HasFiles,
    HasTags,
    HasWords,
    IsFlag,
    IsNumber,
    IsOneOf,
    Predicate,
    Quoted,
    Range,
)
from gazelled.rules.rule import Rule
from gazelled.text import either

_SMALL = 1000
_SLASHES = re.compile(r"/.+/[a-z]*")


@dataclass(frozen=True, slots=True)
class LintFinding:
    """What is wrong with a rule, as it could never match, or only odd."""

    field: str
    text: str
    impossible: bool


@dataclass(slots=True)
class _Interval:
    """The amounts that are left; those at the ends are left out where it says so."""

    least: float = -inf
    most: float = inf
    above: bool = False
    below: bool = False

    def narrow(self, sign: str, bound: float) -> None:
        if sign in "=≥>":
            self.least, self.above = max((self.least, self.above), (bound, sign == ">"))
        if sign in "=≤<":
            most, inside = min((self.most, not self.below), (bound, sign != "<"))
            self.most, self.below = most, not inside

    @property
    def empty(self) -> bool:
        return self.least > self.most or (self.least == self.most and (self.above or self.below))

    def has(self, value: float) -> bool:
        within = _Interval(self.least, self.most, self.above, self.below)
        within.narrow("=", value)
        return not within.empty

    def covers(self, other: _Interval) -> bool:
        return (self.least, self.above) <= (other.least, other.above) and (
            (self.most, not self.below) >= (other.most, not other.below)
        )


def lint(rule: Rule) -> Iterator[LintFinding]:
    """Yield what can never hold, then what is possible, but hardly meant."""
    parts = list(_flatten(rule.parts))
    by_field: dict[Field, list[Predicate]] = {}
    for part in parts:
        operand = getattr(part, "operand", None)
        if isinstance(operand, Field):
            by_field.setdefault(operand, []).append(part)
    for field, demands in by_field.items():
        if text := _contradiction(field, demands):
            yield LintFinding(field.name, f"{text}, so this could never match", impossible=True)
    for field, demands in by_field.items():
        for text in (text for demand in demands for text in _oddities(field, demand)):
            yield LintFinding(field.name, text, impossible=False)


def holds_whenever(rule: Rule, other: Rule) -> bool:
    """Return whether a rule holds wherever another does, as far as that is simple."""
    one, first = list(_flatten(rule.parts)), list(_flatten(other.parts))
    if one == first:
        return True
    match one, first:
        case [Compare(field, sign, bound)], [Compare(same, first_sign, start)] if field == same:
            last, begins = _Interval(), _Interval()
            last.narrow(sign, bound)
            begins.narrow(first_sign, start)
            return "≠" not in sign + first_sign and last.covers(begins)
    return False


def wanted_texts(rule: Rule) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the names of the fields that have to be one of some texts, with these."""
    for part in _flatten(rule.parts):
        match part:
            case IsOneOf(Field(name), wanted):
                yield name, wanted


def _flatten(parts: Iterable[Predicate]) -> Iterator[Predicate]:
    """Yield all that must hold, whatever it stands in."""
    for part in parts:
        if isinstance(part, Quoted):
            yield from _flatten([part.predicate])
        elif isinstance(part, AllOf | Range):
            yield from _flatten(part.parts)
        else:
            yield part


def _contradiction(field: Field, demands: Sequence[Predicate]) -> str:
    tags = [demand for demand in demands if isinstance(demand, HasTags)]
    if both := _excluded_tags(tags):
        return f"{either(both, 'and')} can't be both required and excluded"
    if not _impossible(field, demands):
        return ""
    if len(demands) == 1:
        return f"{field.label} is never below 0"
    return f"{field.label} has conditions that exclude each other"


def _impossible(field: Field, demands: Sequence[Predicate]) -> bool:
    interval = _Interval()
    if field.type.amount and field.type.amount.least is not None:
        interval.narrow("≥", field.type.amount.least)
    numbers: list[set[float]] = []
    texts: list[set[str]] = []
    flags: set[bool] = set()
    for demand in demands:
        match demand:
            case Compare(_, sign, bound):
                interval.narrow(sign, bound)
            case IsNumber(_, wanted):
                numbers.append(set(wanted))
            case IsFlag(_, flag):
                flags.add(flag)
            case IsOneOf(_, choices) if not demand.of_several:
                texts.append({text.casefold() for text in choices})
    if numbers and not any(interval.has(number) for number in set.intersection(*numbers)):
        return True
    return interval.empty or len(flags) > 1 or bool(texts and not set.intersection(*texts))


def _excluded_tags(demands: Sequence[HasTags]) -> list[str]:
    unwanted = {tag for demand in demands if demand.how == "none" for tag in demand.plain}
    for demand in demands:
        both = unwanted.intersection(demand.plain)
        if (demand.how == "all" and both) or (demand.how == "any" and both == {*demand.plain}):
            return sorted(both)
    return []


def _oddities(field: Field, demand: Predicate) -> Iterator[str]:
    match demand:
        case HasFiles():
            yield from filter(None, (_no_file_name(glob.text) for glob in demand.globs))
        case HasWords():
            yield from _signs(field, demand.entries)
        case FitsPattern():
            for text in filter(_SLASHES.fullmatch, (pattern.text for pattern in demand.patterns)):
                yield f"{text} is matched with the slashes; leave them out"
        case Compare(_, _, bound) if field.type is SIZE and 0 < bound < _SMALL:
            yield f'{bound:g} is a number of bytes; write "{bound:g} GiB" for more'


def _signs(field: Field, entries: Sequence[str]) -> Iterator[str]:
    for text in [entry for entry in entries if "*" in entry]:
        yield f'"{text}" is matched as words, and * has no meaning; leave it out'
    for text, sign in [(entry, sign) for entry in entries for sign in "+#" if sign in entry]:
        yield (
            f'"{text}" is matched as words, and {sign} has no meaning; for the very text '
            f"write {field.name}_regex"
        )


def _no_file_name(text: str) -> str:
    """Return why a text is hardly the name of a file; nothing if it may be."""
    if text.startswith(".*") or text.endswith("$"):
        return f'"{text}" is a name with * and ?, no pattern; did you mean "*.fasta"?'
    if not set("*?[") & set(text) and "." not in text[1:]:
        dot = "" if text.startswith(".") else "."
        return f'"{text}" is the whole name of a file; did you mean "*{dot}{text}"?'
    return ""
