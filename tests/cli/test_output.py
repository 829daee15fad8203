"""What people see."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from gazelled.cli import output

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def test_columns_are_aligned_and_empty_ones_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """A table takes no more room than it needs."""
    columns = {
        "A": lambda row: row[0],
        "EMPTY": lambda _: "",
        "LAST": lambda row: row[1],
    }
    output.table([("long one", "x"), ("b", "y")], columns)
    assert capsys.readouterr().out == "A         LAST\nlong one  x\nb         y\n"


def test_nothing_moves_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """A title can't write over what stands on the terminal."""
    output.line("S288C\x1b[2Jreads")
    output.as_json({"title": "a\x9b2Jb\x1b"})
    out = capsys.readouterr().out
    assert not {"\x1b", "\x9b"} & set(out)
    assert json.loads(out.splitlines()[1]) == {"title": "a\x9b2Jb\x1b"}


def test_a_narrow_terminal_gets_several_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Texts of several words are wrapped, and no word is cut: names and addresses stay whole."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    columns = {"NAME": lambda row: row[0], "TROUBLE": lambda row: row[1], "AT": lambda row: row[2]}
    address = "https://tracker.example/a"
    output.table([("yeast", "the disk is full, and nothing is written", "14:05")], columns)
    output.table([(address, "no answer since 14:05", "14:05")], columns)
    assert capsys.readouterr().out.splitlines() == [
        "NAME   TROUBLE                     AT",
        "yeast  the disk is full, and       14:05",
        "       nothing is written",
        "NAME                       TROUBLE       AT",
        "https://tracker.example/a  no answer     14:05",
        "                           since 14:05",
    ]


@pytest.mark.parametrize(
    ("when", "environ", "colored"),
    [
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {}, False),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"TERM": "dumb"}, False),
        ("auto", {}, False),  # it is no terminal here
    ],
)
def test_colors_where_they_are_wanted(
    capsys: pytest.CaptureFixture[str],
    when: str,
    environ: dict[str, str],
    colored: bool,  # noqa: FBT001 - a parameter
) -> None:
    """What is bad or late has a color, which takes no room in a table."""
    output.use_colour(when, environ)
    try:
        output.table(
            [("a", "late")], {"A": lambda row: row[0], "B": lambda row: output.late(row[1])}
        )
        output.message("error: this is wrong")
        captured = capsys.readouterr()
    finally:
        output.use_colour("auto", {})
    assert (captured.out.splitlines()[1] == "a  \x1b[33mlate\x1b[0m") is colored
    assert ("\x1b" in captured.err) is colored
    assert "error:" in captured.err


@pytest.mark.parametrize(
    ("given", "length"), [(NOW, 5), (NOW + timedelta(days=2), 9), (NOW - timedelta(days=30), 16)]
)
def test_times_are_as_short_as_they_can_be(given: datetime, length: int) -> None:
    """Today needs no date."""
    assert len(output.moment(given, NOW)) == length
