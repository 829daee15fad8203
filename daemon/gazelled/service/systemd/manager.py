"""systemd, of the system or of a user, as its command systemctl shows it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gazelled.errors import GazelledError

BOOTED = Path("/run/systemd/system")
"""Is there where systemd is the machine's first process: sd_booted(3) looks there, too."""

_START_WITHIN = 150.0  # the unit may take two minutes to start


class NoManagerError(GazelledError):
    """systemd doesn't run here, or can't be reached."""


@dataclass(frozen=True)
class Manager:
    """
    A service manager.

    Attributes:
        of_user: Whether it is this user's, or else the system's.
        root: A folder that holds another system, whose files are changed while it doesn't run.

    """

    of_user: bool = False
    root: Path | None = None

    @property
    def command(self) -> str:
        """What a person types to reach it."""
        return "systemctl --user" if self.of_user else "systemctl"

    def require(self) -> None:
        """Raise NoManagerError unless it can be used."""
        if shutil.which("systemctl") is None:
            raise NoManagerError(
                "there is no systemd here; use gazelled run with what starts services"
            )
        if self.root is not None:
            return
        if not BOOTED.is_dir():
            raise NoManagerError(
                "systemd doesn't run here (in a container, say); use gazelled run with what starts "
                "services"
            )
        if self.of_user and self._run("show", "--property=Version").returncode:
            raise NoManagerError(
                "the service manager of this user can't be reached; log in as this user "
                "(machinectl shell USER@), or: loginctl enable-linger USER"
            )

    def version(self) -> int:
        """Return its version; 0 if that can't be read."""
        said = self._run("--version").stdout
        version = re.match(r"systemd (\d+)", said)
        return int(version[1]) if version else 0

    def do(self, *words: str) -> None:
        """Have something done; raise GazelledError with what systemctl says if it fails."""
        done = self._run(*words)
        if done.returncode:
            said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
            raise GazelledError(f"{self.command} {' '.join(words)} failed: {said}")

    def reload(self) -> None:
        """Have it read its units again."""
        if self.root is None:
            self.do("daemon-reload")

    def show(self, unit: str, *names: str, within: float = 2.0) -> Mapping[str, str]:
        """Return properties of a unit; empty where that can't be known in some seconds."""
        if shutil.which("systemctl") is None or not BOOTED.is_dir():
            return {}
        try:
            done = self._run(
                "show", "--timestamp=unix", f"--property={','.join(names)}", unit, within=within
            )
        except (OSError, GazelledError):
            return {}
        pairs = (line.partition("=") for line in done.stdout.splitlines())
        return {name: value for name, equals, value in pairs if equals}

    def _run(self, *words: str, within: float = _START_WITHIN) -> subprocess.CompletedProcess[str]:
        whose = ["--user"] if self.of_user else []
        where = [f"--root={self.root}"] if self.root else []
        try:
            return subprocess.run(  # noqa: S603 - words of this program
                ["systemctl", *whose, *where, "--no-ask-password", "--no-pager", *words],  # noqa: S607 - as a person types it
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=within,
            )
        except subprocess.TimeoutExpired:
            text = f"{self.command} {' '.join(words)} took more than {within:g} s"
            raise GazelledError(text) from None
