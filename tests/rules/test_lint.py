"""What a rule can never mean, and what a person hardly means."""

from __future__ import annotations

import tomllib

import pytest

from gazelled.fields import AGE, COUNT, FILES, FLAG, NUMBER, SIZE, TAGS, TEXT
from gazelled.rules import CompileContext, Rule, parse_expression, parse_match
from gazelled.rules.lint import LintFinding, holds_whenever, lint

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


def match(text: str) -> Rule:
    """Read a match table."""
    read, mistakes = parse_match(tomllib.loads(text), CompileContext(FIELDS))
    assert mistakes == []
    return read


def expression(text: str) -> Rule:
    """Read an expression."""
    read, mistakes = parse_expression(text, CompileContext(FIELDS))
    assert mistakes == []
    return read


def impossible(rule: Rule) -> list[LintFinding]:
    """Return what makes a rule impossible."""
    return [finding for finding in lint(rule) if finding.impossible]


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
        "5 < seeders < 3",
        "(seeders > 5 and freeleech) and 1 <= seeders <= 3",
    ],
)
def test_what_can_never_hold(text: str) -> None:
    """Its field is named once."""
    (finding,) = lint(expression(text))
    assert finding.impossible


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
    assert impossible(expression(text)) == []


def test_any_of_several_tags_may_be_unwanted() -> None:
    """All of them may not."""
    assert not impossible(match('tags.any = ["a", "b"]\ntags.none = "a"'))
    assert impossible(match('tags.any = ["a", "b"]\ntags.none = ["a", "b"]'))


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
    assert holds_whenever(expression(ends), expression(begins)) is at_once


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ('files.any = "fasta"', 'did you mean "*.fasta"?'),
        ('files.any = ".fasta"', 'did you mean "*.fasta"?'),
        (r"files.any = '.*\.fasta$'", "no pattern"),
        ('title = "*yeast*"', "leave it out"),
        ('title = "C++"', '"C++" is matched as words, and + has no meaning; for the very text'),
        ('title = ["C", "C#"]', "write title_regex"),
        ("title_regex = '/yeast/i'", "leave them out"),
        ("size.min = 5", 'write "5 GiB"'),
    ],
)
def test_what_is_hardly_meant(text: str, doubts: str) -> None:
    """It is said with what was probably meant."""
    (finding,) = lint(match(text))
    assert not finding.impossible
    assert doubts in finding.text


@pytest.mark.parametrize(
    "text", ['files.any = "readme.txt"', "title_regex = 'a/b'", "size.min = 5000", "size.min = 0"]
)
def test_what_may_well_be_meant(text: str) -> None:
    """Nothing is said of it."""
    assert list(lint(match(text))) == []
