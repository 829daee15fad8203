"""On which line of a TOML document each key stands; no library reports it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

Key = tuple[str | int, ...]
"""The keys from the outside in; numbers are places in lists, from 0."""

_STRINGS = (
    r'"""(?:\\.|[^\\])*?"{3,5}',
    r"'''.*?'{3,5}",
    r'"(?:\\.|[^"\\\n])*"',
    r"'[^'\n]*'",
)
_STRING = "|".join(_STRINGS)
_TOKEN = re.compile(rf"(?P<blank>[ \t\r]+|#[^\n]*)|{_STRING}|[A-Za-z0-9_-]+|.", re.DOTALL)
_BEHIND_VALUES = {"", "\n", ",", "]", "}"}
_LEX = re.compile(rf"(?:{_STRING})|#[^\n]*|[\[{{\]}}]", re.DOTALL)
_DEEPEST = 30
_LONG_KEY = re.compile(rf"\s*\[*(?:[^\s.=\[\]]+\s*\.\s*){{{_DEEPEST}}}")


class Lines:
    """The lines of the keys of a valid TOML document, which is scanned when one is wanted."""

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def at(self) -> Mapping[Key, int]:
        """Lines from 1, by key."""
        return self._scanned.lines

    @property
    def headers(self) -> Collection[Key]:
        """The keys that stand in a header of their own: `[watch.yeast]`."""
        return self._scanned.headers

    @cached_property
    def _scanned(self) -> _Scanner:
        scanner = _Scanner(self._text)
        scanner.document()
        return scanner

    def find(self, key: Sequence[str | int]) -> int | None:
        """Return the line of a key, or of the nearest table around it."""
        path = tuple(key)
        while path and path not in self.at:
            path = path[:-1]
        return self.at.get(path)


def breaks_inline_table(text: str, line: int) -> bool:
    """Return whether a line ends inside an inline table, which TOML 1.0 doesn't allow."""
    end = len("\n".join(text.split("\n")[:line]))
    brackets: list[str] = []
    for token in _LEX.finditer(text, 0, end):
        if token[0] in "[{":
            brackets.append(token[0])
        elif token[0] in "]}" and brackets:
            brackets.pop()
    return bool(brackets) and brackets[-1] == "{" and end < len(text)


def too_deep(text: str) -> int | None:
    """
    Return the line where tables or lists are nested deeper than any config needs.

    Neither the reader nor what checks the values can go deep without end, and the reader's time
    grows with the square of the parts of a key. The document need not be TOML.
    """
    depth = 0
    for token in _LEX.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if depth > _DEEPEST:
            return text.count("\n", 0, token.start()) + 1
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _DEEPEST and _LONG_KEY.match(line):
            return number
    return None


class _Scanner:
    """Walks a document once, sign by sign; it relies on the document being valid."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Key, int] = {}
        self.headers: set[Key] = set()
        self._arrays: dict[Key, int] = {}
        self._tokens: list[tuple[str, int]] = []
        self._at = 0
        line = 1
        for token in _TOKEN.finditer(text):
            if not token["blank"]:
                self._tokens.append((token[0], line))
            line += token[0].count("\n")
        self._tokens.append(("", line))

    def document(self) -> None:
        table: Key = ()
        while self._sees(skip="\n"):
            if self._sees() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Key:
        line = self._line
        self._at += 1
        if array := self._sees() == "[":
            self._at += 1
        *outer, name = self._dotted()
        self._at += 2 if array else 1
        path: Key = ()
        for part in outer:
            path = self._enter((*path, part))
            self.lines.setdefault(path, line)
        path = (*path, name)
        self.lines[path] = line
        if array:
            self._arrays[path] = self._arrays.get(path, -1) + 1
            path = self._enter(path)
            self.lines[path] = line
        self.headers.add(path)
        return path

    def _enter(self, path: Key) -> Key:
        """Step into the newest table of an array of tables."""
        return (*path, self._arrays[path]) if path in self._arrays else path

    def _pair(self, path: Key) -> None:
        line = self._line
        for part in self._dotted():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self._at += 1
        self._value(path)

    def _dotted(self) -> list[str]:
        parts: list[str] = []
        while not parts or self._sees() == ".":
            self._at += bool(parts)
            name = self._sees()
            parts.append(tomllib.loads(f"k = {name}")["k"] if name[0] in "\"'" else name)
            self._at += 1
        return parts

    def _value(self, path: Key) -> None:
        match self._sees():
            case "[":
                for index in self._members("]"):
                    self.lines[*path, index] = self._line
                    self._value((*path, index))
            case "{":
                for _ in self._members("}"):
                    self._pair(path)
            case _:
                while self._sees() not in _BEHIND_VALUES:
                    self._at += 1

    def _members(self, end: str) -> Iterator[int]:
        """Stop at each member of a list or an inline table, by its number."""
        self._at += 1
        index = 0
        while self._sees(skip="\n,") != end:
            yield index
            index += 1
        self._at += 1

    def _sees(self, skip: str = "") -> str:
        while (token := self._tokens[self._at][0]) and token in skip:
            self._at += 1
        return token

    @property
    def _line(self) -> int:
        return self._tokens[self._at][1]
