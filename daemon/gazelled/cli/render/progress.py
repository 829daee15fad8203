"""What a terminal shows while a call waits: what is asked, and how long it will take."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_CLEAR = "\r\x1b[K"
_TICK = 1.0
_WIDTH = 78


class ProgressLine:
    """A line on standard error that counts down; on anything but a terminal it isn't there."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._what = ""
        self._until = 0.0
        self._calls = 0

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Keep the line true while the context lasts, and take it away at the end."""
        if not self._terminal:
            yield
            return
        try:
            async with asyncio.TaskGroup() as group:
                ticking = group.create_task(self._tick(), name="progress")
                try:
                    yield
                finally:
                    ticking.cancel()
        finally:
            self._write("")

    def begin(self, what: str, expected: float) -> None:
        """Show that a call waits, `expected` seconds for its turn."""
        self._what = what
        self._until = time.monotonic() + expected
        self._calls += 1
        self._write(self._line())

    def _line(self) -> str:
        left = self._until - time.monotonic()
        turn = f"sent in {left:.0f} s" if round(left) > 0 else "sent now"
        number = f" ({self._calls})" if self._calls > 1 else ""
        what = f"asking {self._what or 'the tracker'}{number}"
        return f"{what[: _WIDTH - len(turn) - 2]}, {turn}"

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            if self._calls:
                self._write(self._line())

    def _write(self, text: str) -> None:
        if self._terminal:
            plain = "".join(sign if sign.isprintable() else "�" for sign in text)
            sys.stderr.write(f"{_CLEAR}{plain}")
            sys.stderr.flush()
