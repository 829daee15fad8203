"""What the demo shows: plain lines as wide as the terminal, 80 at most, and boxes for messages."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TextIO

from gazelled.text import printable, shortened

WIDTH = 80
NARROWEST = 40
_TIME = 7
_INDENT = " " * _TIME
_VERB = 9
_BOX = 64
_PLAIN = str.maketrans("┌┐└┘─│✓✗≤·…", "++++-|+-<-~")


class Screen:
    """
    Writes to a stream.

    Args:
        stream: Where to.
        time: Tells the time of day as it is shown.
        closed: Called when nobody reads any more.
        width: How many columns there are to write in.

    """

    def __init__(
        self,
        stream: TextIO,
        time: Callable[[], str],
        closed: Callable[[], None],
        width: int = WIDTH,
    ) -> None:
        self.width = max(NARROWEST, min(WIDTH, width))
        self._stream = stream
        self._time = time
        self._closed = closed
        self._shown = ""
        self._ended = False
        self._plain = not _can_show("┌✓", stream)

    def line(self, text: str = "") -> None:
        """Write a line from the left edge."""
        if self._ended:
            return
        text = printable(text)
        if self._plain:
            text = text.translate(_PLAIN)
        with suppress(OSError):
            try:
                self._stream.write(f"{text.rstrip()}\n")
                self._stream.flush()
            except BrokenPipeError:
                # Python flushes once more at exit and would complain.
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
                self._closed()

    def end(self) -> None:
        """Show nothing more: what still arrives while all ends comes after the last word."""
        self._ended = True

    def at(self, text: str) -> None:
        """Write a line after the time of day, which is shown once a minute."""
        now = self._time()
        self.line(f"{'' if now == self._shown else now:{_TIME}}{text}")
        self._shown = now

    def beside(self, text: str) -> None:
        """Write a line below the last time."""
        self.line(f"{_INDENT}{text}")

    def cut(self, text: str) -> None:
        """Write a line below the last time, as much of it as fits."""
        self.beside(shortened(text, self.width - _TIME))

    def under(self, verb: str, text: str, rest: str = "") -> None:
        """Write what was done with something; the rest goes to the next line if need be."""
        first = f"{verb:{_VERB}}{text}"
        if _TIME + len(first) + 2 + len(rest) <= self.width:
            self.beside(f"{first}  {rest}")
            return
        self.cut(first)
        for part in _wrapped(rest, self.width - _TIME - _VERB):
            self.under("", part)

    def box(self, label: str, text: Iterable[str]) -> None:
        """Draw a box around what arrived somewhere."""
        outer = min(_BOX, self.width - _TIME)
        inner = outer - 4
        self.beside(f"┌ {label} {'─' * (outer - len(label) - 4)}┐")
        for line in text:
            for part in _wrapped(line, inner) or [""]:
                self.beside(f"│ {part:{inner}} │")
        self.beside(f"└{'─' * (outer - 2)}┘")


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines, and not at the hyphens of an address."""
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _can_show(signs: str, stream: TextIO) -> bool:
    """Return whether a stream's encoding has the symbols."""
    try:
        signs.encode(stream.encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
