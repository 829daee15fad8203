"""How things are shown: data on standard output, messages for people on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import click

from gazelled.errors import GazelledError

Row = TypeVar("Row")
Columns = Mapping[str, Callable[[Row], str]]
"""The columns of a table: for each head, what stands in a row."""

_UNSEEN = re.compile(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FAR = timedelta(days=6)


def message(text: str) -> None:
    """Print a message for people."""
    click.echo(_printable(text), err=True)


def line(text: str = "") -> None:
    """Print a line of data."""
    _print(_printable(text))


def as_json(data: object, *, one_line: bool = False) -> None:
    """Print data as JSON; what would move a terminal's cursor is escaped."""
    indent = 2 if sys.stdout.isatty() and not one_line else None
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    _print(_UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text))


def table(rows: Iterable[Row], columns: Columns[Row]) -> None:
    """Print rows in columns; an empty column is left out."""
    cells = [[_printable(cell(row)) for cell in columns.values()] for row in rows]
    shown = [number for number in range(len(columns)) if any(row[number] for row in cells)]
    if not shown:
        return
    cells = [[row[number] for number in shown] for row in ([*columns], *cells)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        line("  ".join(padded).rstrip())


def moment(at: datetime | None, now: datetime | None = None) -> str:
    """Return a time for people, in their zone: `14:05` today, `Tue 14:05` this week, or a date."""
    if at is None:
        return ""
    here, today = at.astimezone(), (now or datetime.now(UTC)).astimezone()
    if here.date() == today.date():
        return f"{here:%H:%M}"
    return f"{here:%a %H:%M}" if abs(here - today) < _FAR else f"{here:%Y-%m-%d %H:%M}"


def now() -> datetime:
    """Return the time of day."""
    return datetime.now(UTC)


def _print(text: str) -> None:
    try:
        click.echo(text)
    except BrokenPipeError:
        raise  # whoever reads it has enough, as `head` has: not an error
    except OSError as error:
        raise GazelledError(f"the output could not be written: {error.strerror}") from None


def _printable(text: str) -> str:
    """Replace what a tracker or a file could move the cursor with."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)
