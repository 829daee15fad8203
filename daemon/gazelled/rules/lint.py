"""What a rule can never mean, and what a person hardly means by it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from gazelled.rules.amounts import Compares, IsNumber, IsWithin
from gazelled.rules.clauses import Demand, FilesFit, Fits, HasWords, IsFlag, IsOneOf, TagsHave
from gazelled.rules.expression import Expression, Simple
from gazelled.rules.values import Kind, label, plain_tag
from gazelled.text import either

Told = tuple[str, str]
"""The name of a field and a sentence about it."""

_COUNTS = frozenset(("file_count", "leechers", "seeders", "snatches", "year"))
_SMALL = 1000
_SLASHES = re.compile(r"/.+/[a-z]*")


@dataclass(slots=True)
class _Range:
    """The amounts that are left; those at the ends are left out where it says so."""

    least: float = -inf
    most: float = inf
    above: bool = False
    below: bool = False

    def at_least(self, bound: float, *, strictly: bool) -> None:
        self.least, self.above = max((self.least, self.above), (bound, strictly))

    def at_most(self, bound: float, *, strictly: bool) -> None:
        most, inside = min((self.most, not self.below), (bound, not strictly))
        self.most, self.below = most, not inside

    def narrow(self, demand: IsWithin | Compares) -> None:
        if isinstance(demand, IsWithin):
            if demand.least is not None:
                self.at_least(demand.least, strictly=False)
            if demand.most is not None:
                self.at_most(demand.most, strictly=False)
            return
        if demand.sign in "=≥>":
            self.at_least(demand.bound, strictly=demand.sign == ">")
        if demand.sign in "=≤<":
            self.at_most(demand.bound, strictly=demand.sign == "<")

    @property
    def empty(self) -> bool:
        return self.least > self.most or (self.least == self.most and (self.above or self.below))

    def has(self, value: float) -> bool:
        within = _Range(self.least, self.most, self.above, self.below)
        within.at_least(value, strictly=False)
        within.at_most(value, strictly=False)
        return not within.empty

    def covers(self, other: _Range) -> bool:
        return (self.least, self.above) <= (other.least, other.above) and (
            (self.most, not self.below) >= (other.most, not other.below)
        )


def never(demands: Sequence[Demand]) -> Iterator[Told]:
    """
    Name the fields whose demands can never all hold, with a sentence.

    Args:
        demands: What all must hold.

    """
    plain = _plain(demands)
    for name in dict.fromkeys(name for each in plain for name in each.names):
        mine = [each for each in plain if each.names == {name}]
        if name == "tags":
            yield from _tags([each for each in mine if isinstance(each, TagsHave)])
        elif _impossible(name, mine):
            alone = len(mine) == 1
            why = (
                "is never below 0" if alone else "is asked to be two things that exclude each other"
            )
            yield name, f"{label(name)} {why}, so this could never match"


def over_at_once(begins: Expression, ends: Expression) -> bool:
    """Tell whether what ends an alert holds whenever it begins, as far as that is simple."""
    one, other = _plain(begins.conditions), _plain(ends.conditions)
    if one == other:
        return True
    if len(one) != 1 or len(other) != 1 or one[0].names != other[0].names:
        return False
    first, last = one[0], other[0]
    if not isinstance(first, Compares) or not isinstance(last, Compares):
        return False
    if "≠" in first.sign + last.sign:
        return False
    return _range([last]).covers(_range([first]))


def hints(demands: Sequence[Demand]) -> Iterator[Told]:
    """
    Name what is possible, but hardly meant, with a sentence.

    Args:
        demands: What all must hold.

    """
    for demand in _plain(demands):
        for name in demand.names:
            for sentence in _doubts(demand):
                yield name, sentence


def one_of(demands: Sequence[Demand]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name the fields that have to be one of some texts, with these."""
    for demand in _plain(demands):
        if isinstance(demand, IsOneOf):
            yield demand.name, demand.wanted


def _doubts(demand: Demand) -> Iterator[str]:
    if isinstance(demand, FilesFit):
        yield from filter(None, (_no_name(glob.text) for glob in demand.globs))
    elif isinstance(demand, HasWords):
        for text in [each for each in demand.entries if "*" in each]:
            yield f'"{text}" is looked for as words, and * has no meaning; leave it out'
        for text, sign in [
            (each, sign) for each in demand.entries for sign in "+#" if sign in each
        ]:
            yield (
                f'"{text}" is looked for as words, and {sign} has no meaning; for the very text '
                f"write {demand.name}_regex"
            )
    elif isinstance(demand, Fits):
        for pattern in [each for each in demand.patterns if _SLASHES.fullmatch(each.text)]:
            yield f"{pattern.text} is looked for with the slashes; leave them out"
    elif isinstance(demand, IsWithin | Compares) and demand.kind is Kind.SIZE:
        bounds = (demand.least, demand.most) if isinstance(demand, IsWithin) else (demand.bound,)
        for bound in [each for each in bounds if each and 0 < each < _SMALL]:
            yield f'{bound:g} is a number of bytes; write "{bound:g} GiB" for more'


def _no_name(text: str) -> str:
    """Doubt what is hardly the name of a file."""
    if text.startswith(".*") or text.endswith("$"):
        return f'"{text}" is a name with * and ?, no pattern; did you mean "*.fasta"?'
    if not set("*?[") & set(text) and "." not in text[1:]:
        dot = "" if text.startswith(".") else "."
        return f'"{text}" is the whole name of a file; did you mean "*{dot}{text}"?'
    return ""


def _plain(demands: Sequence[Demand]) -> list[Demand]:
    return [each.demand if isinstance(each, Simple) else each for each in demands]


def _range(demands: Sequence[Demand]) -> _Range:
    left = _Range()
    for each in demands:
        if isinstance(each, IsWithin | Compares):
            left.narrow(each)
    return left


def _impossible(name: str, demands: Sequence[Demand]) -> bool:
    left = _range(demands)
    kinds = {each.kind for each in demands if isinstance(each, IsWithin | Compares)}
    if name in _COUNTS or kinds & {Kind.SIZE, Kind.AGE}:
        left.at_least(0, strictly=False)
    numbers = [set(each.wanted) for each in demands if isinstance(each, IsNumber)]
    if numbers and not any(left.has(each) for each in set.intersection(*numbers)):
        return True
    flags = {each.wanted for each in demands if isinstance(each, IsFlag)}
    texts = [
        {text.casefold() for text in each.wanted}
        for each in demands
        if isinstance(each, IsOneOf) and not each.several
    ]
    return left.empty or len(flags) > 1 or bool(texts and not set.intersection(*texts))


def _tags(demands: Sequence[TagsHave]) -> Iterator[Told]:
    unwanted = {plain_tag(tag) for each in demands if each.how == "none" for tag in each.wanted}
    for each in demands:
        wanted = {plain_tag(tag) for tag in each.wanted}
        both = unwanted & wanted
        if (each.how == "all" and both) or (each.how == "any" and both == wanted):
            tags = either(sorted(both), "and")
            yield "tags", f"{tags} can't be there and not be there, so this could never match"
            return
