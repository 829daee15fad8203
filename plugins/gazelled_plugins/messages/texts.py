"""
Foreign texts made harmless, measured as services measure them, and cut between characters.

What the tracker's answers hold was cleaned when they were read; notices, templates and stored
events of earlier releases were not, and a message is stricter: marks that change the direction of
what follows, and characters that nobody sees, have no place in it.
"""

from __future__ import annotations

import dataclasses
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from gazelled.plugin import Event, Item, public_url

T = TypeVar("T", Event, Item)

REPLACEMENT = "\ufffd"
"""Stands in the place of what no text may hold."""

CUT = "…"
"""Stands where a text was cut."""

# Control characters but tab and line feed, halves of surrogate pairs, what isn't a character.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"  # noqa: RUF100, PLE2510 - it is what is searched
)
# Marks, embeddings, overrides and isolates of direction; spaces without width; tags.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
_PILED = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
"""Accents upon accents, which would cover the lines above and below."""

_JOINER = "\u200d"
_LONGEST_CHARACTER = 64
"""So many code points before a cut are looked at, for what a person sees as one character."""


def harmless(text: str) -> str:
    """Return a text without what could break a message or make it read as another one."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    text = _INVISIBLE.sub("", _HARMFUL.sub(REPLACEMENT, text))
    return _PILED.sub(r"\1", text)


def all_harmless(value: T) -> T:
    """Return an event or an item with harmless texts and addresses of pages only."""
    return cast("T", _harmless(value))


def _harmless(value: Any) -> Any:  # noqa: ANN401 - a value of a field may be anything
    if type(value) is str:
        return harmless(value)
    if isinstance(value, tuple | list):
        return tuple(map(_harmless, value))
    if isinstance(value, Mapping):
        return {_harmless(name): _harmless(inner) for name, inner in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {part.name: getattr(value, part.name) for part in dataclasses.fields(value)}
        clean = {name: _harmless(part) for name, part in parts.items()}
        if isinstance(value, Item):
            clean["url"] = public_url(clean["url"])
        return dataclasses.replace(value, **clean)
    return value


def one_line(text: str) -> str:
    """Return a text in one line, with single spaces."""
    return " ".join(text.split())


Measure = Callable[[str], int]
"""Returns how long a text is, as a service counts it."""


def in_bytes(text: str) -> int:
    """Return how many bytes a text has in UTF-8."""
    return len(text.encode("utf-8", "replace"))


def in_utf16(text: str) -> int:
    """Return how many code units a text has in UTF-16."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def in_json(text: str, *, ascii_only: bool = False) -> int:
    """Return how many bytes a text has within JSON in UTF-8, or in ASCII."""
    return in_bytes(json.dumps(text, ensure_ascii=ascii_only)) - 2


def shortened(text: str, most: int, measure: Measure = len, end: str = CUT) -> str:
    """
    Return a text that is not longer than a limit, with an ellipsis where it was cut.

    Args:
        text: A text without markup.
        most: The limit.
        measure: How the length is counted.
        end: What stands where it was cut.

    """
    if measure(text) <= most:
        return text
    return (head(text, most - measure(end), measure) + end) if most >= measure(end) else ""


def head(text: str, most: int, measure: Measure = len) -> str:
    """Return the beginning of a text, as much as a limit allows, cut between two characters."""
    low, high = 0, min(len(text), max(most, 0))
    while low < high:  # no measure counts less than the number of code points
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= most else (low, middle - 1)
    return text[: _boundary(text, low)].rstrip()


def _boundary(text: str, at: int) -> int:
    """Return the last place up to this one that is not inside of what is seen as one character."""
    least = max(at - _LONGEST_CHARACTER, 0)
    place = at
    while place > least and _joined(text, place):
        place -= 1
    return place if place > least or least == 0 else at


def _joined(text: str, at: int) -> bool:
    """Return whether the code points before and behind a place are one character for people."""
    if at >= len(text):
        return False
    before, behind = text[at - 1], text[at]
    if _JOINER in {before, behind} or "\U0001f3fb" <= behind <= "\U0001f3ff":
        return True
    if unicodedata.category(behind) in {"Mn", "Me", "Mc"}:
        return True
    if not ("\U0001f1e6" <= behind <= "\U0001f1ff"):
        return before == "\r" and behind == "\n"
    flags = at
    while flags > 0 and at - flags < _LONGEST_CHARACTER and _is_regional(text[flags - 1]):
        flags -= 1
    return (at - flags) % 2 == 1


def _is_regional(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"
