"""What is wrong with a configuration, and where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from gazelled.config.document.key_lines import Key, Lines

_SHOWN = 60
_LONG_WORD = re.compile(r"[^\s/]{200,}")
_LONGEST = 2_000

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing to mend.

    Attributes:
        file: The file.
        line: The line, from 1, where it is known.
        key: The key, with dots between; empty for the whole file.
        message: What is wrong and what was wanted; never a secret.
        severity: Whether the daemon can't run with it.

    """

    file: Path
    line: int | None
    key: str
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """Write it the way editors and people read it: `config.toml:12: key: message`."""
        folder = "conf.d/" if self.file.parent.name == "conf.d" else ""
        place = f"{folder}{self.file.name}" + (f":{self.line}" if self.line else "")
        warning = "warning: " if self.severity == "warning" else ""
        return ": ".join(part for part in (place, self.key, warning + self.message) if part)


@dataclass(frozen=True, slots=True)
class Source:
    """
    Where each key came from.

    Attributes:
        main: The config file itself.
        files: The file of each table that was read, by its key.
        lines: The lines of each file.

    """

    main: Path
    files: Mapping[Key, Path] = field(default_factory=dict)
    lines: Mapping[Path, Lines] = field(default_factory=dict)

    def problem(
        self, key: Sequence[str | int], message: str, severity: Severity = "error"
    ) -> Problem:
        """Say what is wrong with a key, with its file and line."""
        path = tuple(key)
        file = next(
            (self.files[path[:size]] for size in (2, 1) if path[:size] in self.files), self.main
        )
        line = self.lines[file].find(path) if file in self.lines else None
        named = ".".join(part for part in path if isinstance(part, str))
        return Problem(file, line, _shortened(named), _shortened(message), severity)

    def has(self, key: Key) -> bool:
        """Tell whether a key stands in a file itself, and not only a table around it."""
        return any(key in lines.at for lines in self.lines.values())

    def has_header(self, key: Key) -> bool:
        """Tell whether a table has a header of its own."""
        return any(key in lines.headers for lines in self.lines.values())


def _shortened(text: str) -> str:
    """Cut what repeats a very long name or value of the file."""
    text = _LONG_WORD.sub(lambda found: f"{found[0][:_SHOWN]}…", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


class Report:
    """
    Collects problems while a configuration is checked.

    Args:
        source: Where each key came from.

    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._told: set[Key] = set()

    def error(self, key: Key, message: str) -> None:
        """Add an error."""
        self._told.add(key)
        self._add(self.source.problem(key, message))

    def warn(self, key: Key, message: str) -> None:
        """Add a warning."""
        self._add(self.source.problem(key, message, "warning"))

    def _add(self, problem: Problem) -> None:
        if problem not in self.problems:  # what several watches share is checked for each
            self.problems.append(problem)

    def told(self, key: Key) -> bool:
        """Tell whether this very key has an error already."""
        return key in self._told

    def troubled(self, table: Key) -> bool:
        """Tell whether anything in a table has an error already."""
        return any(key[: len(table)] == table for key in self._told)

    def sorted(self) -> list[Problem]:
        """Order the problems as they stand in the files."""
        return sorted(
            self.problems,
            key=lambda problem: (problem.file != self.source.main, problem.file, problem.line or 0),
        )
