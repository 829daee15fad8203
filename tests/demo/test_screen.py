"""The demo's screen."""

from __future__ import annotations

import io
from itertools import chain, repeat

import pytest

from gazelled.demo.screen import WIDTH, Screen


@pytest.fixture
def stream() -> io.StringIO:
    """Return what is written to."""
    return io.StringIO()


@pytest.fixture
def screen(stream: io.StringIO) -> Screen:
    """Return a screen on which a minute passes after the first two lines."""
    times = chain(["10:00", "10:00"], repeat("10:01"))
    return Screen(stream, lambda: next(times), lambda: None)


def test_a_minute_is_shown_once(screen: Screen, stream: io.StringIO) -> None:
    """The time of day stands before the first line of each minute."""
    for text in ("one", "two", "three"):
        screen.at(text)
    assert stream.getvalue() == "10:00  one\n       two\n10:01  three\n"


def test_what_is_too_long_goes_on_below(screen: Screen, stream: io.StringIO) -> None:
    """Reasons that don't fit beside the title stand below it."""
    screen.under("no", "A title " * 5, "a reason " * 9)
    lines = stream.getvalue().splitlines()
    assert [line.startswith(" " * 16) for line in lines] == [False, True, True]
    assert max(map(len, lines)) <= WIDTH


def test_a_box_has_straight_sides(screen: Screen, stream: io.StringIO) -> None:
    """Long lines are wrapped inside the box."""
    screen.box("phone", ["New: S288C reads", "word " * 30])
    lines = stream.getvalue().splitlines()
    assert len(lines) == 6
    assert len(set(map(len, lines))) == 1


def test_a_narrow_terminal_is_kept_to(stream: io.StringIO) -> None:
    """Nothing is wider than it, so that no box falls apart."""
    screen = Screen(stream, lambda: "10:00", lambda: None, 44)
    screen.under("phone", "Watching yeast. 9 of 14 known items match; newest: Saccharomyce")
    screen.under("yes", "S. cerevisiae S288C reads", "yeast, dna ✓  CC0 ✓  7.1 ≤ 50 GiB ✓")
    screen.box("phone", ["New: S288C reads", "word " * 30])
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) == 44
    assert len({len(line) for line in lines[-7:]}) == 1


def test_without_utf_8_boxes_are_drawn_plainly() -> None:
    """Question marks would tell nobody anything."""
    drawn = io.BytesIO()
    stream = io.TextIOWrapper(drawn, encoding="ascii")
    Screen(stream, lambda: "10:00", lambda: None).box("phone", ["7.1 GiB · CC0"])
    top, inside, bottom = drawn.getvalue().decode().split("\n")[:3]
    assert top.strip().startswith("+ phone ---")
    assert inside.strip().startswith("| 7.1 GiB - CC0 ")
    assert bottom.strip("+- ") == ""


def test_nothing_comes_after_the_end(screen: Screen, stream: io.StringIO) -> None:
    """A look that was under way is not shown below the last word."""
    screen.line("Yours")
    screen.end()
    screen.at("looked   yeast")
    assert stream.getvalue() == "Yours\n"
