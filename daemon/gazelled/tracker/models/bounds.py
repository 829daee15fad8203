"""Keep what is decoded within bounds, before anything looks into it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from gazelled.errors import Broken

DEEPEST = 50
"""How many levels an answer may have; the deepest one known has 7."""
MOST_VALUES = 500_000
MOST_TEXT = 16 * 2**20
_MOST_BITS = 14_000  # beyond it Python refuses to write the number, even in a message


def bounded(payload: object) -> object:
    """
    Check that a payload is JSON of a bearable depth and size, in text that can be written.

    Halves of surrogate pairs, which JSON can smuggle in, become U+FFFD.

    Raises:
        Broken: If it isn't.

    """
    level, texts, depth, values = [payload], list[str](), 0, 0
    while level:
        depth += 1
        values += len(level)
        if depth > DEEPEST:
            raise Broken(f"The answer is nested more than {DEEPEST} levels deep.")
        inside: list[object] = []
        for value in level:
            if values + len(inside) > MOST_VALUES:
                raise Broken("The answer is larger than any real one.")
            if isinstance(value, str):
                texts.append(value)
            elif isinstance(value, dict):
                inside += _keys(value)
                inside += value.values()
            elif isinstance(value, list):
                inside += value
            else:
                _check(value)
        level = inside
    if sum(map(len, texts)) > MOST_TEXT:
        raise Broken("The answer is larger than any real one.")
    return _mended(payload) if any(map(_torn, texts)) else payload


def unpacked(text: str) -> object:
    """
    Decode JSON that came inside a text, within the same bounds.

    Raises:
        Broken: If it isn't JSON, or out of bounds.

    """
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        raise Broken("The answer's text isn't JSON.") from None
    return bounded(payload)


def _keys(value: dict[object, object]) -> Iterable[object]:
    if all(type(key) is str for key in value):
        return value
    raise Broken("The answer isn't JSON: a key isn't a text.")


def _check(value: object) -> None:
    if value is None or isinstance(value, bool | float):
        return
    if not isinstance(value, int):
        raise Broken(f"The answer isn't JSON: it has a {type(value).__name__}.")
    if value.bit_length() > _MOST_BITS:
        raise Broken("The answer has a number that is too long to write.")


def _torn(text: str) -> bool:
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _mended(value: object) -> object:
    if isinstance(value, str):
        joined = value.encode("utf-16", "surrogatepass")  # two halves of one pair become one
        return joined.decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(entry) for entry in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(entry) for key, entry in value.items()}
    return value
