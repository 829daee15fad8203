"""Expressions: what they decide, what they say, and what they refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

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
from gazelled.model import Item
from gazelled.rules import CompileContext, Rule, parse_expression

BROWSE: dict[str, FieldType] = {
    "age": AGE,
    "authors": TEXTS,
    "description": WORDS,
    "file_count": COUNT,
    "files": FILES,
    "format": TEXT,
    "freeleech": FLAG,
    "lab": TEXT,
    "license": TEXT,
    "scope": TEXT,
    "seeders": COUNT,
    "size": SIZE,
    "tags": TAGS,
    "year": COUNT,
}
NOW = datetime(2026, 3, 1, tzinfo=UTC)
YEAST = Item(
    id="63",
    kind="torrent",
    title="Saccharomyces cerevisiae S288C reads",
    time=NOW - timedelta(days=12),
    tags=("yeast", "open.data"),
    size=7_623_566_950,
    fields={
        "year": 2021,
        "format": "FASTQ",
        "license": "CC0",
        "seeders": 3,
        "freeleech": True,
        "authors": ("Ada", "Grace"),
        "file_count": 12,
        "files": ("readme.md", "reads/run_1.fastq.gz"),
        "lab": "Reads",
    },
)
APART = "; they can't be compared"
QUOTES = 'write sizes and durations in quotes, like size > "5 GiB" or age < "7d"'


def expression(text: str) -> Rule:
    """Read an expression that has no mistake."""
    found, problems = parse_expression(text, CompileContext(BROWSE))
    assert problems == []
    return found


def problems(text: str) -> list[str]:
    """Read an expression for its mistakes."""
    return parse_expression(
        text, CompileContext(BROWSE, answer="browse", elsewhere=["subject", "uploader"])
    )[1]


@pytest.mark.parametrize(
    ("text", "holds", "said"),
    [
        ("seeders <= 1", False, ["seeders 3, wanted at most 1"]),
        ("3 >= seeders", True, ["seeders 3, at most 3"]),
        ("5 > seeders", True, ["seeders 3, below 5"]),
        ("seeders != 4", True, ["seeders 3, anything but 4"]),
        ("seeders != 3", False, ["seeders 3, wanted anything but 3"]),
        ("seeders == 3.0", True, ["seeders 3"]),
        ("-seeders == -3", True, ["-seeders == -3: seeders 3"]),
        ("1 < seeders <= 2", False, ["seeders 3, wanted above 1 and at most 2"]),
        ("5 >= seeders > 1", True, ["seeders 1 < 3 ≤ 5"]),
        ("seeders in (1, 3)", True, ["seeders 3"]),
        ("year not in [2020, 2021]", False, ["year not in [2020, 2021] isn't so: year 2021"]),
        ('size <= "50 GiB"', True, ["size 7.1 GiB, at most 50 GiB"]),
        ('size > "5 GiB"', True, ["size 7.1 GiB, above 5 GiB"]),
        ("size < 7623566949", False, ["size 7623566950 bytes, wanted below 7.1 GiB"]),
        (
            'size / file_count > "1 GiB"',
            False,
            ['size / file_count > "1 GiB" isn\'t so: file count 12, size 7.1 GiB'],
        ),
        ('age < "2w"', True, ["age 12d, below 14d"]),
        ('age - "2d" >= "1w"', True, ['age - "2d" >= "1w": age 12d']),
        ('license == "cc0"', True, ["CC0"]),
        ('license != "CC0"', False, ['license != "CC0" isn\'t so: licence CC0']),
        ("format in ['bam', 'fastq']", True, ["FASTQ"]),
        ('scope == "Genome"', None, ["scope unknown"]),
        ('not scope == "Genome"', None, ['not scope == "Genome" is unknown: scope unknown']),
        ('not known(scope) or scope == "x"', True, None),
        ("known(scope)", False, ["known(scope) isn't so: scope unknown"]),
        ("freeleech", True, ["freeleech"]),
        ("not freeleech", False, ["freeleech, wanted the opposite"]),
        ("freeleech == false", False, ["freeleech, wanted the opposite"]),
        ("freeleech != False", True, ["freeleech"]),
        ('"Open Data" in tags', True, ["Open Data"]),
        ('"open_data" not in tags', False, ["tagged open_data, not wanted"]),
        ('"grace" in authors', True, ["Grace"]),
        ('"READS s288c" in title', True, ["READS s288c"]),
        ('"read" in title', False, ['title without "read"']),
        ('"dna" in description', None, ["description unknown"]),
        ('"*.fastq.gz" in files', True, ["reads/run_1.fastq.gz"]),
        ('"fastq" in files', False, ["no file fastq"]),
        ('"*.exe" not in files', True, ["no file *.exe"]),
        ('"readme.*" not in files', False, ["file readme.md, not wanted"]),
        ('"readme.*" in files or freeleech', True, None),
        ("lab in title", True, None),
        ("lab in tags", False, None),
        ("lab == title", False, None),
        (r"matches(title, '\bs288c\b')", True, [r"title matches \bs288c\b"]),
        (r"matches(title, '^\d')", False, [r"title doesn't match ^\d"]),
        ("len(tags) >= 2", True, ["len(tags) >= 2: tags yeast, open.data"]),
        ("seeders / (file_count - 12) > 0", None, None),
        ("seeders < 1 and scope == 'x'", False, ["seeders 3, wanted below 1", "scope unknown"]),
        ("seeders > 1 and (freeleech and year > 2000)", True, None),
        ("seeders > 5 or scope == 'x'", None, None),
        ("seeders < 5 or\n  scope == 'x'", True, None),
        ("seeders < 5  # few", True, ["seeders 3, below 5"]),
    ],
)
def test_decides(text: str, holds: bool | None, said: list[str] | None) -> None:  # noqa: FBT001 - a parameter
    """Every kind of condition holds, fails or is unknown, and says why."""
    found = expression(text)
    decision = found.decide(YEAST, NOW)
    assert (decision.verdict, found.holds(YEAST, NOW)) == (holds, holds)
    assert said in (None, [clause.text for clause in decision.clauses])


@pytest.mark.parametrize(
    ("text", "ratio", "said"),
    [
        ("ratio < 1.0", 0.94, "ratio 0.94, below 1.0"),
        ("ratio < 1", 0.9412345, "ratio 0.94, below 1"),
        ("ratio < 1", 0.9987, "ratio 0.9987, below 1"),
        ("ratio >= 1.125", 1.1249, "ratio 1.12, wanted at least 1.125"),
        ("ratio <= 1.5", 1.5, "ratio 1.5, at most 1.5"),
        ("ratio > 0", 0.0049, "ratio 0.0049, above 0"),
        ("ratio > 100", 12345.678, "ratio 12345.68, above 100"),
    ],
)
def test_rounds_what_people_read(text: str, ratio: float, said: str) -> None:
    """A ratio is told shortly, unless it would then look like what it is compared with."""
    found, _ = parse_expression(text, CompileContext({"ratio": NUMBER}))
    item = Item(id="1", kind="account", title="x", fields={"ratio": ratio})
    assert [clause.text for clause in found.decide(item, NOW).clauses] == [said]


def test_tells_each_outer_part() -> None:
    """What stands between the outermost `and` is a clause of its own."""
    found = expression('seeders < 2 and (age > "30d" and license == "CC0")')
    clauses = found.decide(YEAST, NOW).clauses
    assert [clause.holds for clause in clauses] == [False, False, True]
    assert found.names == {"seeders", "age", "license"}


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("seeders >= 1.1", 1.1),
        ("1 > seeders", 1),
        ("seeders <= 2 and year > 3", None),
        ("not seeders <= 2", None),
        ("seeders == 2", None),
        ("seeders != 2", None),
        ("year > 3", None),
        ("seeders > year", None),
        ("1 < seeders < 3", None),
        ("known(seeders)", None),
    ],
)
def test_tells_the_bound(text: str, bound: float | None) -> None:
    """The number that a field is compared with is told where that is all that is asked."""
    assert expression(text).bound("seeders") == bound


def test_without_conditions_everything_fits() -> None:
    """An expression that asks nothing has no bound and looks at nothing."""
    nothing = Rule()
    assert (nothing.holds(YEAST, NOW), nothing.bound("seeders"), nothing.names) == (
        True,
        None,
        frozenset(),
    )


def test_equal_when_written_alike() -> None:
    """Configs can be compared."""
    assert expression("seeders < 2") == expression("seeders < 2") != expression("seeders < 3")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "an empty expression has no effect; leave it out"),
        ("seders < 1", 'column 1: unknown name "seders"; did you mean "seeders"?'),
        ("license == CC0", 'column 12: unknown name "CC0"; write texts in quotes'),
        ("uploader == 'x'", "column 1: browse has no uploader, so this could never hold"),
        ("subject == 'x'", "column 1: browse has no subject, so this could never hold"),
        (
            'year == "2021"',
            'column 1: year is a number and "2021" is a text'
            + APART
            + "; write numbers without quotes",
        ),
        (
            "license == 3",
            "column 1: license is a text and 3 is a number" + APART + "; write texts in quotes",
        ),
        (
            "age < 7",
            'column 1: age is a duration; compare it with one, in quotes, like "7d"',
        ),
        ('license < "B"', "column 1: license is a text, and has no order; write == or in"),
        ('tags == "a"', 'column 1: tags is a list of texts; write "a" in tags'),
        ('tags in ["a"]', 'column 1: write "a" in tags or "b" in tags'),
        ("freeleech in [true]", "column 1: freeleech is true or false, which needs no list"),
        ("3 in tags", "column 1: 3 is a number; only a text can be in tags"),
        ('"a" in seeders', "column 8: seeders is a number; nothing can be in it"),
        ('"" in title', "column 1: an empty text matches nothing"),
        ('"" in files', "column 1: an empty name matches nothing; leave it out"),
        ('"*" in files', "column 1: this name matches every file; leave it out"),
        ("lab in files", 'column 1: write the name in quotes, like "*.fasta" in files'),
        ("3 in files", "column 1: 3 is a number; only a text can be in files"),
        ("seeders in []", "column 1: the list is empty, so nothing is in it"),
        ("seeders in [year]", "column 13: a list holds only what is written down, no names"),
        ("seeders < [1]", "column 1: a list stands only behind in"),
        ("seeders > 1,", "column 1: a list stands only behind in"),
        ("seeders", "column 1: seeders is a number; compare it with something"),
        ("seeders > 1 and true", "column 17: this is not a condition on an item"),
        (
            "license == none",
            "column 12: a missing value is unknown and equals nothing; write known(license)",
        ),
        ("seeders is 3", "column 1: write == or !="),
        ("seeders ** 2 > 1", "column 1: there is no arithmetic but + - * /"),
        ("seeders > 1 | freeleech", "column 11: write and, or"),
        ("~freeleech", "column 1: write not"),
        ("seeders / 0 > 1", "column 11: division by 0"),
        ('lab + "x" == "y"', "column 1: lab is a text; there is no arithmetic with it"),
        ("lab * 999 == 'x'", "column 1: lab is a text; there is no arithmetic with it"),
        (
            "size * size > 3",
            "column 1: size is a size and size is a size; * has no meaning between them",
        ),
        ("seeders < 1e999", "column 11: this is too large"),
        ("seeders < 9223372036854775807 * 2", "column 11: this is too large"),
        ('size > "5 Gigs"', 'column 8: expected a size, like "50 GiB" or "700 MB"'),
        ('size > "99999999 PiB"', "column 8: this is too large"),
        (
            "size > 5 GiB",
            "column 8: " + QUOTES,
        ),
        ('license = "CC0"', "column 9: write == to compare"),
        ('lab == "a=b" and\nseeders = 1', "line 2, column 9: write == to compare"),
        ('lab = "a=b" and\nseeders == 1', "line 1, column 5: write == to compare"),
        ('license <> "CC0"', "column 9: write != for what is different"),
        ("freeleech && seeders > 1", "column 11: write and, or, not"),
        ("(seeders > 1", "column 1: this bracket is never closed"),
        ('license == "CC0', "column 12: this text is never closed"),
        ("seeders > 1 year", "column 13: this is not valid here"),
        ("seeders > 1 and", "something is missing at the end"),
        (
            'title.lower() == "x"',
            "column 1: a dot has no meaning here; case never matters, and matches() finds patterns",
        ),
        ('title[0] == "x"', 'column 1: write in, like "yeast" in tags'),
        ("f'{lab}' == 'x'", "column 1: write the text without the letter before it"),
        ("b'x' == lab", "column 1: this has no meaning in a rule"),
        ("seeders > 1 if freeleech else year > 1", "column 1: write it with and, or, not"),
        ("[x for x in tags]", "column 1: this has no meaning in a rule"),
        ("(lambda: 1)() == 1", "column 2: this has no meaning in a rule"),
        (
            'lower(title) == "x"',
            'column 1: unknown function "lower"; choose from known, len and matches',
        ),
        ("matches == 1", "column 1: matches is a function; write matches(title, 'S288C|W303')"),
        ("len(tags, title) > 1", "column 1: write len(tags)"),
        ("len(seeders) > 1", "column 5: seeders is a number, and has no length"),
        ("known(1)", "column 7: known() takes the name of a field"),
        ("matches(tags, 'a')", "column 9: tags is a list of texts; matches() looks into a text"),
        ("matches(title, lab)", "column 16: write the pattern in quotes"),
        (
            "matches(title, '(a')",
            "column 16: invalid pattern: unclosed group; for the character itself write \\(",
        ),
        (
            "not " * 30 + "freeleech",
            "column 105: there is too much within one another; make it simpler",
        ),
        ("1 + " * 300, "an expression has at most 1000 characters"),
        ("\ud800 == 1", "this can't be read at all"),
    ],
)
def test_refuses(text: str, sentence: str) -> None:
    """A mistake is told with its column, and with what to write."""
    assert problems(text) == [sentence]


def test_tells_all_mistakes_at_once() -> None:
    """Each with its line, where there are several."""
    assert problems("seeders > 1 and\n(sizze > 3\n  or yeer == 2)") == [
        'line 2, column 2: unknown name "sizze"; did you mean "size"?',
        'line 3, column 6: unknown name "yeer"; did you mean "year"?',
    ]


def test_columns_count_characters() -> None:
    """Not bytes."""
    (problem,) = problems('license == "größe" and x > 1')
    assert problem.startswith('column 24: unknown name "x"; choose from ')


def test_all_numbers_of_bytes_are_sizes() -> None:
    """What was uploaded, downloaded or offered is compared as a size is."""
    fields: dict[str, FieldType] = {"uploaded": SIZE, "downloaded": SIZE, "ratio": NUMBER}
    text = 'uploaded - downloaded < "1 GiB" and uploaded / downloaded < 1.5 and uploaded > 1000'
    found, mistakes = parse_expression(text, CompileContext(fields))
    assert mistakes == []
    told = {"uploaded": 3 * 2**29, "downloaded": 2**30 + 1}
    item = Item(id="1", kind="account", title="x", fields=told)
    assert [each.holds(item, NOW) for each in found.parts] == [True, True, True]
