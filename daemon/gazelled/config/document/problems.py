"""What is wrong with a configuration, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    An error or a warning, whose message never holds a secret.

    The line is that of the key, from 1, where it is known; the key is empty for the whole file.
    """

    file: Path
    line: int | None
    key: str
    message: str
    severity: Severity = "error"

    @property
    def is_error(self) -> bool:
        return self.severity == "error"

    def __str__(self) -> str:
        """Write it as one line: `config.toml:12: key: message`."""
        place = place_of(self.file, self.line)
        warning = "warning: " if self.severity == "warning" else ""
        return ": ".join(part for part in (place, self.key, warning + self.message) if part)


def place_of(file: Path, line: int | None) -> str:
    """Return a place the way editors and people read it: `conf.d/yeast.toml:2`."""
    folder = "conf.d/" if file.parent.name == "conf.d" else ""
    return f"{folder}{file.name}" + (f":{line}" if line else "")


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems in the order of the files, the config itself first."""
    return sorted(
        problems,
        key=lambda problem: (
            problem.file.parent.name == "conf.d",
            str(problem.file),
            problem.line or 0,
        ),
    )


@dataclass(frozen=True, slots=True)
class KeyPlaces:
    """Where each key stands: the config file itself, and the file of each table that was read."""

    main: Path
    files: Mapping[Key, Path] = field(default_factory=dict)
    lines: Mapping[Path, Lines] = field(default_factory=dict)

    def problem(
        self, key: Sequence[str | int], message: str, severity: Severity = "error"
    ) -> Problem:
        path = tuple(key)
        file = next(
            (self.files[path[:size]] for size in (2, 1) if path[:size] in self.files), self.main
        )
        line = self.lines[file].find(path) if file in self.lines else None
        dotted = ".".join(part for part in path if isinstance(part, str))
        return Problem(file, line, _shortened(dotted), _shortened(message), severity)

    def has(self, key: Key) -> bool:
        """Return whether a key stands in a file itself, and not only a table around it."""
        return any(key in lines.at for lines in self.lines.values())

    def has_header(self, key: Key) -> bool:
        return any(key in lines.headers for lines in self.lines.values())


def _shortened(text: str) -> str:
    """Cut what repeats a very long name or value of the file."""
    text = _LONG_WORD.sub(lambda word: f"{word[0][:_SHOWN]}…", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


class Problems:
    """Collects problems while a configuration is checked, and those of files that were unread."""

    def __init__(self, places: KeyPlaces, unread: Iterable[Problem] = ()) -> None:
        self.places = places
        self._problems = [*unread]
        self._keys: set[Key] = set()
        self._of_plugins: set[Problem] = set()

    def error(self, key: Key, message: str, *, of_plugin: bool = False) -> None:
        """
        Add an error.

        Args:
            key: Where it is.
            message: What is wrong.
            of_plugin: Whether it is none if a plugin that isn't loaded has what is missing.

        """
        self._keys.add(key)
        problem = self.places.problem(key, message)
        if of_plugin:
            self._of_plugins.add(problem)
        self.add(problem)

    def warn(self, key: Key, message: str) -> None:
        self.add(self.places.problem(key, message, "warning"))

    def add(self, problem: Problem) -> None:
        if problem not in self._problems:  # what several watches share is checked for each
            self._problems.append(problem)

    def __len__(self) -> int:
        return len(self._problems)

    def demote(self, since: int, reason: str) -> bool:
        """
        Make warnings, with a reason, of later errors; return whether there are any.

        Only of those which are none if a plugin that isn't loaded has what is missing.
        """
        errors = [problem for problem in self._problems[since:] if problem in self._of_plugins]
        for problem in errors:
            self._problems.remove(problem)
            text = f"{problem.message}; {reason}"
            self.add(replace(problem, message=text, severity="warning"))
        return bool(errors)

    def at(self, key: Key) -> bool:
        """Return whether this very key has an error already."""
        return key in self._keys

    def below(self, table: Key) -> bool:
        """Return whether anything in a table has an error already."""
        return any(key[: len(table)] == table for key in self._keys)

    @property
    def has_errors(self) -> bool:
        return any(problem.is_error for problem in self._problems)

    def sorted(self) -> list[Problem]:
        return in_order(self._problems)
