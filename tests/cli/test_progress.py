"""What a person at a terminal sees and is asked while they call."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import re
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import PROGRAM

from gazelled.cli import output
from gazelled.cli.render import progress
from gazelled.cli.render.progress import ProgressLine

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


async def test_what_it_waits_for_is_shown_and_counted_down(settled: Person) -> None:
    """A line that is taken away at the end; the answer stands alone on standard output."""
    settled.write(settled.config.read_text().replace("per = 0.1", "per = 2.5"))
    code, out, screen = await at_a_terminal(settled, "call", "stats")
    assert (code, out[0]) == (0, "{")
    assert "asking stats, sent in" in screen
    assert screen.count("asking stats") >= 2
    assert screen.rstrip("\r\n").endswith("\x1b[K")


def test_what_is_over_in_a_moment_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that nobody can read only flickers."""
    monkeypatch.setattr("sys.stderr", screen := Terminal())
    line = ProgressLine()
    with line.shown("waiting"):
        line.begin("stats", 0.0)
    assert screen.getvalue() == ""


async def test_what_changes_something_is_asked_about(settled: Person, sim: Simulator) -> None:
    """No means no, yes means yes."""
    code, _, screen = await at_a_terminal(settled, "call", "announcements", says="n\n")
    assert "announcements marks the news as read. Go on? [y/N]: " in screen
    assert (code, sim.arrivals) == (130, [])
    code, out, _ = await at_a_terminal(settled, "call", "announcements", says="y\n")
    assert (code, out[0]) == (0, "{")


async def test_a_target_that_takes_its_time(settled: Person) -> None:
    """What is done is shown with the seconds once there is one, and taken away at the end."""
    settled.write(
        f"{settled.config.read_text()}\n"
        '[target.slow]\nplugin = "exec"\ncommand = ["/bin/sleep", "2.5"]\n'
    )
    code, _, screen = await at_a_terminal(settled, "target", "test", "slow")
    assert code == 0
    assert "sending to slow, 1 s" in screen
    _, shown, left = screen.rpartition("\r\x1b[K")
    assert shown
    assert left.strip() == "slow: a test message was delivered."


class Terminal(io.StringIO):
    """A terminal that keeps what is written."""

    def isatty(self) -> bool:
        return True


def at(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return what stands for standard error from now on, and have the line written often."""
    monkeypatch.setattr(progress, "_TICK", 0.01)
    monkeypatch.setattr("sys.stderr", screen := Terminal())
    return screen


def wait_for(terminal: Terminal, text: str) -> None:
    """Wait until a text was written."""
    last = time.monotonic() + 60
    while text not in terminal.getvalue() and time.monotonic() < last:
        time.sleep(0.01)
    assert text in terminal.getvalue()


def test_what_is_printed_meanwhile_has_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the line of progress comes back below it."""
    terminal = at(monkeypatch)
    with ProgressLine().shown("verifying"):
        wait_for(terminal, "verifying, 0 s")
        output.message("warning: something")
        wait_for(terminal, "something\n\r\x1b[Kverifying, 0 s")
    assert re.search(r"\r\x1b\[K\x1b?\S*warning:\S* something\n", terminal.getvalue())
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_one_line_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is part of something longer has none of its own, and ends nothing."""
    terminal = at(monkeypatch)
    with ProgressLine().shown("verifying"):
        with ProgressLine().shown("waiting for gazelled"):
            wait_for(terminal, "verifying")
        terminal.truncate(0)
        wait_for(terminal, "verifying")
    assert "waiting" not in terminal.getvalue()


def test_ctrl_c_leaves_a_clean_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """However it ends, the line is gone, and nothing writes it again."""
    terminal = at(monkeypatch)

    def interrupted() -> None:
        with ProgressLine().shown("verifying"):
            wait_for(terminal, "verifying")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    ended = terminal.getvalue()
    assert ended.endswith("\r\x1b[K")
    time.sleep(0.1)
    assert terminal.getvalue() == ended


@pytest.mark.parametrize("quiet", [True, False])
def test_it_is_for_terminals_and_not_with_quiet(
    monkeypatch: pytest.MonkeyPatch, *, quiet: bool
) -> None:
    """A pipe gets nothing of it."""
    monkeypatch.setattr(progress, "_TICK", 0.01)
    screen = Terminal() if quiet else io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    with ProgressLine(quiet=quiet).shown("verifying"):
        time.sleep(0.1)
    assert screen.getvalue() == ""
