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


@pytest.mark.parametrize(
    ("given", "length"), [(NOW, 5), (NOW + timedelta(days=2), 9), (NOW - timedelta(days=30), 16)]
)
def test_times_are_as_short_as_they_can_be(given: datetime, length: int) -> None:
    """Today needs no date."""
    assert len(output.moment(given, NOW)) == length
