"""Keep what is decoded within bounds, before anything looks into it."""

from __future__ import annotations

import json

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
    level, depth, values, text, torn = [payload], 0, 0, 0, False
    while level:
        depth += 1
        values += len(level)
        if depth > DEEPEST:
            raise Broken(f"The answer is nested more than {DEEPEST} levels deep.")
        if values > MOST_VALUES or text > MOST_TEXT:
            raise Broken("The answer is larger than any real one.")
        inside: list[object] = []
        for value in level:
            kind = type(value)
            if kind is str:
                text += len(value)  # type: ignore[arg-type]  # kind says so; isinstance is slower
                torn = torn or _torn(value)  # type: ignore[arg-type]  # likewise
            elif isinstance(value, dict):
                for key in value:
                    if type(key) is not str:
                        raise Broken("The answer isn't JSON: a key isn't a text.")
                    text += len(key)
                    torn = torn or _torn(key)
                inside += value.values()
            elif isinstance(value, list):
                inside += value
            elif kind is int:
                if value.bit_length() > _MOST_BITS:  # type: ignore[attr-defined]  # kind says so
                    raise Broken("The answer has a number that is too long to write.")
            elif value is not None and kind is not bool and kind is not float:
                raise Broken(f"The answer isn't JSON: it has a {kind.__name__}.")
        level = inside
    return _mended(payload) if torn else payload


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
