"""Match tables."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.fields import (
    AGE,
    COUNT,
    FILES,
    FLAG,
    NUMBER,
    SIZE,
    TAGS,
    TEXT,
    TEXTS,
    WORDS,
    FieldType,
)
from gazelled.model import Item, Value
from gazelled.rules import Clause, CompileContext, Decision, Rule, parse_match
from gazelled.rules.predicates import HasTags, HasWords, Range

BROWSE: dict[str, FieldType] = {
    "tags": TAGS,
    "size": SIZE,
    "year": COUNT,
    "format": TEXT,
    "platform": TEXT,
    "license": TEXT,
    "scope": TEXT,
    "seeders": COUNT,
    "ratio": NUMBER,
    "freeleech": FLAG,
    "authors": TEXTS,
    "age": AGE,
    "accession": TEXT,
    "annotated": FLAG,
    "archive": TEXT,
    "category": TEXT,
    "description": WORDS,
    "text": WORDS,
    "files": FILES,
    "infohash": TEXT,
    "organism": TEXT,
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
        "accession": "NC_001133.9",
        "annotated": False,
        "category": "Genome",
        "description": "Paired reads, trimmed\nand checked",
        "text": "A post, and a gentle one",
        "files": ("README.md", "reads/run_1.fastq.gz", "reads/run_2.fastq.gz"),
        "organism": "S. cerevisiae",
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


TEXTS_WANTED = 'expected a text or a list of texts, like "a" or ["a", "b"]'


def match(text: str) -> Rule:
    """Read a match that has no mistake."""
    found, mistakes = parse_match(tomllib.loads(text), CompileContext(BROWSE, answer="browse"))
    assert mistakes == []
    return found


def mistakes(text: str) -> list[tuple[str, str]]:
    """Read a match for its mistakes."""
    _, found = parse_match(
        tomllib.loads(text),
        CompileContext(BROWSE, answer="browse", elsewhere=["subject", "uploader"]),
    )
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
        Clause(holds=False, has="tags rna", wanted="yeast or dna"),
        Clause(holds=False, has="licence CC BY-SA", wanted="Public Domain or CC0"),
        Clause(holds=None, has="size unknown"),
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
        (r"title_regex = '\bs288c\b'", True, r"title matches \bs288c\b"),
        ("title_regex = ['^mouse', 'reads$']", True, "title matches reads$"),
        ("title_regex = '(?-i)s288c'", False, "title doesn't match (?-i)s288c"),
        ('age.max = "2d"', True, "age 2d ≤ 2d"),
        ('category = ["genome", "proteome"]', True, "Genome"),
        ('archive = "gz"', None, "archive unknown"),
        ('accession = "nc_001133.9"', True, "NC_001133.9"),
        ("accession_regex = '^NC_'", True, "accession matches ^NC_"),
        ("organism_regex = 'musculus'", False, "organism doesn't match musculus"),
        ("annotated = true", False, "not annotated, wanted the opposite"),
        ('infohash = "ab12"', None, "infohash unknown"),
        ("infohash_regex = '^ab'", None, "infohash unknown"),
        ('description = "TRIMMED reads"', True, "TRIMMED reads"),
        ('text = "gentle post"', True, "gentle post"),
        ('description = "raw"', False, 'description without "raw"'),
        (r"description_regex = 'reads?,\s'", True, r"description matches reads?,\s"),
        ('files.any = "*.FASTQ.gz"', True, "reads/run_1.fastq.gz"),
        ('files.any = ["*.bam", "readme.*"]', True, "README.md"),
        ('files.any = ["*.bam", "*.sam"]', False, "no file *.bam or *.sam"),
        ('files.all = ["run_[0-9].*", "readme.*"]', True, "reads/run_1.fastq.gz, README.md"),
        ('files.all = ["readme.*", "*.md5"]', False, "no file *.md5"),
        ('files.none = ["*.exe", "*.scr"]', True, "no file *.exe or *.scr"),
        ('files.none = "reads/*_2.*"', False, "file reads/run_2.fastq.gz, not wanted"),
        ('age.max = "47h"', False, "age 2d, wanted at most 47h"),
        ('age = { min = "1d", max = "1w" }', True, "age 1d ≤ 2d ≤ 7d"),
    ],
)
def test_decides(text: str, holds: bool | None, said: str) -> None:  # noqa: FBT001 - a parameter
    """Every kind of demand holds, fails or is unknown, and says why."""
    decision = match(text).decide(YEAST, NOW)
    assert (decision.verdict, [clause.text for clause in decision.clauses]) == (holds, [said])
    assert match(text).holds(YEAST, NOW) is holds


@pytest.mark.parametrize(
    ("text", "holds", "said"),
    [
        ('uploaded.min = "20 GiB"', False, "uploaded 11 GiB, wanted at least 20 GiB"),
        ('uploaded = { min = "5 GiB", max = "20 GiB" }', True, "uploaded 5 ≤ 11 ≤ 20 GiB"),
        ('uploaded.max = "1 TiB"', True, "uploaded 11 GiB ≤ 1 TiB"),
        ("uploaded.min = 1000000", True, "uploaded 11 GiB ≥ 976.6 KiB"),
    ],
)
def test_all_numbers_of_bytes_are_sizes(text: str, holds: bool, said: str) -> None:  # noqa: FBT001 - a table
    """What was uploaded, downloaded or offered is written as a size is."""
    item = Item(id="1", kind="account", title="x", fields={"uploaded": 11 * 2**30})
    found, mistakes = parse_match(tomllib.loads(text), CompileContext({"uploaded": SIZE}))
    assert mistakes == []
    (clause,) = found.decide(item, NOW).clauses
    assert (clause.holds, clause.text) == (holds, said)


@pytest.mark.parametrize("value", [None, (), ("a.bam", ""), "a.bam", 3])
@pytest.mark.parametrize("how", ["any", "all", "none"])
def test_files_that_are_not_told_are_unknown(how: str, value: Value) -> None:
    """Not even `none` holds then."""
    item = Item(id="1", kind="torrent", title="x", fields={"files": value})
    decision = match(f'files.{how} = "*.bam"').decide(item, NOW)
    assert decision == Decision(None, (Clause(None, "files unknown"),))


def test_keeps_what_looks_at_some_fields() -> None:
    """The rest can wait until more of the item is known."""
    found = match('title = "x"\ntags.any = "y"\nfiles.any = "*.z"\nsize.max = "1 GiB"')
    brief = found.within({"title", "size", "tags"})
    assert found.names == {"title", "tags", "files", "size"}
    assert brief.names == {"title", "tags", "size"}
    assert [type(demand) for demand in brief.parts] == [HasWords, HasTags, Range]
    assert brief.within({"title", "size", "tags"}) is brief
    assert found.within(()) == Rule()


def test_keeps_what_is_demanded_alike_once() -> None:
    """A thousand watches that want the same weigh little, and 1.0 is still not written 1."""
    text = "license = ['CC0']\nratio.min = {}\ntitle_regex = '^S'"
    one, same, other = (match(text.format(bound)).parts for bound in ("1", "1", "1.0"))
    assert [first is second for first, second in zip(one, same, strict=True)] == [True] * 3
    assert [first is second for first, second in zip(one, other, strict=True)] == [
        True,
        False,
        True,
    ]


def test_headers_and_dots_mean_the_same() -> None:
    """A sub-table and dotted keys make equal matches."""
    header = tomllib.loads('[watch.x.match]\n[watch.x.match.tags]\nany = ["yeast"]')
    dotted = tomllib.loads('[watch.x]\nmatch.tags.any = ["yeast"]')
    assert parse_match(header["watch"]["x"]["match"], CompileContext(BROWSE)) == parse_match(
        dotted["watch"]["x"]["match"], CompileContext(BROWSE)
    )


def test_without_demands_everything_fits() -> None:
    """An empty match decides yes."""
    assert Rule().decide(YEAST, NOW).verdict is True


@pytest.mark.parametrize(
    ("text", "key", "sentence"),
    [
        ('licence = "CC0"', "licence", 'unknown key; did you mean "license"?'),
        (
            'uploader = "x"',
            "uploader",
            "browse has no uploader, so this could never match",
        ),
        ('subject = "x"', "subject", "browse has no subject, so this could never match"),
        ('tags = ["a"]', "tags", "write tags.any = […], tags.all = […] or tags.none = […]"),
        ('tags.anny = ["a"]', "tags.anny", 'unknown key; did you mean "any"?'),
        ("tags.none = []", "tags.none", "the list is empty; leave it out or name something"),
        ('title = ""', "title", "an empty text matches nothing; leave it out"),
        ("license = 3", "license", TEXTS_WANTED),
        ('size = "5 GiB"', "size", 'write size.min = "1 GiB" or size.max = "50 GiB"'),
        ('size.max = "50 Gigs"', "size.max", 'expected a size, like "50 GiB" or "700 MB"'),
        ('size.most = "1 B"', "size.most", "unknown key; choose from min and max"),
        ("year = { min = 3, max = 2 }", "year", "min is above max, so this could never match"),
        ('year = "2021"', "year", "expected a number, a list of numbers, or year.min and year.max"),
        ("seeders.min = true", "seeders.min", "expected a number, without quotes"),
        (
            "uploader_regex = 'x'",
            "uploader_regex",
            "browse has no uploader, so this could never match",
        ),
        ("title_regx = 'x'", "title_regx", 'unknown key; did you mean "title_regex"?'),
        (
            "authors_regex = 'x'",
            "authors_regex",
            "authors is a list of texts, and a pattern looks into a text",
        ),
        ("desciption = 'x'", "desciption", 'unknown key; did you mean "description"?'),
        ("description = 3", "description", TEXTS_WANTED),
        (
            'files = "*.bam"',
            "files",
            'write files.any = "*.fasta", files.all = […] or files.none = […]',
        ),
        ('files.al = "*.bam"', "files.al", 'unknown key; did you mean "all"?'),
        ("files.any = 3", "files.any", 'expected a name or a list of names, like "*.fasta"'),
        ("files.any = []", "files.any", "the list is empty; leave it out or name something"),
        ('files.any = ""', "files.any", "an empty name matches nothing; leave it out"),
        ('files.any = ["a", "**"]', "files.any", "this name matches every file; leave it out"),
        (
            "files.any = '[z-a]'",
            "files.any",
            "invalid pattern: invalid character class range, the start must be <= the end",
        ),
        ("title_regex = ''", "title_regex", "an empty pattern matches everything; leave it out"),
        (
            "title_regex = '(a'",
            "title_regex",
            "invalid pattern: unclosed group; for the character itself write \\(",
        ),
        (
            "title_regex = ['a', '(?!b)c']",
            "title_regex",
            LOOK_AROUND,
        ),
        (
            "title_regex = 3",
            "title_regex",
            "expected a pattern or a list of patterns, like 'S288C|W303'",
        ),
        ("title_regex = []", "title_regex", "the list is empty; leave it out or name something"),
        ('age = "7d"', "age", 'write age.max = "7d" or age.min = "1d"'),
        ("age.max = 7", "age.max", 'expected a duration, like "15m", "6h" or "1d"'),
        ('freeleech = "yes"', "freeleech", "expected true or false, without quotes"),
    ],
)
def test_tells_mistakes(text: str, key: str, sentence: str) -> None:
    """A mistake is told with its key and what was wanted."""
    assert mistakes(text) == [(key, sentence)]


def test_tells_all_mistakes_and_keeps_the_rest() -> None:
    """One mistake hides neither another nor what could be read."""
    table = tomllib.loads('licence = "CC0"\nyear = "x"\nformat = "BAM"')
    found, wrong = parse_match(table, CompileContext(BROWSE))
    assert (len(found.parts), len(wrong)) == (1, 2)


WRITTEN = st.text(max_size=8)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(),
    WRITTEN,
    st.lists(WRITTEN, max_size=3).map(tuple),
)
ITEMS = st.builds(
    Item,
    id=st.just("1"),
    kind=st.just("torrent"),
    title=WRITTEN,
    tags=st.none() | st.tuples(WRITTEN),
    size=st.none() | st.integers(0, 2**50),
    fields=st.dictionaries(st.sampled_from(sorted(BROWSE)), VALUES),
)
LISTS = st.lists(WRITTEN, max_size=2) | WRITTEN
BOUNDS = st.dictionaries(st.sampled_from(["min", "max"]), st.integers(-5, 5) | st.just("1 GiB"))
TABLES = st.dictionaries(
    st.sampled_from([*BROWSE, "title", "title_regex", "description_regex", "uploader", "nonsense"]),
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
    found, _ = parse_match(table, CompileContext(BROWSE))
    decision = found.decide(item, NOW)
    outcomes = [clause.holds for clause in decision.clauses]
    assert (decision.verdict is True) == all(outcomes)
    assert (decision.verdict is False) == (False in outcomes)
    assert all(clause.text for clause in decision.clauses)
    assert found.holds(item, NOW) is decision.verdict


@given(TABLES, ITEMS, st.sets(st.sampled_from([*BROWSE, "title"])), ITEMS)
def test_a_part_never_says_no_alone(
    table: dict[str, object], item: Item, fields: set[str], more: Item
) -> None:
    """Where the part that looks at some fields isn't so, the whole isn't, whatever else comes."""
    found, _ = parse_match(table, CompileContext(BROWSE))
    part = found.within(fields)
    rest = {name: value for name, value in more.fields.items() if name not in fields}
    fuller = replace(item, fields={**item.fields, **rest})
    assert part.names <= fields
    assert part.holds(fuller, NOW) is part.holds(item, NOW)
    assert found.holds(fuller, NOW) is not True or part.holds(item, NOW) is True
    assert part.holds(item, NOW) is not False or found.holds(fuller, NOW) is False


@given(TABLES, st.sampled_from(sorted(BROWSE)), VALUES)
def test_what_is_not_told_never_matches(table: dict[str, object], name: str, value: Value) -> None:
    """A demand on something null, missing or of the wrong type never fits."""
    python = BROWSE[name].python
    wrong = {str: (str, tuple), int: (int, float), float: (int, float)}.get(python, python)
    kept = None if isinstance(value, cast("type", wrong)) else value
    found, _ = parse_match({name: table.get(name, "x")}, CompileContext(BROWSE))
    decision = found.decide(Item(id="1", kind="torrent", title="x", fields={name: kept}), NOW)
    assert decision.verdict is (None if found.parts else True)
