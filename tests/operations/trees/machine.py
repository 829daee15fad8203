"""A machine: a tree of Debian that systemd boots, with a network of loopback alone."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LONG = 120.0
"""Seconds in which anything happens on a busy computer."""

_BOOT = Path(__file__).with_name("boot.sh")
_ENVIRONMENT = (
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    *("HOME=/root", "LANG=C.UTF-8", "TERM=dumb", "PIP_ROOT_USER_ACTION=ignore"),
)
_JOINED = ("bash", "-euc", 'echo $$ >/sys/fs/cgroup/init.scope/cgroup.procs; exec "$@"', "-")
"""What makes a process one of the machine: for logind 257 another one doesn't exist."""


class BootError(Exception):
    """This computer can't boot a tree; the text holds what systemd-nspawn wrote."""


class Machine:
    """
    A booted machine; a context that shuts it down.

    Args:
        lower: The trees that it is made of, the uppermost first; they stay as they are.
        folder: Where it writes: what differs from these trees is in `upper`.
        options: More options of systemd-nspawn.

    """

    def __init__(self, lower: Sequence[Path], folder: Path, *options: str) -> None:
        self.upper = folder / "upper"
        self._console = folder / "console.log"
        self._command = [
            *("setpriv", "--pdeathsig", "TERM", "unshare", "--mount", "bash", str(_BOOT)),
            *(":".join(map(str, lower)), str(folder), *options),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Self:
        """Boot."""
        self.boot()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Shut down."""
        self.shut_down()

    def boot(self) -> None:
        """
        Boot, and wait until all services have started.

        Raises:
            BootError: If it doesn't boot.

        """
        self.upper.mkdir(parents=True, exist_ok=True)
        with self._console.open("ab") as console:
            self._process = subprocess.Popen(  # noqa: S603 - ours
                self._command, stdin=subprocess.DEVNULL, stdout=console, stderr=console
            )
        end = time.monotonic() + LONG
        while not self._runs():
            if self._process.poll() is not None or time.monotonic() > end:
                self.shut_down()
                raise BootError(self._console.read_text(errors="replace")[-2000:])
            time.sleep(0.1)

    def shut_down(self) -> None:
        """Shut down as `poweroff` does, and wait for it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(LONG)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._leader = 0

    def _runs(self) -> bool:
        assert self._process is not None
        for nspawn in _children(self._process.pid):
            for pid in _children(nspawn):
                if _name(pid) == "systemd":
                    self._leader = pid
                    state = self.run("systemctl", "is-system-running", "--wait", check=False)
                    return state.stdout.strip() in {"running", "degraded"}
        return False

    # What is done on it

    def run(
        self, *command: str, check: bool = True, user: str = "", text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """
        Run a command there to its end.

        Args:
            command: A program and its arguments, or a line for the shell alone.
            check: Whether the test fails when the command does.
            user: Whose command it is; root's if empty.
            text: What it reads from its standard input.

        """
        words = command if len(command) > 1 else ("bash", "-euo", "pipefail", "-c", *command)
        as_user = ("runuser", "-u", user, "--") if user else ()
        done = subprocess.run(  # noqa: S603 - ours
            [
                *("nsenter", "--target", str(self._leader), "--all"),
                *("env", "-i", "--chdir=/", *_ENVIRONMENT, *_JOINED, *as_user, *words),
            ],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=3 * LONG,
        )
        if check and done.returncode:
            said = f"{done.stdout}{done.stderr}"
            raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
        return done

    def output(self, *command: str, user: str = "") -> str:
        """Run a command there and return what it printed, without the newline at its end."""
        return self.run(*command, user=user).stdout.strip()

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Write a file there, with the folders above it."""
        self.run("install", "-D", "-m", f"{mode:o}", "/dev/stdin", path, text=text)

    def read(self, path: str) -> str:
        """Read a file there."""
        return self.run("cat", path).stdout

    # What is seen on it

    def unit(self, name: str, unit: str = "gazelled") -> str:
        """Return a property of a unit, such as `ActiveState`."""
        return self.output("systemctl", "show", "--value", "--property", name, unit)

    def journal(self, unit: str = "gazelled") -> list[dict[str, Any]]:
        """Return the entries of the journal about a unit, its own and the manager's."""
        lines = self.output("journalctl", "--unit", unit, "--output", "json", "--no-pager")
        return [json.loads(line) for line in lines.splitlines()]

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """
        Wait until something holds.

        Raises:
            AssertionError: If it doesn't within a generous time; with the state of the service.

        """
        end = time.monotonic() + LONG
        while not holds():
            if time.monotonic() > end:
                status = self.run("systemctl status --lines 40 'gazelled*' || true").stdout
                raise AssertionError(f"{what} did not happen:\n{status}")
            time.sleep(0.2)


def _children(pid: int) -> list[int]:
    done = subprocess.run(  # noqa: S603 - ours
        ["pgrep", "--parent", str(pid)],  # noqa: S607 - procps
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(line) for line in done.stdout.split()]


def _name(pid: int) -> str:
    """Return the name of a process; empty if it has just ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
