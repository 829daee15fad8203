"""Expressions against a plain reference, and against whatever can be written and told."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from gazelled.fields import AGE, COUNT, FLAG, SIZE, TAGS, TEXT, TEXTS, FieldType
from gazelled.model import Item
from gazelled.rules import CompileContext, parse_expression

FIELDS: dict[str, FieldType] = {
    "age": AGE,
    "authors": TEXTS,
    "freeleech": FLAG,
    "license": TEXT,
    "seeders": COUNT,
    "size": SIZE,
    "tags": TAGS,
    "year": COUNT,
}
NOW = datetime(2026, 3, 1, tzinfo=UTC)
WRITTEN = st.sampled_from(["", "a", "A", "b", "a b", "open.data", "\ud800", "ß"]) | st.text(
    max_size=4
)
NUMBERS = st.integers(-4, 4) | st.floats() | st.integers()
VALUES = st.none() | st.booleans() | NUMBERS | WRITTEN | st.lists(WRITTEN, max_size=3).map(tuple)
TIMES = st.none() | st.datetimes(timezones=st.none() | st.just(UTC))
ITEMS = st.builds(
    Item,
    id=st.just("1"),
    kind=st.just("torrent"),
    title=WRITTEN,
    time=TIMES,
    tags=st.none() | st.lists(WRITTEN, max_size=3).map(tuple),
    size=st.none() | st.integers(-4, 2**70),
    fields=st.dictionaries(
        st.sampled_from(["authors", "freeleech", "license", "seeders", "year"]), VALUES
    ),
)

Truth = bool | None
WEIGHT = {False: 0, None: 1, True: 2}


@dataclass(frozen=True)
class Asked:
    """An expression as text, and what it means."""

    text: str
    means: Callable[[Item], Truth]


def least(*truths: Truth) -> Truth:
    """Join with and, after Kleene."""
    return min(truths, key=WEIGHT.__getitem__)


def opposite(truth: Truth) -> Truth:
    """Turn around, after Kleene."""
    return {True: False, False: True, None: None}[truth]


def numeric(item: Item, name: str) -> float | None:
    """Look up a number."""
    value = item.size if name == "size" else item.fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -(2**63) <= value <= 2**63 else None


COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
COMPUTE = {"+": operator.add, "-": operator.sub, "*": operator.mul}


@st.composite
def comparisons(draw: st.DrawFn) -> Asked:
    """Compare a number with one that is written down, or with another."""
    name = draw(st.sampled_from(["seeders", "year", "size"]))
    sign = draw(st.sampled_from(sorted(COMPARE)))
    bound = draw(st.integers(-4, 4))

    def means(item: Item) -> Truth:
        value = numeric(item, name)
        return None if value is None else COMPARE[sign](value, bound)

    return Asked(f"{name} {sign} {bound}", means)


@st.composite
def computations(draw: st.DrawFn) -> Asked:
    """Compute with two numbers, in a chain."""
    sign = draw(st.sampled_from(sorted(COMPUTE)))
    low, high = draw(st.integers(-4, 4)), draw(st.integers(-4, 4))

    def means(item: Item) -> Truth:
        one, other = numeric(item, "seeders"), numeric(item, "year")
        if one is None or other is None:
            return None
        value = COMPUTE[sign](one, other)
        return low < value <= high if abs(value) <= 2**63 else None

    return Asked(f"{low} < seeders {sign} year <= {high}", means)


@st.composite
def texts(draw: st.DrawFn) -> Asked:
    """Look at a text, a list, a flag, or whether something is known."""

    def license_is(item: Item) -> Truth:
        value = item.fields.get("license")
        return value.casefold() == "a" if isinstance(value, str) and value else None

    def license_in(item: Item) -> Truth:
        value = item.fields.get("license")
        return value.casefold() in {"a", "b"} if isinstance(value, str) and value else None

    def author(item: Item) -> Truth:
        value = item.fields.get("authors")
        if not isinstance(value, tuple) or not value or not all(value):
            return None
        return any(each.casefold() == "a" for each in value)

    def tagged(item: Item) -> Truth:
        value = item.tags
        return None if value is None else any(each.strip().casefold() == "a" for each in value)

    def free(item: Item) -> Truth:
        value = item.fields.get("freeleech")
        return value if isinstance(value, bool) else None

    def licensed(item: Item) -> Truth:
        return license_is(item) is not None

    return draw(
        st.sampled_from(
            [
                Asked('license == "A"', license_is),
                Asked('license in ["a", "B"]', license_in),
                Asked('"A" in authors', author),
                Asked('"a" in tags', tagged),
                Asked("freeleech", free),
                Asked("known(license)", licensed),
            ]
        )
    )


def joined(parts: st.SearchStrategy[Asked]) -> st.SearchStrategy[Asked]:
    """Put some together."""
    pairs = st.tuples(parts, parts)
    return st.one_of(
        parts.map(lambda a: Asked(f"not ({a.text})", lambda item: opposite(a.means(item)))),
        pairs.map(
            lambda p: Asked(
                f"({p[0].text}) and {p[1].text}",
                lambda item: least(p[0].means(item), p[1].means(item)),
            )
        ),
        pairs.map(
            lambda p: Asked(
                f"(({p[0].text}) or ({p[1].text}))",
                lambda item: opposite(
                    least(opposite(p[0].means(item)), opposite(p[1].means(item)))
                ),
            )
        ),
    )


ASKED = st.recursive(comparisons() | computations() | texts(), joined, max_leaves=6)


@settings(max_examples=400)
@given(ASKED, ITEMS)
def test_means_what_the_reference_means(asked: Asked, item: Item) -> None:
    """Expressions follow Kleene's tables, with words and without."""
    found, problems = parse_expression(asked.text, CompileContext(FIELDS))
    assert problems == []
    expected = asked.means(item)
    assert (found.holds(item, NOW), found.decide(item, NOW).verdict) == (expected, expected)


