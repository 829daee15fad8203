"""Match tables: what they may hold, and what they decide."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from gazelled.model import Item
from gazelled.rules.clauses import (
    Clause,
    Demand,
    Fits,
    IsFlag,
    IsNumber,
    IsOneOf,
    IsWithin,
    TagsHave,
    TitleHas,
)
from gazelled.rules.patterns import parse_pattern
from gazelled.rules.units import parse_duration, parse_size
from gazelled.rules.values import Kind, kind_of, label, number, words
from gazelled.wording import either, unknown

Mistake = tuple[tuple[str, ...], str]
"""A key path inside the table and a sentence."""

FIELDS = frozenset(
    (
        "age",
        "category",
        "description",
        "files",
        "format",
        "leechers",
        "license",
        "organism",
        "platform",
        "scope",
        "seeders",
        "size",
        "snatched",
        "tags",
        "title",
        "type",
        "uploader",
        "year",
    )
)
"""What people want to match on; not every answer tells all of it."""

_BOUNDS = ("min", "max")
_TAGS = ("any", "all", "none")


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
    fields: Mapping[str, type],
    *,
    answer: str = "this answer",
    elsewhere: Collection[str] = (),
) -> tuple[Match, list[Mistake]]:
    """
    Read a match table.

    Args:
        table: The table as it stands in the config.
        fields: What the answer can tell, with the types; an age is a `timedelta`.
        answer: What the answer is called in sentences.
        elsewhere: More fields that other answers tell.

    Returns:
        What could be read, and a sentence for each key that could not.

    """
    possible: dict[str, type] = {**fields, "title": str, "title_regex": str}
    demands: list[Demand] = []
    mistakes: list[Mistake] = []
    for key, value in table.items():
        if key in possible:
            read = _READERS.get(key) or _BY_KIND[kind_of(key, possible[key])]
            found, wrong = read(key, value)
            demands += found
            mistakes += wrong
        elif key in FIELDS or key in elsewhere:
            sentence = f"{answer} doesn't tell the {label(key)}, so this could never match"
            mistakes.append(((key,), sentence))
        else:
            mistakes.append(((key,), unknown("key", key, possible)))
    return Match(tuple(demands)), mistakes


_Read = tuple[list[Demand], list[Mistake]]


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


def _title(key: str, value: object) -> _Read:
    texts = _texts(value)
    return ([], [((key,), texts)]) if isinstance(texts, str) else ([TitleHas(texts)], [])


def _title_regex(key: str, value: object) -> _Read:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        return [], [((key,), "wanted a pattern or a list of patterns, like 'S288C|W303'")]
    try:
        patterns = tuple(parse_pattern(text) for text in given)
    except ValueError as error:
        return [], [((key,), str(error))]
    if not patterns:
        return [], [((key,), "the list is empty; leave it out or name something")]
    return [Fits(key, "title", patterns)], []


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
    demands: list[Demand] = []
    mistakes: list[Mistake] = []
    for how, given in value.items():
        texts = _texts(given)
        if how not in _TAGS:
            mistakes.append(((key, how), unknown("key", how, _TAGS)))
        elif isinstance(texts, str):
            mistakes.append(((key, how), texts))
        else:
            demands.append(TagsHave(how, texts))
    return demands, mistakes


def _flag(key: str, value: object) -> _Read:
    if not isinstance(value, bool):
        return [], [((key,), "wanted true or false, without quotes")]
    return [IsFlag(key, value)], []


def _size(key: str, value: object) -> _Read:
    if not isinstance(value, dict):
        return [], [((key,), 'write size.min = "1 GiB" or size.max = "50 GiB"')]
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
    "title": _title,
    "title_regex": _title_regex,
    "tags": _tags,
}
_BY_KIND: Mapping[Kind, Callable[[str, object], _Read]] = {
    Kind.TEXT: _one_of,
    Kind.TEXTS: _any_of,
    Kind.FLAG: _flag,
    Kind.NUMBER: _number,
    Kind.SIZE: _size,
    Kind.AGE: _age,
}
