"""Keys and values of JSON that plugins store: what can be one, and how it is written."""

from __future__ import annotations

import json

MOST_BYTES = 8 * 1024 * 1024
"""So many bytes a plugin may keep, keys and some bytes for each value included."""

LONGEST_KEY = 500


def checked_key(key: object) -> str:
    """Return a key that can be one; raise ValueError or TypeError otherwise."""
    if not isinstance(key, str):
        raise TypeError(f"a key must be a text, not {type(key).__name__}")
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"a key must have 1 to {LONGEST_KEY} characters, not {len(key)}")
    if "\0" in key or not _is_unicode(key):
        raise ValueError("a key must not have characters that are none")
    return key


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def json_text(key: str, value: object) -> str:
    """Return a value as JSON; raise ValueError unless it comes back as it is."""
    why = "it is not the same when it is read again"
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
        if json.loads(text) == value:
            return text
    except (TypeError, ValueError, RecursionError) as error:
        why = str(error)
    raise ValueError(
        f"the value of {key!r} is not of JSON ({why}): use texts, numbers, booleans, None, lists "
        "and dicts with texts as keys"
    )
