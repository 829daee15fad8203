"""How the simulated search engine finds words."""

from __future__ import annotations

import pytest

from gazelled.testing.content.words import has_tags, has_word, matches

TEXT = 'Danio rerio "K-12" whole genome reads, NC_000056.2 in C57BL/6J by C. Darwin (2010)'


@pytest.mark.parametrize(
    "word",
    [
        "danio",
        "DANIO",
        "ani",
        "genomes",
        "reading",
        "k-12",
        '"k-12"',
        "12",
        "nc_000056.2",
        "nc_000056",
        "0056",
        "c57bl/6j",
        "c.",
        "2010",
    ],
)
def test_found(word: str) -> None:
    """Words, parts of three letters and more, other forms, and signs as part of a word."""
    assert has_word(TEXT, word)


@pytest.mark.parametrize("word", ["an", "k", "-danio", '"danio"', "danios-x", "|", "genomics"])
def test_not_found(word: str) -> None:
    """Two letters are no part, and signs that aren't there are looked for all the same."""
    assert not has_word(TEXT, word)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("danio rerio", True),
        ("danio mus", False),
        ("danio !mus", True),
        ("danio !rerio", False),
        ("!danio", False),
        ("!mus", True),
        ("!!danio", False),
    ],
)
def test_matches(wanted: str, *, found: bool) -> None:
    """All wanted words are there, and none of the excluded ones."""
    assert matches(TEXT, wanted.split()) is found


@pytest.mark.parametrize(
    ("wanted", "any_of", "found"),
    [
        ("dna,rna", False, False),
        ("dna,rna", True, True),
        ("dna,!rna", False, True),
        ("dna,!open.data", True, False),
        ("!rna", False, True),
        ("open.data", False, True),
        ("dna rna", True, False),
        ("", False, True),
    ],
)
def test_tags(wanted: str, *, any_of: bool, found: bool) -> None:
    """Tags are joined by commas, excluded ones hold always, dots are underscores there."""
    assert has_tags("dna open_data", wanted, any_of=any_of) is found
