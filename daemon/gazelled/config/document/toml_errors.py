"""Says what is wrong with a file that isn't TOML: the reader's own words help few people."""

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
    (_shaped(rf"{_VALUE}\S.*[,;]\s*$"), "nothing stands behind a value"),
    (_shaped(r",\s*\}"), "no comma stands before }"),
    (_shaped(r"['\"]\s+['\"]"), "a comma stands between the members of a list"),
)
"""What people write that is no TOML, found on the line without its texts, and what to do."""


def what_is_wrong(text: str, said: str) -> tuple[int, str]:
    """
    Turn the first complaint of the TOML reader, which stops there, into a line and a sentence.

    Args:
        text: The document.
        said: What the reader said.

    """
    if digits := _DIGITS.search(text):
        number = text.count("\n", 0, digits.start()) + 1
        return number, "a number has more digits than anything needs"
    place = _PLACE.search(said)
    number = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
    if breaks_inline_table(text, number):
        return number, "a table in braces must stand on one line; join the lines, or use a [header]"
    if any(word in said for word in _TWICE):
        return number, "this stands here for the second time; take one of them out"
    said = _PLACE.sub("", said)
    said = said[:1].lower() + said[1:]
    line = [*text.split("\n"), ""][number - 1][:_LONGEST_LINE]
    return number, f"this isn't TOML: {said}; {_hint(line, said)}"


def _hint(line: str, said: str) -> str:
    """Say what to do about a line."""
    if unseen := _UNSEEN.search(line.rstrip("\r")):
        return f"a character that can't be seen (U+{ord(unseen[0]):04X}) is in it; type it anew"
    if "\\" in line and ("unescaped" in said or "hex value" in said):
        return "a text with backslashes stands in single quotes: '…'"
    if "illegal character" in said:
        return "the quote at the end of a text is missing"
    bare = _TEXTS.sub('""', line)
    for fits, hint in _HINTS:
        if fits(bare):
            return hint
    if "unclosed array" in said:
        return "the ] of a list is missing"
    if re.search(r'""\s*\w', bare):
        return "a text that holds quotes stands in quotes of the other kind"
    return "texts need quotes"
