"""
Parses the text of an expression the way Python does, and says where that fails.

A backslash is only ever a backslash, so that patterns can be written as they are.
"""

from __future__ import annotations

import ast
import re
import warnings

LONGEST = 1000
_BACKSLASH = "\ue000"  # stands in for it, since Python would read it as an escape
_TEXTS = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_HINTS = (
    (
        re.compile(r"\d\s*(?:[kmgtp]i?b|[smhdw])\b", re.IGNORECASE),
        'write sizes and durations in quotes, like size > "5 GiB" or age < "7d"',
    ),
    (re.compile("[\u2018-\u201f\u00ab\u00bb`\u00b4]"), 'write straight quotes, "like these"'),
    (re.compile(r"=>"), 'write >= for "at least"'),
    (re.compile(r"=<"), "write <= for what is at most"),
    (re.compile(r"=?~"), "write matches(title, '…') for a pattern"),
    (re.compile(r"(?<![<>=!:])=(?!=)"), "write == to compare"),
    (re.compile(r"&&|\|\||!(?!=)|\b(?:AND|OR|NOT|And|Or|Not)\b"), "write and, or, not"),
    (re.compile(r"<>"), "write != for what is different"),
    (
        re.compile(r"\b(?:contains|like|has|includes)\b", re.IGNORECASE),
        'write in, like "yeast" in title',
    ),
    (re.compile(r"\bbetween\b", re.IGNORECASE), "write 1 <= seeders <= 3"),
    (re.compile(r"^(?:if|when|where)\b", re.IGNORECASE), "leave out the first word"),
    (re.compile(r"\.\."), "write 2020 <= year <= 2022"),
)


_UNFINISHED = re.compile(r"(?:[-<>=+*/(,.!]|\b(?:and|or|not|in))$")


class SourceText:
    """The text of an expression; it may have several lines."""

    def __init__(self, text: str) -> None:
        self.text = re.sub(r"\r\n?", "\n", text.strip())
        self._wrapped = "\n" in self.text
        code = self.text.replace("\\", _BACKSLASH)
        self._code = f"({code}\n)" if self._wrapped else code

    def parse(self) -> ast.expr:
        """Return the syntax tree; raise ValueError with a sentence that names the place."""
        if not self.text:
            raise ValueError("an empty expression has no effect; leave it out")
        if len(self.text) > LONGEST:
            raise ValueError(f"an expression has at most {LONGEST} characters")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self._code, mode="eval").body
        except SyntaxError as error:
            raise ValueError(self._reason(error)) from error
        except (ValueError, MemoryError, RecursionError) as error:
            raise ValueError("this can't be read at all") from error

    def place(self, node: ast.expr) -> str:
        """Return where a part stands: "column 9", with its line where there are several."""
        line = self._code.split("\n")[node.lineno - 1].encode()
        return self._place(node.lineno, len(line[: node.col_offset].decode()))

    def segment(self, node: ast.expr) -> str:
        text = ast.get_source_segment(self._code, node) or ""
        return plain(" ".join(text.split()))

    def _place(self, line: int, before: int) -> str:
        if self._wrapped and line == 1:
            before -= 1
        column = f"column {max(before, 0) + 1}"
        return f"line {line}, {column}" if self._wrapped else column

    def _reason(self, error: SyntaxError) -> str:
        bare = _TEXTS.sub(lambda text: '"' * len(text[0]), self.text)
        for pattern, hint in _HINTS:
            if mistake := pattern.search(bare):
                lines = self.text[: mistake.start()].split("\n")
                shift = 1 if self._wrapped and len(lines) == 1 else 0
                return f"{self._place(len(lines), len(lines[-1]) + shift)}: {hint}"
        place = self._place(error.lineno or 1, (error.offset or 1) - 1)
        if "never closed" in error.msg:
            return f"{place}: this bracket is never closed"
        if "unterminated string" in error.msg:
            return f"{place}: this text is never closed"
        if _UNFINISHED.search(self.text):
            return "something is missing at the end"
        return f"{place}: this is not valid here"


def plain(text: str) -> str:
    """Return a text of the expression as it was written."""
    return text.replace(_BACKSLASH, "\\")
