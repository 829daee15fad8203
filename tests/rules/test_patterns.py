"""Patterns."""

from __future__ import annotations

import fnmatch
import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazelled.rules.patterns import Pattern, parse_glob, parse_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"\bs288c\b", "Yeast S288C reads", True),
        (r"\bs288c\b", "Yeast S288Cx reads", False),
        (r"^(?-i:S288C)", "s288c", False),
        ("größe|ß", "GRÖSSE ẞ", True),
        ("reads", "half \ud800 reads", True),
        ("^a+?b*?c??$", "aab", True),
        (r"x{,2}", "x{,2}", True),
        (r"x{,2}", "xx", False),
        ("a{", "a{", True),
        (r"\Qa.b", "a.b", True),
        (r"\Qa.b\E+", "axb", False),
        (r"\101\07", "A\x07", True),
        ("[[]", "[", True),
        ("[a&&b]$", "&", True),
        ("^[+--]+$", "+,-", True),
        ("^[--]$", "-", True),
        (r"^[\d-]+$", "4-2", True),
        ("^[a~~b]+$", "~", True),
        ("[^]]", "]", False),
        (r"\<a\>", "<A>", True),
        (r"^\w+$", "école", False),
        (r"\bcole", "école", True),
        (r"\Bcole", "école", False),
        (r"^\d$", "\u0663", False),
        (r"^\W\D\S$", "éé\u00a0", True),
        (r"\pL\p{Greek}\x{e9}\PN", "aβÉx", True),
        ("[[:^alpha:]]", "abc", False),
    ],
)
def test_finds(pattern: str, text: str, fits: bool) -> None:  # noqa: FBT001 - a parameter
    """A pattern is found anywhere, whatever the case, in whatever JSON can hold."""
    assert parse_pattern(pattern).fits(text) is fits


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("", "an empty pattern"),
        ("x*", "matches every text"),
        ("x" * 501, "at most 500 characters"),
        ("(?<=a)b", "look-around isn't possible"),
        ("(?!a)b", "look-around isn't possible"),
        (r"(a)\1", "references to groups"),
        (r"\\(a", "invalid pattern: unclosed group; for the character itself write \\("),
        ("*a", "it repeats the part before it, and .* matches anything"),
        ("((a{100}){100}){100}", "invalid pattern: {100} repeats a part too often; at most 1000"),
        ("\ud800", "invalid pattern: it isn't text"),
        ("(?:x{40}){40}", "{40} repeats a part too often; at most 1000"),
        ("a**", "invalid pattern: this part has two repetitions"),
        ("a*+", "possessive and atomic groups"),
        ("a??{2}", "this part has two repetitions"),
        ("[a", "for the character itself write \\["),
        ("a)", "for the character itself write \\)"),
        (r"\p{Greek", "invalid pattern"),
        ("a\\", "invalid pattern"),
        ("[a\\", "invalid pattern"),
        (r"(?:\pL{100}){10}", "Compiled regex exceeds size limit"),
    ],
)
def test_refuses(pattern: str, sentence: str) -> None:
    """What can't be a pattern is refused with a reason, and nothing is written anywhere."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - what it says is looked at below
        parse_pattern(pattern)
    assert sentence in str(caught.value)


def test_refuses_silently(capfd: pytest.CaptureFixture[str]) -> None:
    """The engine doesn't write to the terminal on its own."""
    with pytest.raises(ValueError, match="unclosed"):
        parse_pattern("(a")
    assert capfd.readouterr() == ("", "")


def test_equal_when_written_alike() -> None:
    """Two patterns with the same text are the same."""
    assert parse_pattern("a|b") == parse_pattern("a|b")


PATTERNS = st.text(st.sampled_from("ab(|)*+?[]{}\\^$.1,d-<=!:"), max_size=20) | st.text(max_size=9)


@given(PATTERNS, st.text(st.characters(), max_size=30))
def test_raises_nothing_else(pattern: str, text: str) -> None:
    """Whatever is written: a pattern or a sentence; whatever is told: an answer."""
    found: Pattern | None = None
    with suppress(ValueError):
        found = parse_pattern(pattern)
    assert found is None or found.fits(text) in {True, False}


@pytest.mark.parametrize(
    ("glob", "name", "fits"),
    [
        ("*.fasta", "Genome.FASTA", True),
        ("*.fasta", "genome.fasta.gz", False),
        ("*.fasta", "genome_fasta", False),
        ("genome.fasta", "yeast/genome.fasta", True),
        ("genome.fasta", "yeast/my_genome.fasta", False),
        ("yeast/*", "all/yeast/genome.fasta", True),
        ("yeast*.gz", "yeast/reads/run.gz", True),
        ("run_?.fq", "run_1.fq", True),
        ("run_?.fq", "run_12.fq", False),
        ("run_[0-46].fq", "run_6.fq", True),
        ("run_[!0-4].fq", "run_3.fq", False),
        ("run_[!0-4].fq", "run_7.fq", True),
        ("a[].b", "a[].b", True),
        ("a[]^-].b", "A^.B", True),
        ("a[x", "a[x", True),
        (r"a\d", r"a\d", True),
        ("(a|b)+", "(a|b)+", True),
        ("größe*", "GRÖSSE", False),
        ("größe*", "GRÖßE.txt", True),
    ],
)
def test_finds_names(glob: str, name: str, fits: bool) -> None:  # noqa: FBT001 - a parameter
    """A name fits as in a shell, whatever the case, in whatever folder and among whatever else."""
    found = parse_glob(glob)
    assert (found.fits(name), found.fits(f"other.txt\n{name}\nother.md")) == (fits, fits)


@pytest.mark.parametrize(
    ("glob", "sentence"),
    [
        (" ", "an empty name"),
        ("*/**", "this name matches every file"),
        ("x" * 501, "at most 500 characters"),
        ("[z-a]", "invalid pattern: invalid character class range"),
        ("\ud800", "it isn't text"),
    ],
)
def test_refuses_names(glob: str, sentence: str) -> None:
    """What can't be a name is told in a sentence."""
    with pytest.raises(ValueError, match=re.escape(sentence)):
        parse_glob(glob)


PARTS = ["a", "b", "1", "2", ".", "-", "!", "*", "?", "[", "]", "[ab]", "[!ab]", "[1-3]", "[!a-b-]"]
GLOBS = st.lists(st.sampled_from(PARTS), max_size=6).map("".join)


@settings(max_examples=500)
@given(GLOBS, st.text(alphabet="ab12.-![]", min_size=1, max_size=6))
def test_names_fit_as_in_a_shell(glob: str, name: str) -> None:
    """Where the name stands in no folder, it is the shell's own rule."""
    with suppress(ValueError):
        found = parse_glob(glob)
        assert found.fits(name) == fnmatch.fnmatchcase(name, glob)


@given(st.text())
def test_whatever_name_is_written(glob: str) -> None:
    """Each text is a name that can be looked for, or is told to be none."""
    with suppress(ValueError):
        parse_glob(glob).fits("a/b")
