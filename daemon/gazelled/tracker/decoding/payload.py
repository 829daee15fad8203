"""
Takes foreign JSON in: the one place where bounds and text hygiene are applied.

Whatever reads an answer (the watches, the typed client, tables, plugins) gets a payload that went
through here, so that none of them meets half a surrogate pair, a control character, a number of
400 digits or 900 levels of lists. What can be read stays; what is out of range becomes null.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from gazelled.errors import BadAnswer
from gazelled.markup import UNSAFE_OR_TORN, safe_text
from gazelled.text import shortened

DEEPEST = 50
"""How many levels an answer may have; the deepest one known has 7."""
MOST_VALUES = 500_000
MOST_TEXT = 16 * 2**20
"""How many characters all texts of an answer may have together."""
LONGEST_TEXT = 2**20
"""How many characters one text keeps; what follows is cut off. The longest known has 64,000."""
LARGEST = 2**63
"""Numbers from here on, on either side of 0, mean nothing: they become null."""
UNCUT = frozenset({"fileList"})
"""Keys whose texts are lists, which a cut would falsify."""

# The same in JSON: raw, or as an escape. A `\\` may hide what the look behind takes for one.
_UNSAFE_RAW = (
    *("\x7f", "\ufffe", "\uffff"),
    *map(chr, chain(range(0x80, 0xA0), range(0x202A, 0x202F), range(0x2066, 0x206A))),
)
_UNSAFE_ESCAPE = re.compile(
    r"\\(?:u(?:00(?:[01]|7[fF]|[89])|20(?:2[a-eA-E]|6[6-9])|[fF]{3}[eEfF]"
    r"|[dD][89abAB](?!..\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB]..\\u)[dD][c-fC-F])"
    r"|\\u|[bf])"
)
_ORDINARY = frozenset({bool, type(None)})
_LONGEST_NUMBER = 300
_TOO_DEEP = f"The answer is nested more than {DEEPEST} levels deep."
_TOO_LARGE = "The answer is larger than any real one."


def _short_number(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None


def _no_number(_: str) -> None:
    """Read NaN and Infinity, which aren't JSON, as nothing."""


_DECODER = json.JSONDecoder(parse_constant=_no_number)
_LENIENT = json.JSONDecoder(parse_constant=_no_number, parse_int=_short_number)


def read_json(text: str) -> tuple[object, int]:
    """
    Decode the JSON value that a text begins with.

    Returns:
        The value, within bounds and clean, and where it ends in the text.

    Raises:
        ValueError: If it isn't JSON.
        BadAnswer: If it is too deep or too large.

    """
    try:
        payload, end = _decode(text)
    except RecursionError:
        raise BadAnswer(_TOO_DEEP) from None
    # What is looked for in the text, at the speed of C, needn't be looked for in each value.
    sound = len(text) <= LONGEST_TEXT and not _may_be_unsafe(text)
    if sound and _numbers_fit(payload):
        return payload, end
    return sanitize(payload), end


def _decode(text: str) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a number that is longer than Python converts
        return _LENIENT.raw_decode(text)


def read_text(text: str) -> object:
    """Decode JSON that came inside a text; raise BadAnswer if it isn't JSON, or out of bounds."""
    text = text.strip()
    try:
        payload, end = read_json(text)
    except ValueError:
        payload, end = None, -1
    if end != len(text):
        raise BadAnswer("The answer's text isn't JSON.")
    return payload


def sanitize(payload: object) -> object:
    """
    Check that a decoded payload is within bounds, and clean its texts and numbers.

    Raises:
        BadAnswer: If it isn't JSON, too deep or too large.

    """
    fits = _numbers_fit(payload)
    texts = [*_texts(payload)]
    if sum(map(len, texts)) > MOST_TEXT:
        raise BadAnswer(_TOO_LARGE)
    longest = max(map(len, texts), default=0)
    together = "".join(texts)
    if not together.isprintable() and UNSAFE_OR_TORN.search("\n".join(texts)):
        fits = False
    return payload if fits and longest <= LONGEST_TEXT else _clean(payload)


def clean_text(text: str) -> str:
    """Take out of a text what must reach neither a terminal nor a file, and bound its length."""
    return shortened(safe_text(text), LONGEST_TEXT)


def _clean(value: object) -> object:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(entry) for entry in value]
    if isinstance(value, dict):
        return {
            clean_text(key): safe_text(entry)
            if key in UNCUT and isinstance(entry, str)
            else _clean(entry)
            for key, entry in value.items()
        }
    return value if _fits(value) else None


def _numbers_fit(payload: object) -> bool:
    """Return whether no number is out of range; raise BadAnswer as `sanitize` does."""
    level, values, fit = [payload], 0, True
    for _ in range(DEEPEST):
        containers = [value for value in level if isinstance(value, dict | list)]
        if len(containers) != len(level):
            others = [_fits(value) for value in level if not isinstance(value, dict | list)]
            fit = fit and all(others)
        if not containers:
            return fit
        values += sum(map(len, containers))
        if values > MOST_VALUES:
            raise BadAnswer(_TOO_LARGE)
        level = _not_ordinary(containers)
    raise BadAnswer(_TOO_DEEP)


def _not_ordinary(containers: list[Any]) -> list[Any]:
    """Return containers and odd values in one pass over all others: each answer goes through it."""
    low, high = -LARGEST, LARGEST
    return [
        value
        for container in containers
        for value in (container.values() if isinstance(container, dict) else container)
        if (kind := type(value)) is not str
        and kind not in _ORDINARY
        and (kind is not int or not low < value < high)
    ]


def _fits(value: object) -> bool:
    if value is None or isinstance(value, str | bool):
        return True
    if isinstance(value, int):
        return -LARGEST < value < LARGEST
    if isinstance(value, float):
        return math.isfinite(value) and abs(value) < LARGEST
    raise BadAnswer(f"The answer isn't JSON: it has a {type(value).__name__}.")


def _texts(payload: object) -> Iterator[str]:
    """Return all texts in a payload, keys included."""
    level = [payload]
    while level:
        inside: list[object] = []
        for value in level:
            if isinstance(value, str):
                yield value
            elif isinstance(value, dict):
                inside += _keys(value)
                inside += value.values()
            elif isinstance(value, list):
                inside += value
        level = inside


def _keys(value: dict[object, object]) -> Iterable[object]:
    if all(type(key) is str for key in value):
        return value
    raise BadAnswer("The answer isn't JSON: a key isn't a text.")


def _may_be_unsafe(text: str) -> bool:
    """Return whether JSON may hold what no text may; a false alarm only costs time."""
    if _UNSAFE_ESCAPE.search(text):
        return True
    if text.isascii():
        return "\x7f" in text
    return any(sign in text for sign in _UNSAFE_RAW)
