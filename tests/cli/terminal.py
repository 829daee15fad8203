"""A person at a terminal, who types when certain words are shown."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Person

LONG = 120.0
CTRL_C = "\x03"
PROGRAM = "from gazelled.cli import main; main()"


@dataclass(frozen=True)
class Typed:
    """
    What is typed once.

    Attributes:
        after: The words that are shown before, since the last time that something was typed.
        text: What is typed; `CTRL_C` ends a program.
        hidden: Whether the program must not show it.

    """

    after: str
    text: str
    hidden: bool = False


def at_a_terminal(person: Person, words: Sequence[str], typed: Sequence[Typed]) -> tuple[int, str]:
    """Run a command on a terminal, type, and return its exit code and what was shown."""
    child, terminal = pty.fork()
    if not child:  # pragma: no cover - the child is the program
        environ = {**os.environ, **person.environ}
        os.execve(sys.executable, [sys.executable, "-c", PROGRAM, *words], environ)  # noqa: S606 - our own program
    try:
        shown = "".join(_type(terminal, each) for each in typed) + _rest(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    finally:
        os.close(terminal)


def _type(terminal: int, typed: Typed) -> str:
    shown = ""
    while typed.after not in shown:
        part = _read(terminal)
        assert part, f"the program has ended, and {typed.after!r} isn't in {shown!r}"
        shown += part
    _wait_for_echo(terminal, off=typed.hidden)
    os.write(terminal, typed.text.encode())
    return shown


def _rest(terminal: int) -> str:
    shown = ""
    while part := _read(terminal):
        shown += part
    return shown


def _read(terminal: int) -> str:
    """Return what is shown next; nothing if the program has ended."""
    ready, _, _ = select.select([terminal], [], [], LONG)
    assert ready, f"nothing more is shown for {LONG:g} s"
    try:
        return os.read(terminal, 4096).decode(errors="replace")
    except OSError:
        return ""


def _wait_for_echo(terminal: int, *, off: bool) -> None:
    """Wait until what is typed is shown, or isn't: what is typed before that gets lost."""
    end = time.monotonic() + LONG
    while bool(termios.tcgetattr(terminal)[3] & termios.ECHO) == off:
        assert time.monotonic() < end, (
            "what is typed is hidden, or isn't, against what was expected"
        )
        time.sleep(0.05)
