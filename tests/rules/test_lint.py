"""What a rule can never mean, and what a person hardly means."""

from __future__ import annotations

import tomllib

import pytest

from gazelled.fields import AGE, COUNT, FILES, FLAG, NUMBER, SIZE, TAGS, TEXT
from gazelled.rules import Expression, Match, parse_expression, parse_match
from gazelled.rules.lint import hints, never, over_at_once

FIELDS = {
    "age": AGE,
    "files": FILES,
    "freeleech": FLAG,
    "license": TEXT,
    "ratio": NUMBER,
    "seeders": COUNT,
    "size": SIZE,
    "tags": TAGS,
    "year": COUNT,
}


def match(text: str) -> Match:
    """Read a match table."""
    read, mistakes = parse_match(tomllib.loads(text), FIELDS)
    assert mistakes == []
    return read


def expression(text: str) -> Expression:
    """Read an expression."""
    read, mistakes = parse_expression(text, FIELDS)
    assert mistakes == []
    return read


@pytest.mark.parametrize(
    "text",
    [
        "seeders < 0",
        "seeders > 1 and seeders < 1",
        "seeders > 1 and seeders <= 1",
        "seeders == 3 and seeders != 3 and seeders > 3",
        "year in [2020, 2021] and year == 2022",
        'size < "1 GiB" and size > "2 GiB"',
        'age < "7d" and age > "30d"',
        "freeleech and not freeleech",
        "license == 'CC0' and license in ['a', 'b']",
        "'a b' in tags and 'a.b' not in tags",
        "ratio < 1 and ratio > 1",
    ],
)
def test_what_can_never_hold(text: str) -> None:
    """Its field is named once."""
    assert len(list(never(expression(text).conditions))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "seeders <= 0",
        "seeders >= 1 and seeders <= 1",
        "seeders < 0 or year == 2020",
        "not seeders < 0",
        "ratio < 0",
        "license == 'CC0' and license in ['cc0', 'b']",
        "'a' in tags and 'b' not in tags",
        "seeders == 3 and seeders != 4",
    ],
)
def test_what_can_hold(text: str) -> None:
    """Nothing is said of it."""
    assert list(never(expression(text).conditions)) == []


def test_any_of_several_tags_may_be_unwanted() -> None:
    """All of them may not."""
    assert not list(never(match('tags.any = ["a", "b"]\ntags.none = "a"').demands))
    assert list(never(match('tags.any = ["a", "b"]\ntags.none = ["a", "b"]').demands))


@pytest.mark.parametrize(
    ("begins", "ends", "at_once"),
    [
        ("seeders < 1", "seeders < 1", True),
        ("seeders < 1", "seeders < 3", True),
        ("seeders < 1", "seeders <= 1", True),
        ("seeders <= 1", "seeders < 1", False),
        ("seeders < 1", "seeders >= 1", False),
        ("ratio < 1.0", "ratio >= 1.1", False),
        ("ratio > 2", "ratio > 1", True),
        ("ratio > 2", "seeders > 1", False),
        ("ratio > 2 and seeders > 1", "ratio > 1", False),
        ("seeders != 1", "seeders > 1", False),
        ("freeleech", "freeleech", True),
    ],
)
def test_an_end_that_comes_with_the_beginning(begins: str, ends: str, *, at_once: bool) -> None:
    """An alert would be raised and cleared by the same look."""
    assert over_at_once(expression(begins), expression(ends)) is at_once


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ('files.any = "fasta"', 'did you mean "*.fasta"?'),
        ('files.any = ".fasta"', 'did you mean "*.fasta"?'),
        (r"files.any = '.*\.fasta$'", "no pattern"),
        ('title = "*yeast*"', "leave it out"),
        ('title = "C++"', '"C++" is looked for as words, and + has no meaning; for the very text'),
        ('title = ["C", "C#"]', "write title_regex"),
        ("title_regex = '/yeast/i'", "leave them out"),
        ("size.min = 5", 'write "5 GiB"'),
    ],
)
def test_what_is_hardly_meant(text: str, doubts: str) -> None:
    """It is said with what was probably meant."""
    ((_, sentence),) = hints(match(text).demands)
    assert doubts in sentence


@pytest.mark.parametrize(
    "text", ['files.any = "readme.txt"', "title_regex = 'a/b'", "size.min = 5000", "size.min = 0"]
)
def test_what_may_well_be_meant(text: str) -> None:
    """Nothing is said of it."""
    assert list(hints(match(text).demands)) == []
