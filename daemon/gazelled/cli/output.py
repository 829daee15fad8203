"""How things are shown: data on standard output, words for people on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import click

from gazelled.errors import GazelledError

_UNSEEN = re.compile(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FAR = timedelta(days=6)


def words(text: str) -> None:
    """Tell a person something."""
    click.echo(_printable(text), err=True)


def _print(text: str) -> None:
    """
    Print to standard output.

    Raises:
        GazelledError: If it can't be written, to a full disk, say.

    """
    try:
        click.echo(text)
    except BrokenPipeError:
        raise  # whoever reads it has enough, as `head` has: no trouble
    except OSError as error:
        raise GazelledError(f"the output could not be written: {error.strerror}") from None


def line(text: str = "") -> None:
    """Print a line of data."""
    _print(_printable(text))


def as_json(data: object) -> None:
    """Print data as JSON; what would move a terminal's cursor is escaped."""
    text = json.dumps(data, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)
    _print(_UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; an empty column is left out."""
    kept = [number for number in range(len(head)) if any(row[number] for row in rows)]
    if not kept:
        return
    cells = [[head[number] for number in kept], *([row[number] for number in kept] for row in rows)]
    cells = [[_printable(cell) for cell in row] for row in cells]
    widths = [max(len(row[number]) for row in cells) for number in range(len(kept))]
    for row in cells:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        line("  ".join(padded).rstrip())


def moment(given: object, now: datetime) -> str:
    """
    Write a time for people, in their zone: `14:05` today, `Tue 14:05` this week, else the date.

    Args:
        given: A time, or one in ISO's format; anything else is shown as nothing.
        now: The time of day.

    """
    if isinstance(given, str):
        given = datetime.fromisoformat(given)
    if not isinstance(given, datetime):
        return ""
    here, today = given.astimezone(), now.astimezone()
    if here.date() == today.date():
        return f"{here:%H:%M}"
    return f"{here:%a %H:%M}" if abs(here - today) < _FAR else f"{here:%Y-%m-%d %H:%M}"


def now() -> datetime:
    """Tell the time of day."""
    return datetime.now(UTC)


def _printable(text: str) -> str:
    """Take out what a tracker or a file could move the cursor with."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)
