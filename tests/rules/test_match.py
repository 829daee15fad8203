"""Match tables."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.model import Item, Value
from gazelled.rules import Clause, Match, parse_match

BROWSE: dict[str, type] = {
    "tags": tuple,
    "size": int,
    "year": int,
    "format": str,
    "platform": str,
    "license": str,
    "scope": str,
    "seeders": int,
    "ratio": float,
    "freeleech": bool,
    "authors": tuple,
    "age": timedelta,
}
NOW = datetime(2026, 3, 1, tzinfo=UTC)
YEAST = Item(
    id="63",
    kind="torrent",
    title="Saccharomyces cerevisiae S288C reads",
    time=NOW - timedelta(days=2),
    tags=("yeast", "open.data"),
    size=7_623_566_950,
    fields={
        "year": 2021,
        "format": "FASTQ",
        "license": "CC0",
        "seeders": 3,
        "ratio": 1,
        "freeleech": True,
        "authors": ("Ada", "Grace"),
    },
)
DESIGN = """
tags.any = ["yeast", "dna"]
license = ["Public Domain", "CC0"]
size.max = "50 GiB"
"""


LOOK_AROUND = (
    "look-around isn't possible, since patterns have to be fast; find what must be there"
    " with one pattern and leave out the rest with another condition"
)


def match(text: str) -> Match:
    """Read a match that has no mistake."""
    found, mistakes = parse_match(tomllib.loads(text), BROWSE, answer="browse")
    assert mistakes == []
    return found


def mistakes(text: str) -> list[tuple[str, str]]:
    """Read a match for its mistakes."""
    _, found = parse_match(tomllib.loads(text), BROWSE, answer="browse", elsewhere=["subject"])
    return [(".".join(key), sentence) for key, sentence in found]


def test_says_why_it_fits() -> None:
    """Each clause that holds is told in the words of the design."""
    decision = match(DESIGN).decide(YEAST, NOW)
    assert decision.verdict is True
    assert [clause.text for clause in decision.clauses] == ["yeast", "CC0", "7.1 ≤ 50 GiB"]


def test_says_why_it_does_not() -> None:
    """A clause that fails names what was found and what was wanted."""
    decision = match(DESIGN).decide(
        Item(id="1", kind="torrent", title="Yeast", tags=("rna",), fields={"license": "CC BY-SA"}),
        NOW,
    )
    assert decision.verdict is False
    assert decision.clauses == (
        Clause("tags.any", holds=False, text="tags rna, wanted yeast or dna"),
        Clause("license", holds=False, text="licence CC BY-SA, wanted Public Domain or CC0"),
        Clause("size", holds=None, text="size unknown"),
    )


@pytest.mark.parametrize(
    ("text", "holds", "said"),
    [
        ('title = "s288c READS"', True, "s288c READS"),
        ('title = ["mouse", "reads"]', True, "reads"),
        ('title = "read"', False, 'title without "read"'),
        ('tags.all = ["yeast", "dna"]', False, "tags open.data, yeast, wanted yeast and dna"),
        ('tags.all = ["Open Data", "yeast"]', True, "Open Data, yeast"),
        ('tags.none = ["human"]', True, "not human"),
        ('tags.none = ["open_data"]', False, "tagged open_data, not wanted"),
        ('size.min = "5 GiB"', True, "7.1 ≥ 5 GiB"),
        ('size = { min = "512 MiB", max = "8 GiB" }', True, "512 MiB ≤ 7.1 GiB ≤ 8 GiB"),
        ('size.max = "1 GiB"', False, "size 7.1 GiB, wanted at most 1 GiB"),
        ("size.max = 7623566949", False, "size 7623566950 bytes, wanted at most 7.1 GiB"),
        ("year = 2021", True, "year 2021"),
        ("year = [2019, 2020]", False, "year 2021, wanted 2019 or 2020"),
        ("year.min = 2022", False, "year 2021, wanted at least 2022"),
        ("seeders.min = 1", True, "seeders 3 ≥ 1"),
        ("seeders = { min = 1, max = 2 }", False, "seeders 3, wanted at least 1 and at most 2"),
        ("ratio.min = 0.5", True, "ratio 1 ≥ 0.5"),
        ('license = "cc0"', True, "CC0"),
        ('format = ["fastq", "BAM"]', True, "FASTQ"),
        ('scope = "Genome"', None, "scope unknown"),
        ("freeleech = true", True, "freeleech"),
        ("freeleech = false", False, "freeleech, wanted the opposite"),
        ('authors = "grace"', True, "Grace"),
        (r"title_regex = '\bs288c\b'", True, r"title fits \bs288c\b"),
        ("title_regex = ['^mouse', 'reads$']", True, "title fits reads$"),
        ("title_regex = '(?-i)s288c'", False, "title doesn't fit (?-i)s288c"),
        ('age.max = "2d"', True, "age 2d ≤ 2d"),
        ('age.max = "47h"', False, "age 2d, wanted at most 47h"),
        ('age = { min = "1d", max = "1w" }', True, "age 1d ≤ 2d ≤ 7d"),
    ],
)
def test_decides(text: str, holds: bool | None, said: str) -> None:  # noqa: FBT001 - a parameter
    """Every kind of demand holds, fails or is unknown, and says why."""
    decision = match(text).decide(YEAST, NOW)
    assert (decision.verdict, [clause.text for clause in decision.clauses]) == (holds, [said])


def test_headers_and_dots_mean_the_same() -> None:
    """A sub-table and dotted keys make equal matches."""
    header = tomllib.loads('[watch.x.match]\n[watch.x.match.tags]\nany = ["yeast"]')
    dotted = tomllib.loads('[watch.x]\nmatch.tags.any = ["yeast"]')
    assert parse_match(header["watch"]["x"]["match"], BROWSE) == parse_match(
        dotted["watch"]["x"]["match"], BROWSE
    )


def test_without_demands_everything_fits() -> None:
    """An empty match decides yes."""
    assert Match().decide(YEAST, NOW).verdict is True


@pytest.mark.parametrize(
    ("text", "key", "sentence"),
    [
        ('licence = "CC0"', "licence", 'unknown key; did you mean "license"?'),
        (
            'uploader = "x"',
            "uploader",
            "browse doesn't tell the uploader, so this could never match",
        ),
        ('subject = "x"', "subject", "browse doesn't tell the subject, so this could never match"),
        ('tags = ["a"]', "tags", "write tags.any = […], tags.all = […] or tags.none = […]"),
        ('tags.anny = ["a"]', "tags.anny", 'unknown key; did you mean "any"?'),
        ("tags.none = []", "tags.none", "the list is empty; leave it out or name something"),
        ('title = ""', "title", "an empty text fits nothing; leave it out"),
        ("license = 3", "license", 'wanted a text or a list of texts, like "a" or ["a", "b"]'),
        ('size = "5 GiB"', "size", 'write size.min = "1 GiB" or size.max = "50 GiB"'),
        ('size.max = "50 Gigs"', "size.max", 'wanted a size, like "50 GiB" or "700 MB"'),
        ('size.most = "1 B"', "size.most", "unknown key; there is min and max"),
        ("year = { min = 3, max = 2 }", "year", "min is above max, so this could never match"),
        ('year = "2021"', "year", "wanted a number, a list of numbers, or year.min and year.max"),
        ("seeders.min = true", "seeders.min", "wanted a number, without quotes"),
        ("title_regex = ''", "title_regex", "an empty pattern fits everything; leave it out"),
        ("title_regex = '(a'", "title_regex", "this is no pattern: missing ): (a"),
        (
            "title_regex = ['a', '(?!b)c']",
            "title_regex",
            LOOK_AROUND,
        ),
        (
            "title_regex = 3",
            "title_regex",
            "wanted a pattern or a list of patterns, like 'S288C|W303'",
        ),
        ("title_regex = []", "title_regex", "the list is empty; leave it out or name something"),
        ('age = "7d"', "age", 'write age.max = "7d" or age.min = "1d"'),
        ("age.max = 7", "age.max", 'wanted a length of time, like "15m", "6h" or "1d"'),
        ('freeleech = "yes"', "freeleech", "wanted true or false, without quotes"),
    ],
)
def test_tells_mistakes(text: str, key: str, sentence: str) -> None:
    """A mistake is told with its key and what was wanted."""
    assert mistakes(text) == [(key, sentence)]


def test_tells_all_mistakes_and_keeps_the_rest() -> None:
    """One mistake hides neither another nor what could be read."""
    table = tomllib.loads('licence = "CC0"\nyear = "x"\nformat = "BAM"')
    found, wrong = parse_match(table, BROWSE)
    assert (len(found.demands), len(wrong)) == (1, 2)


TEXTS = st.text(max_size=8)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(),
    TEXTS,
    st.tuples(TEXTS),
)
ITEMS = st.builds(
    Item,
    id=st.just("1"),
    kind=st.just("torrent"),
    title=TEXTS,
    tags=st.none() | st.tuples(TEXTS),
    size=st.none() | st.integers(0, 2**50),
    fields=st.dictionaries(st.sampled_from(sorted(BROWSE)), VALUES),
)
LISTS = st.lists(TEXTS, max_size=2) | TEXTS
BOUNDS = st.dictionaries(st.sampled_from(["min", "max"]), st.integers(-5, 5) | st.just("1 GiB"))
TABLES = st.dictionaries(
    st.sampled_from([*BROWSE, "title", "uploader", "nonsense"]),
    st.one_of(
        LISTS,
        BOUNDS,
        st.booleans(),
        st.integers(),
        st.floats(),
        st.dictionaries(st.sampled_from(["any", "all", "none", "what"]), LISTS),
    ),
)


@given(TABLES, ITEMS)
def test_decides_three_valued(table: dict[str, object], item: Item) -> None:
    """Whatever the table and the item: no error, and the verdict follows from the clauses."""
    found, _ = parse_match(table, BROWSE)
    decision = found.decide(item, NOW)
    outcomes = [clause.holds for clause in decision.clauses]
    assert (decision.verdict is True) == all(outcomes)
    assert (decision.verdict is False) == (False in outcomes)
    assert all(clause.text for clause in decision.clauses)


@given(TABLES, st.sampled_from(sorted(BROWSE)), VALUES)
def test_what_is_not_told_never_matches(table: dict[str, object], name: str, value: Value) -> None:
    """A demand on something null, missing or of the wrong type never fits."""
    wrong = {str: (str, tuple), int: (int, float), float: (int, float), bool: bool}.get(
        BROWSE[name], tuple
    )
    kept = None if isinstance(value, cast("type", wrong)) else value
    found, _ = parse_match({name: table.get(name, "x")}, BROWSE)
    decision = found.decide(Item(id="1", kind="torrent", title="x", fields={name: kept}), NOW)
    assert decision.verdict is (None if found.demands else True)
