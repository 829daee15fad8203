"""Match tables: what they may hold, and what they decide."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from gazelled.fields import FieldType
from gazelled.model import Item
from gazelled.rules.amounts import IsNumber, IsWithin
from gazelled.rules.clauses import (
    Clause,
    Demand,
    FilesFit,
    Fits,
    HasWords,
    IsFlag,
    IsOneOf,
    TagsHave,
    all_hold,
    shared,
)
from gazelled.rules.patterns import Pattern, parse_glob, parse_pattern
from gazelled.rules.values import Kind, kinds_of, label, number, words
from gazelled.text import either, unknown
from gazelled.units import parse_duration, parse_size

Mistake = tuple[tuple[str, ...], str]
"""A key path inside the table and a sentence."""

FIELDS = frozenset(
    (
        "accession",
        "age",
        "annotated",
        "archive",
        "authors",
        "category",
        "description",
        "files",
        "format",
        "freeleech",
        "infohash",
        "leechers",
        "license",
        "organism",
        "platform",
        "scope",
        "seeders",
        "size",
        "snatches",
        "tags",
        "title",
        "type",
        "uploader",
        "year",
    )
)
"""What people want to match on; not every answer tells all of it."""

_BOUNDS = ("min", "max")
_HOW = ("any", "all", "none")
_REGEX = "_regex"


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What a match says of an item.

    Attributes:
        verdict: Whether it fits; None is unknown, which is never acted on.
        clauses: What became of each demand, in the order of the table.

    """

    verdict: bool | None
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """
    Demands on an item, all of which must hold; without any, everything fits.

    Attributes:
        demands: What is demanded, in the order of the table.

    """

    demands: tuple[Demand, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The fields that are looked at."""
        return frozenset(name for demand in self.demands for name in demand.names)

    def within(self, fields: Container[str]) -> Match:
        """
        Keep only the demands that look at nothing but some fields.

        Where what is left doesn't hold, the whole doesn't either, whatever else is told.
        """
        kept = [each for each in self.demands if all(name in fields for name in each.names)]
        return self if len(kept) == len(self.demands) else Match(tuple(kept))

    def holds(self, item: Item, now: datetime) -> bool | None:
        """Tell the verdict by itself, which takes a fraction of the time that words do."""
        return all_hold(self.demands, item, now)

    def decide(self, item: Item, now: datetime) -> Decision:
        """
        Judge every demand, so that all reasons are known.

        Args:
            item: The item.
            now: The time of day, for ages.

        """
        clauses = tuple(demand.judge(item, now) for demand in self.demands)
        outcomes = {clause.holds for clause in clauses}
        verdict = False if False in outcomes else None if None in outcomes else True
        return Decision(verdict, clauses)


def parse_match(
    table: Mapping[str, object],
    fields: Mapping[str, FieldType],
    *,
    answer: str = "this answer",
    elsewhere: Collection[str] = (),
) -> tuple[Match, list[Mistake]]:
    """
    Read a match table.

    Args:
        table: The table as it stands in the config.
        fields: What the answer can tell, with the types.
        answer: What the answer is called in sentences.
        elsewhere: More fields that other answers tell.

    Returns:
        What could be read, and a sentence for each key that could not.

    """
    kinds = kinds_of(fields)
    demands: list[Demand] = []
    mistakes: list[Mistake] = []
    for key, value in ((sys.intern(key), value) for key, value in table.items()):
        read = _reader(key, kinds)
        if read is None:
            mistakes.append(((key,), _unreadable(key, kinds, answer, elsewhere)))
            continue
        found, wrong = read(key, value)
        demands += found
        mistakes += wrong
    return Match(tuple(shared(demand) for demand in demands)), mistakes


def _reader(key: str, kinds: Mapping[str, Kind]) -> Callable[[str, object], _Read] | None:
    """Tell how a key is read."""
    if key in kinds:
        return _READERS.get(key) or _BY_KIND[kinds[key]]
    name = key.removesuffix(_REGEX)
    return _regex if name != key and kinds.get(name) is Kind.TEXT else None


def _unreadable(
    key: str, kinds: Mapping[str, Kind], answer: str, elsewhere: Collection[str]
) -> str:
    """Say why there is no such key."""
    name = key.removesuffix(_REGEX)
    if name in kinds:
        return f"{name} is {kinds[name].value}, and a pattern looks into a text"
    if name in FIELDS or name in elsewhere:
        return f"{answer} doesn't tell the {label(name)}, so this could never match"
    patterns = [each + _REGEX for each in kinds] if "_re" in key else ["title_regex"]
    return unknown("key", key, {*kinds, *patterns})


_Read = tuple[list[Demand], list[Mistake]]
_Each = TypeVar("_Each")


def _texts(value: object) -> tuple[str, ...] | str:
    """Read one text or several; a text comes back as the sentence that says what is wrong."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        return 'wanted a text or a list of texts, like "a" or ["a", "b"]'
    if not given:
        return "the list is empty; leave it out or name something"
    if not all(words(text) for text in given):
        return "an empty text fits nothing; leave it out"
    return tuple(given)


def _words(key: str, value: object) -> _Read:
    texts = _texts(value)
    return ([], [((key,), texts)]) if isinstance(texts, str) else ([HasWords(key, texts)], [])


def _regex(key: str, value: object) -> _Read:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        return [], [((key,), "wanted a pattern or a list of patterns, like 'S288C|W303'")]
    try:
        patterns = tuple(parse_pattern(text) for text in given)
    except ValueError as error:
        return [], [((key,), str(error))]
    if not patterns:
        return [], [((key,), "the list is empty; leave it out or name something")]
    return [Fits(key, key.removesuffix(_REGEX), patterns)], []


def _one_of(key: str, value: object) -> _Read:
    texts = _texts(value)
    return ([], [((key,), texts)]) if isinstance(texts, str) else ([IsOneOf(key, texts)], [])


def _any_of(key: str, value: object) -> _Read:
    texts = _texts(value)
    if isinstance(texts, str):
        return [], [((key,), texts)]
    return [IsOneOf(key, texts, several=True)], []


def _tags(key: str, value: object) -> _Read:
    if not isinstance(value, dict):
        return [], [((key,), "write tags.any = […], tags.all = […] or tags.none = […]")]
    return _several(key, value, _texts, TagsHave)


def _files(key: str, value: object) -> _Read:
    if not isinstance(value, dict):
        return [], [((key,), 'write files.any = "*.fasta", files.all = […] or files.none = […]')]
    return _several(key, value, _globs, FilesFit)


def _globs(value: object) -> tuple[Pattern, ...] | str:
    """Read one name of a file or several, as `_texts`."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        return 'wanted a name or a list of names, like "*.fasta"'
    if not given:
        return "the list is empty; leave it out or name something"
    try:
        return tuple(parse_glob(text) for text in given)
    except ValueError as error:
        return str(error)


def _several(
    key: str,
    table: Mapping[str, object],
    read: Callable[[object], tuple[_Each, ...] | str],
    make: Callable[[str, tuple[_Each, ...]], Demand],
) -> _Read:
    """Read what is wanted under any, all and none."""
    demands: list[Demand] = []
    mistakes: list[Mistake] = []
    for how, given in ((sys.intern(how), given) for how, given in table.items()):
        wanted = read(given)
        if how not in _HOW:
            mistakes.append(((key, how), unknown("key", how, _HOW)))
        elif isinstance(wanted, str):
            mistakes.append(((key, how), wanted))
        else:
            demands.append(make(how, wanted))
    return demands, mistakes


def _flag(key: str, value: object) -> _Read:
    if not isinstance(value, bool):
        return [], [((key,), "wanted true or false, without quotes")]
    return [IsFlag(key, value)], []


def _size(key: str, value: object) -> _Read:
    if not isinstance(value, dict):
        return [], [((key,), f'write {key}.min = "1 GiB" or {key}.max = "50 GiB"')]
    return _within(key, value, parse_size, Kind.SIZE)


def _age(key: str, value: object) -> _Read:
    if not isinstance(value, dict):
        return [], [((key,), f'write {key}.max = "7d" or {key}.min = "1d"')]
    return _within(key, value, parse_duration, Kind.AGE)


def _number(key: str, value: object) -> _Read:
    if isinstance(value, dict):
        return _within(key, value, _plain_number)
    given = value if isinstance(value, list) else [value]
    try:
        numbers = tuple(_plain_number(each) for each in given)
    except ValueError:
        numbers = ()
    if not numbers:
        wanted = f"wanted a number, a list of numbers, or {key}.min and {key}.max"
        return [], [((key,), wanted)]
    return [IsNumber(key, numbers)], []


def _plain_number(value: object) -> float:
    found = number(value)
    if found is None:
        raise ValueError("wanted a number, without quotes")
    return found


def _within(
    key: str,
    table: Mapping[str, object],
    read: Callable[[object], float],
    kind: Kind = Kind.NUMBER,
) -> _Read:
    bounds: dict[str, float] = {}
    mistakes: list[Mistake] = []
    for name, value in table.items():
        if name not in _BOUNDS:
            mistakes.append(((key, name), f"unknown key; there is {either(_BOUNDS, 'and')}"))
            continue
        try:
            bounds[name] = read(value)
        except ValueError as error:
            mistakes.append(((key, name), str(error)))
    least, most = (bounds.get(name) for name in _BOUNDS)
    if least is not None and most is not None and least > most:
        mistakes.append(((key,), "min is above max, so this could never match"))
    return ([IsWithin(key, least, most, kind)] if bounds else []), mistakes


_READERS: Mapping[str, Callable[[str, object], _Read]] = {
    "description": _words,
    "files": _files,
    "tags": _tags,
    "text": _words,
    "title": _words,
}
_BY_KIND: Mapping[Kind, Callable[[str, object], _Read]] = {
    Kind.TEXT: _one_of,
    Kind.TEXTS: _any_of,
    Kind.FLAG: _flag,
    Kind.NUMBER: _number,
    Kind.SIZE: _size,
    Kind.AGE: _age,
}
