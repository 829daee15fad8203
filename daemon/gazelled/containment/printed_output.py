"""What plugins print: without secrets, and not without end."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from gazelled.containment.plugin_call import caller

_LONGEST = 100_000
"""So many characters without the end of a line are written, so that no line fills the memory."""


class PrintedOutput(io.TextIOBase):
    """
    A stream that writes whole lines to another one, without secrets.

    Args:
        stream: The other stream.
        scrub: Takes secrets out of a text.

    """

    def __init__(self, stream: TextIO, scrub: Callable[[str], str]) -> None:
        super().__init__()
        self._stream = stream
        self._scrub = scrub
        self._lock = threading.RLock()
        self._rest = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the base class has no value
        return self._stream.encoding

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def write(self, text: str, /) -> int:
        with self._lock:
            *lines, self._rest = (self._rest + text).split("\n")
            for line in lines:
                self._put(f"{line}\n")
            if len(self._rest) > _LONGEST:
                self._write_rest()
        return len(text)

    def flush(self) -> None:
        with self._lock:
            self._write_rest()
            self._stream.flush()

    def close(self) -> None:
        """Stay open: it is the process's."""
        self.flush()

    def _write_rest(self) -> None:
        rest, self._rest = self._rest, ""
        if rest:
            self._put(rest)

    def _put(self, text: str) -> None:
        call = caller()
        if call is None or call.plugin.may_log():
            self._stream.write(self._scrub(text))


@contextmanager
def without_secrets(scrub: Callable[[str], str]) -> Iterator[None]:
    """Take secrets out of all that is printed while the context lasts."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (PrintedOutput(stream, scrub) for stream in before)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before
