"""
Regular expressions, and names with * and ?, on an engine whose time grows only with the text.

A pattern is found anywhere in the text, whatever the case. The engine is that of Rust, which
pydantic brings to every platform that it runs on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic_core import SchemaError, SchemaValidator, core_schema

from gazelled.rules.patterns.syntax import translated

LONGEST = 500
_LOOK_AROUND = re.compile(r"\(\?<?[=!]|\(\?\(")
_ATOMIC = re.compile(r"\(\?>|[*+?}]\+")
_GLOB = re.compile(r"(?P<any>\*+)|(?P<one>\?)|\[(?P<none>!?)(?P<of>\]?[^\]]{0,500})\]|.", re.DOTALL)
_REFERENCE = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9kg]|\(\?P=")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

_HINTS = {
    "repetition operator missing expression": (
        "; it repeats the part before it, and .* matches anything"
    ),
    "unclosed group": "; for the character itself write \\(",
    "unopened group": "; for the character itself write \\)",
    "unclosed character class": "; for the character itself write \\[",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern, and its text as it was written."""

    text: str
    _search: Callable[[str], bool] = field(repr=False, compare=False)

    def fits(self, text: str) -> bool:
        # JSON can hold half a character, which the engine doesn't take.
        whole = text if text.isascii() else text.encode("utf-8", "replace").decode()
        return self._search(whole)


def parse_pattern(text: str) -> Pattern:
    """Compile a regular expression; raise ValueError with a sentence if this engine can't do it."""
    if not text:
        raise ValueError("an empty pattern matches everything; leave it out")
    if len(text) > LONGEST:
        raise ValueError(f"a pattern has at most {LONGEST} characters")
    if _CONTROL.search(text):
        raise ValueError("a backslash was read as a control character; use single quotes: '…'")
    return _compile(text, text)


def parse_glob(text: str) -> Pattern:
    """
    Compile the name of a file, in which `*`, `?` and `[…]` mean what they do in a shell.

    It fits a whole name, with or without the folders before it, and is found in a text of one
    name a line. Raises ValueError with a sentence, if it isn't one.
    """
    if not text.strip():
        raise ValueError("an empty name matches nothing; leave it out")
    if not text.strip("*/"):
        raise ValueError("this name matches every file; leave it out")
    if len(text) > LONGEST:
        raise ValueError(f"a name has at most {LONGEST} characters")
    parts = (_part(match) for match in _GLOB.finditer(text))
    return _compile(text, f"(?m)(?:^|/){''.join(parts)}$")


def _part(match: re.Match[str]) -> str:
    if match["any"]:
        return r"[^\n]*"
    if match["one"]:
        return r"[^\n]"
    if match["of"]:
        inner = re.sub(r"([\\\[\]^])", r"\\\1", match["of"])
        return f"[^{inner}\\n]" if match["none"] else f"[{inner}]"
    return re.escape(match[0])


def _compile(text: str, code: str) -> Pattern:
    try:
        code.encode()  # half a character is no part of a pattern
        schema = core_schema.str_schema(
            pattern=f"(?i){translated(code)}", regex_engine="rust-regex", strict=True
        )
        search = SchemaValidator(schema).isinstance_python
    except (SchemaError, ValueError) as error:
        raise ValueError(_sentence(text, error)) from error
    if search(""):
        raise ValueError("this pattern matches every text, even an empty one")
    return Pattern(text, search)


def _sentence(text: str, error: Exception) -> str:
    """Return what is wrong, and what to do about what other engines can."""
    if isinstance(error, UnicodeError):
        return "invalid pattern: it isn't text"
    if _LOOK_AROUND.search(text):
        return (
            "look-around isn't possible, since patterns have to be fast; find what must be there"
            " with one pattern and leave out the rest with another condition"
        )
    if _REFERENCE.search(text):
        return "references to groups aren't possible, since patterns have to be fast"
    if _ATOMIC.search(text):
        return "possessive and atomic groups aren't possible, and not needed: patterns are fast"
    problem = str(error).rpartition("rror: ")[2].strip()
    return f"invalid pattern: {problem}{_HINTS.get(problem, '')}"
