"""Messages for a file that isn't TOML: the reader's own help few people."""

from __future__ import annotations

import re
from collections.abc import Callable

from gazelled.config.document.key_lines import breaks_inline_table

_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")
_TWICE = ("twice", "overwrite", "Cannot mutate", "Duplicate", "more than once")
_TEXTS = re.compile(r'"(?:\\.|[^"\\]){0,500}"|\'[^\']*\'')
_FOREIGN_QUOTES = re.compile("[\u2018-\u201f\u00ab\u00bb\u0060\u00b4\u2032\u2033]")
_UNSEEN = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f\u00a0\u00ad\u2000-\u200f\u2028-\u202f\ufeff]")
_DIGITS = re.compile(r"\d{4300}")
_LONGEST_LINE = 1_000
_VALUE = r"^\s*[\w.\"'-]+\s*=\s*"


def _shaped(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).search


_HINTS: tuple[tuple[Callable[[str], object], str], ...] = (
    (_FOREIGN_QUOTES.search, 'write straight quotes, "like these"'),
    (_shaped(r"^\s*(?://|;|--|/\*)"), "a comment begins with #"),
    (_shaped(r"^\s*\[[^\]#]*(?:#|$)"), "the ] of a header is missing"),
    (
        _shaped(r"^\s*\[+[^\]\"']*[^\]\"'\w.\s-]|^\s*\[[^\]]*[^\W\da-zA-Z_]|^\s*\[[^\]]*\w +\w"),
        "a name in a header has letters from a to z, digits, - and _ only",
    ),
    (_shaped(r"^\s*[\w.-]+\s*(?::|=>|==|:=)|\{[^={]*:"), "write key = value, with one ="),
    (_shaped(r"^\s*[\w.-]+\s+[\"'\w\[{]"), "write key = value, with one ="),
    (_shaped(r"^\s*[\w.-]+\s*$"), "write key = value, with one ="),
    (_shaped(rf"{_VALUE}(?:True|TRUE|False|FALSE|yes|no|on|off)\b"), "write true or false"),
    (_shaped(rf"{_VALUE}\S.*[,;]\s*$"), "remove what follows the value"),
    (_shaped(r",\s*\}"), "remove the comma before }"),
    (_shaped(r"['\"]\s+['\"]"), "write a comma between the members of a list"),
)
"""What people write that is no TOML, found on the line without its texts, and what to do."""


def what_is_wrong(text: str, error: str) -> tuple[int, str]:
    """Turn the first error of the TOML reader, which stops there, into a line and a sentence."""
    if digits := _DIGITS.search(text):
        number = text.count("\n", 0, digits.start()) + 1
        return number, "a number has more digits than anything needs"
    place = _PLACE.search(error)
    number = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
    if breaks_inline_table(text, number):
        return number, "a table in braces must stand on one line; join the lines, or use a [header]"
    if any(word in error for word in _TWICE):
        return number, "this key or table is defined twice; remove one of them"
    error = _PLACE.sub("", error)
    error = error[:1].lower() + error[1:]
    line = [*text.split("\n"), ""][number - 1][:_LONGEST_LINE]
    return number, f"this is not TOML: {error}; {_hint(line, error)}"


def _hint(line: str, error: str) -> str:
    if unseen := _UNSEEN.search(line.rstrip("\r")):
        return f"it has an invisible character (U+{ord(unseen[0]):04X}); type it again"
    if "\\" in line and ("unescaped" in error or "hex value" in error):
        return "write a text with backslashes in single quotes: '…'"
    if "illegal character" in error:
        return "the quote at the end of a text is missing"
    bare = _TEXTS.sub('""', line)
    for fits, hint in _HINTS:
        if fits(bare):
            return hint
    if "unclosed array" in error:
        return "the ] of a list is missing"
    if re.search(r'""\s*\w', bare):
        return "write a text with quotes in it in the other kind of quotes"
    return "texts need quotes"
