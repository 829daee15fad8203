"""
Regular expressions, and names with * and ?, on an engine whose time grows only with the text.

A pattern is found anywhere in the text, whatever the case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

LONGEST = 500
_MEMORY = 1 << 20
_LOOK_AROUND = re.compile(r"\(\?<?[=!]|\(\?\(")
_ATOMIC = re.compile(r"\(\?>|[*+?}]\+")
_GLOB = re.compile(r"(?P<any>\*+)|(?P<one>\?)|\[(?P<none>!?)(?P<of>\]?[^\]]{0,500})\]|.", re.DOTALL)
_REFERENCE = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9kg]|\(\?P=")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

_HINTS = (
    ("no argument for repetition", "; it repeats the part before it, and .* matches anything"),
    ("invalid repetition size", "; at most 1000"),
    ("missing )", "; for the character itself write \\("),
    ("unexpected )", "; for the character itself write \\)"),
    ("missing ]", "; for the character itself write \\["),
)


class _Compiled(Protocol):
    def search(self, text: bytes) -> object: ...


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern, and its text as it was written."""

    text: str
    _compiled: _Compiled = field(repr=False, compare=False)

    def fits(self, text: str) -> bool:
        # JSON can hold half a character, and bytes are searched without counting characters.
        return self._compiled.search(text.encode("utf-8", "replace")) is not None


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
    import re2  # noqa: PLC0415 - the engine weighs 2.4 MB, and many have no pattern

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        compiled = re2.compile(code, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise ValueError(_sentence(text, error)) from error
    if compiled.search(b"") is not None:
        raise ValueError("this pattern matches every text, even an empty one")
    return Pattern(text, compiled)


def _sentence(text: str, error: Exception) -> str:
    """Return what is wrong, and what to do about what other engines can."""
    if _LOOK_AROUND.search(text):
        return (
            "look-around isn't possible, since patterns have to be fast; find what must be there"
            " with one pattern and leave out the rest with another condition"
        )
    if _REFERENCE.search(text):
        return "references to groups aren't possible, since patterns have to be fast"
    if _ATOMIC.search(text):
        return "possessive and atomic groups aren't possible, and not needed: patterns are fast"
    reason = error.args[0]
    problem = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else "it isn't text"
    hint = next((hint for start, hint in _HINTS if problem.startswith(start)), "")
    return f"invalid pattern: {problem}{hint}"
