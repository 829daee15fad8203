"""How things are shown: data on standard output, messages for people on standard error."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from textwrap import wrap
from typing import TypeVar

import click

from gazelled.errors import GazelledError
from gazelled.text import printable

Row = TypeVar("Row")
Columns = Mapping[str, Callable[[Row], str]]
"""The columns of a table: for each head, what stands in a row."""

_UNSEEN = re.compile(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FAR = timedelta(days=6)
_NARROWEST = 12

_colour: bool | None = None
"""Whether colours are shown; None if on a terminal alone."""


_clear_line: Callable[[], None] | None = None
"""Takes away the line of progress that is shown, if one is."""


class Toned(str):
    """A text for a line or a cell that has a colour where colours are shown."""

    __slots__ = ("colour",)
    colour: str


def use_colour(when: str, environ: Mapping[str, str]) -> None:
    """
    Decide whether colours are shown.

    Args:
        when: `always`, `never`, or `auto`: on a terminal, unless `NO_COLOR` is set.
        environ: The environment.

    """
    global _colour  # noqa: PLW0603 - there is one standard output
    if when == "auto":
        _colour = False if environ.get("NO_COLOR") or environ.get("TERM") == "dumb" else None
    else:
        _colour = when == "always"


def bad(text: str) -> str:
    """Return a text as one about what is wrong; an empty one stays so."""
    return _toned(text, "red")


def late(text: str) -> str:
    """Return a text as one about what is late, or isn't as it should be."""
    return _toned(text, "yellow")


def well(text: str) -> str:
    """Return a text as one about what is as it should be."""
    return _toned(text, "green")


def like(text: str, other: str) -> str:
    """Return another text in the colour of a text."""
    return _toned(other, text.colour) if isinstance(text, Toned) else other


def _toned(text: str, colour: str) -> str:
    toned = Toned(text)
    toned.colour = colour
    return toned


def has_progress() -> bool:
    """Return whether a line of progress is kept."""
    return _clear_line is not None


def use_progress(clear: Callable[[], None] | None) -> None:
    """Have a line of progress taken away whenever something is printed; None when it is over."""
    global _clear_line  # noqa: PLW0603 - there is one terminal
    _clear_line = clear


def message(text: str) -> None:
    """Print a message for people."""
    if _clear_line is not None:
        _clear_line()
    shown = printable(text)
    for begin, colour in (("error:", "red"), ("warning:", "yellow")):
        if shown.startswith(begin):
            shown = click.style(begin, fg=colour, bold=True) + shown.removeprefix(begin)
    click.echo(_coloured(shown, text), err=True, color=_colour)


def line(text: str = "") -> None:
    """Print a line of data."""
    _print(_coloured(printable(text), text))


def as_json(data: object, *, one_line: bool = False) -> None:
    """Print data as JSON; what would move a terminal's cursor is escaped."""
    indent = 2 if sys.stdout.isatty() and not one_line else None
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    _print(_UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text))


def table(rows: Iterable[Row], columns: Columns[Row]) -> None:
    """
    Print rows in columns; an empty column is left out.

    On a terminal that is too narrow, texts of several words have several lines.
    """
    cells = [[cell(row) for cell in columns.values()] for row in rows]
    shown = [number for number in range(len(columns)) if any(row[number] for row in cells)]
    if not shown:
        return
    cells = [[row[number] for number in shown] for row in ([*columns], *cells)]
    plain = [[printable(cell) for cell in row] for row in cells]
    widths = [max(map(len, column)) for column in zip(*plain, strict=True)]
    if sys.stdout.isatty():
        widths = _narrowed(widths, plain, shutil.get_terminal_size().columns)
    for row, texts in zip(cells, plain, strict=True):
        _print_row(row, texts, widths)


def _print_row(row: Sequence[str], texts: Sequence[str], widths: Sequence[int]) -> None:
    """Print the cells of a row, in several lines where a text has more than its column's width."""
    parts = [
        [text] if len(text) <= width else _wrapped(text, width)
        for text, width in zip(texts, widths, strict=True)
    ]
    for pieces in zip_longest(*parts, fillvalue=""):
        padded = [
            _coloured(piece, cell) + " " * (width - len(piece))
            for piece, cell, width in zip(pieces, row, widths, strict=True)
        ]
        _print("  ".join(padded).rstrip())


def _narrowed(widths: Sequence[int], cells: Sequence[Sequence[str]], room: int) -> list[int]:
    """Return widths that fit, as far as words can be kept whole; the widest column yields first."""
    narrow = [*widths]
    words = [
        [word for text in column for word in text.split()] for column in zip(*cells, strict=True)
    ]
    least = [
        min(width, max(_NARROWEST, *map(len, column)))
        for width, column in zip(widths, words, strict=True)
    ]
    while sum(narrow) + 2 * (len(narrow) - 1) > room:
        slack = [(width, number) for number, width in enumerate(narrow) if width > least[number]]
        if not slack:
            break
        narrow[max(slack)[1]] -= 1
    return narrow


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _coloured(shown: str, text: str) -> str:
    return click.style(shown, fg=text.colour) if shown and isinstance(text, Toned) else shown


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
    if _clear_line is not None:
        _clear_line()
    try:
        click.echo(text, color=_colour)
    except BrokenPipeError:
        raise  # whoever reads it has enough, as `head` has: not an error
    except OSError as error:
        raise GazelledError(f"the output could not be written: {error.strerror}") from None
