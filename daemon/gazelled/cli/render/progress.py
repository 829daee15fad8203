"""What a terminal shows while a command waits: for what, and how long that will take."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from gazelled.cli import output
from gazelled.text import printable

_CLEAR = "\r\x1b[K"
_TICK = 1.0
_WIDTH = 78


class ProgressLine:
    """
    A line on standard error while a command waits; on anything but a terminal it isn't there.

    It counts down to the turn of a request, and otherwise counts the seconds once there is one.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._terminal = sys.stderr.isatty() and not quiet
        self._writing = threading.Lock()
        self._over = threading.Event()
        self._since = 0.0
        self._doing = ""
        self._what = ""
        self._until = 0.0
        self._calls = 0
        self._is_visible = False

    @contextmanager
    def shown(self, doing: str) -> Iterator[None]:
        """
        Keep the line true while the context lasts, and take it away at the end.

        Args:
            doing: What takes long unless a request waits for its turn, such as `sending to phone`.

        """
        if not self._terminal or output.has_progress():
            yield
            return
        self._since, self._doing = time.monotonic(), doing
        ticking = threading.Thread(target=self._tick, name="progress", daemon=True)
        ticking.start()
        output.use_progress(self._clear)
        try:
            yield
        finally:
            output.use_progress(None)
            self._over.set()
            self._clear()

    def begin(self, what: str, expected: float) -> None:
        """Show that a request waits, `expected` seconds for its turn, unless that is a moment."""
        self._what = what
        self._until = time.monotonic() + expected
        self._calls += 1
        if expected >= _TICK or self._is_visible:
            self._write()

    def _line(self) -> str:
        now = time.monotonic()
        if not self._calls:
            return f"{self._doing[: _WIDTH - 8]}, {now - self._since:.0f} s"
        left = self._until - now
        turn = f"sent in {left:.0f} s" if round(left) > 0 else "sent now"
        number = f" ({self._calls})" if self._calls > 1 else ""
        what = f"asking {self._what or 'the tracker'}{number}"
        return f"{what[: _WIDTH - len(turn) - 2]}, {turn}"

    def _tick(self) -> None:
        while not self._over.wait(_TICK):
            self._write()

    def _write(self) -> None:
        with self._writing:
            if self._terminal and not self._over.is_set():
                line = " ".join(printable(self._line()).split("\n"))
                sys.stderr.write(f"{_CLEAR}{line}")
                sys.stderr.flush()
                self._is_visible = True

    def _clear(self) -> None:
        """Take the line away: something is printed, or the wait is over."""
        with self._writing:
            if self._is_visible:
                sys.stderr.write(_CLEAR)
                sys.stderr.flush()
            self._is_visible = False
