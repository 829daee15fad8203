"""On which line of a TOML document each key stands; no library tells."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

Key = tuple[str | int, ...]
"""The keys from the outside in; numbers are places in lists, from 0."""

_BLANK = re.compile(r"[ \t]*")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRINGS = (
    r'"""(?:\\.|[^\\])*?"{3,5}',
    r"'''.*?'{3,5}",
    r'"(?:\\.|[^"\\\n])*"',
    r"'[^'\n]*'",
)
_STRING = re.compile("|".join(_STRINGS), re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]*")
_LEX = re.compile(rf"(?P<string>{_STRING.pattern})|#[^\n]*|[\[{{\]}}]", re.DOTALL)
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
    """Walks a document once; it relies on the document being valid."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Key, int] = {}
        self.headers: set[Key] = set()
        self._ends = [end.start() for end in re.finditer("\n", text)]
        self._arrays: dict[Key, int] = {}

    def document(self) -> None:
        table: Key = ()
        self._skip(_SPACE)
        while self.at < len(self.text):
            table = self._header() if self._sees("[") else self._pair(table)
            self._skip(_SPACE)

    def _header(self) -> Key:
        line = self._line()
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        *outer, name = self._dotted()
        self.at += 2 if array else 1
        path: Key = ()
        for part in outer:
            path = self._enter((*path, part))
            self.lines.setdefault(path, line)
        path = (*path, name)
        self.lines[path] = line
        if array:
            self._arrays[path] = self._arrays.get(path, -1) + 1
            self.lines.setdefault(path, line)
            path = self._enter(path)
            self.lines[path] = line
        self.headers.add(path)
        return path

    def _enter(self, path: Key) -> Key:
        """Step into the newest table of an array of tables."""
        return (*path, self._arrays[path]) if path in self._arrays else path

    def _pair(self, table: Key) -> Key:
        line = self._line()
        path = table
        for part in self._dotted():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self.at += 1
        self._skip(_BLANK)
        self._value(path)
        return table

    def _dotted(self) -> Iterator[str]:
        parts: list[str] = []
        while True:
            self._skip(_BLANK)
            if part := _STRING.match(self.text, self.at):
                parts.append(tomllib.loads(f"k = {part[0]}")["k"])
            else:
                part = _BARE.match(self.text, self.at)
                parts.append(part[0] if part else "")
            self.at = part.end() if part else len(self.text)
            self._skip(_BLANK)
            if not self._sees("."):
                return iter(parts)
            self.at += 1

    def _value(self, path: Key) -> None:
        if self._sees("["):
            self._list(path)
        elif self._sees("{"):
            self._inline(path)
        else:
            value = _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
            self.at = value.end() if value else len(self.text)

    def _list(self, path: Key) -> None:
        self.at += 1
        index = 0
        while self._more("]"):
            self.lines[*path, index] = self._line()
            self._value((*path, index))
            index += 1

    def _inline(self, path: Key) -> None:
        self.at += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, end: str) -> bool:
        """Step to the next member of a list or an inline table, or out of it."""
        self._skip(_SPACE)
        if self._sees(","):
            self.at += 1
            self._skip(_SPACE)
        if self._sees(end) or self.at >= len(self.text):
            self.at += 1
            return False
        return True

    def _skip(self, what: re.Pattern[str]) -> None:
        if skipped := what.match(self.text, self.at):
            self.at = skipped.end()

    def _sees(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def _line(self) -> int:
        return bisect_right(self._ends, self.at - 1) + 1 if self.at else 1
