"""Patterns."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.rules.patterns import Pattern, parse_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"\bs288c\b", "Yeast S288C reads", True),
        (r"\bs288c\b", "Yeast S288Cx reads", False),
        (r"^(?-i:S288C)", "s288c", False),
        ("größe|ß", "GRÖSSE ẞ", True),
        ("reads", "half \ud800 reads", True),
    ],
)
def test_finds(pattern: str, text: str, fits: bool) -> None:  # noqa: FBT001 - a parameter
    """A pattern is found anywhere, whatever the case, in whatever JSON can hold."""
    assert parse_pattern(pattern).fits(text) is fits


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("", "an empty pattern"),
        ("x*", "fits every text"),
        ("x" * 501, "at most 500 characters"),
        ("(?<=a)b", "look-around isn't possible"),
        ("(?!a)b", "look-around isn't possible"),
        (r"(a)\1", "references to groups"),
        (r"\\(a", "this is no pattern: missing )"),
        ("*a", "this is no pattern: no argument for repetition operator"),
        ("((a{100}){100}){100}", "this is no pattern: invalid repetition size"),
        ("\ud800", "this is no pattern: it isn't text"),
    ],
)
def test_refuses(pattern: str, sentence: str) -> None:
    """What can't be a pattern is refused with a reason, and nothing is written anywhere."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - what it says is looked at below
        parse_pattern(pattern)
    assert sentence in str(caught.value)


def test_refuses_silently(capfd: pytest.CaptureFixture[str]) -> None:
    """The engine doesn't write to the terminal on its own."""
    with pytest.raises(ValueError, match="missing"):
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
