"""The program that a unit starts: where it is, and whether a service can reach it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from gazelled.errors import GazelledError

_HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - not used, but refused
"""Folders that the unit of the system hides: ProtectHome= and PrivateTmp=."""

_OTHERS_ENTER = 0o001


def program() -> list[str]:
    """Return the command that starts this installation of gazelled, whatever PATH says."""
    script = Path(sys.executable).with_name("gazelled")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "gazelled"]


def require_reachable() -> None:
    """Raise GazelledError if a service of the system could not start this program."""
    # The interpreter of a virtual environment is a link to one elsewhere, which is needed, too.
    for path in dict.fromkeys([Path(program()[0]), Path(sys.executable).resolve()]):
        if any(path.is_relative_to(folder) for folder in _HIDDEN):
            raise GazelledError(
                f"a service of the system can't use {path}, which is in a folder that it doesn't "
                "see. Install gazelled for the system: python3 -m venv /opt/gazelled, then "
                "/opt/gazelled/bin/pip install gazelled; or use --user"
            )
        if closed := next(_closed(path), None):
            raise GazelledError(
                f"a service of the system can't use {path}: {closed} is closed to other users. "
                f"Open it: chmod a+rX {closed}"
            )


def _closed(path: Path) -> Iterator[Path]:
    for part in (*reversed(path.parents), path):
        if not part.stat().st_mode & _OTHERS_ENTER:
            yield part


def quoted(words: list[str]) -> str:
    """Return a command as it stands in a unit."""
    return " ".join(_word(word) for word in words)


def _word(word: str) -> str:
    escaped = word.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if set(escaped) & set(" \t'\"\\;") else escaped
