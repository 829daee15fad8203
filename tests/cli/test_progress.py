"""What a person at a terminal sees and is asked while they call."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
from typing import TYPE_CHECKING

from tests.cli.conftest import PROGRAM

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator


async def at_a_terminal(person: Person, *arguments: str, says: str = "") -> tuple[int, str, str]:
    """Run a command whose input and standard error are a terminal; tell code, output, screen."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *arguments,
        env=person._process_environ(),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    if says:
        os.write(ours, says.encode())
    screen = asyncio.create_task(asyncio.to_thread(_read, ours), name="screen")
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), await screen


def _read(terminal: int) -> str:
    seen = b""
    try:
        while chunk := os.read(terminal, 4096):
            seen += chunk
    except OSError:  # how Linux says that nobody is there any more
        pass
    os.close(terminal)
    return seen.decode()


async def test_what_it_waits_for_is_shown(settled: Person) -> None:
    """A line that is taken away at the end; the answer stands alone on standard output."""
    code, out, screen = await at_a_terminal(settled, "call", "stats")
    assert (code, out[0]) == (0, "{")
    assert "asking stats, sent" in screen
    assert screen.rstrip("\r\n").endswith("\x1b[K")


async def test_it_counts_down(settled: Person) -> None:
    """As long as it waits, every second."""
    settled.write(settled.config.read_text().replace("per = 0.1", "per = 2.5"))
    _, _, screen = await at_a_terminal(settled, "call", "stats")
    assert screen.count("asking stats") >= 2


async def test_what_changes_something_is_asked_about(settled: Person, sim: Simulator) -> None:
    """No means no, yes means yes."""
    code, _, screen = await at_a_terminal(settled, "call", "announcements", says="n\n")
    assert "announcements marks the news as read. Go on? [y/N]: " in screen
    assert (code, sim.arrivals) == (130, [])
    code, out, _ = await at_a_terminal(settled, "call", "announcements", says="y\n")
    assert (code, out[0]) == (0, "{")