@given(ASKED, ITEMS, st.sets(st.sampled_from(sorted(FIELDS))), ITEMS)
def test_a_part_never_says_no_alone(asked: Asked, item: Item, fields: set[str], more: Item) -> None:
    """Where the conditions on some fields aren't so, the whole isn't, whatever else comes."""
    whole = parse_expression(asked.text, CompileContext(FIELDS))[0]
    part = whole.within(fields)
    rest = {name: value for name, value in more.fields.items() if name not in fields}
    fuller = replace(item, fields={**item.fields, **rest})
    outcomes = (part.holds(item, NOW), whole.holds(fuller, NOW))
    assert part.names <= fields
    assert outcomes[1] is not True or outcomes[0] is True
    assert outcomes[0] is not False or outcomes[1] is False


PIECES = [
    *FIELDS,
    *["title", "true", "none", "known(", "len(", "matches(title,", "uploader", "lambda", "x"],
    *["and", "or", "not", "in", "is", "<", "<=", "==", "!=", ">", "+", "-", "*", "/", "**", "="],
    *["(", ")", "[", "]", ",", ".", ":", "#", "\\", "'", '"', "\n", "\ue000", "\x00", "{", "}"],
    *["1", "0", "9" * 30, "1e400", "1j", '"5 GiB"', '"7d"', '"a"', '"(?=a)"', '"\\d"', "f'{x}'"],
]
SOURCES = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join) | st.text(max_size=30)


@settings(max_examples=1500)
@given(SOURCES, ITEMS)
def test_whatever_is_written(source: str, item: Item) -> None:
    """Each text is an expression that decides, or has problems; no warning, no error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, problems = parse_expression(source, CompileContext(FIELDS))
    assert all(problems)
    assert problems or found.parts
    assert found.holds(item, NOW) == found.decide(item, NOW).verdict
