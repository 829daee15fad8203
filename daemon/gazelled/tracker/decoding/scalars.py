"""Takes single values of the tracker's JSON, in each of the ways in which PHP writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from gazelled.tracker.decoding.payload import LARGEST

WHOLE = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,19})", re.ASCII)
DECIMAL = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,19})(?:\.\d{1,19})?", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1970, 9998
"""A time outside of these can't be shown in every zone, and means nothing."""

_PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_LAST_SECOND = 253_370_764_799  # the end of 9998


def number(value: object) -> float | int | None:
    """Return a number, also one that came as a text; None if it isn't one, or is out of range."""
    if isinstance(value, str):
        if not DECIMAL.fullmatch(value):
            return None
        plain = value.replace(",", "")
        value = float(plain) if "." in plain else int(plain)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None  # false is how the tracker says that it doesn't know a number
    return value if -LARGEST < value < LARGEST else None  # NaN is in no range


def moment(value: object, zone: tzinfo) -> datetime | None:
    """
    Return a time, aware, in UTC; None if it isn't one, or in no year that means anything.

    It may be a text in the site's zone or with a zone of its own, or a unix time.
    """
    if isinstance(value, str) and not value.isdigit():
        return _written(value, zone)
    seconds = number(value)
    if not seconds or not 0 < seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def listed(value: object) -> list[object] | None:
    """Return a list, which PHP writes as an object when it has holes; None if it is neither."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and value and all(map(_is_index, value)):
        return list(value.values())
    return None


def describe(value: object) -> str:
    """Return the kind of a JSON value in words, not the value: it may be a secret."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    for kind, word in ((str, "a text"), (list, "a list"), (dict, "an object")):
        if isinstance(value, kind):
            return word if value else f"{word} without content"
    return "a number"


def _is_index(key: object) -> bool:
    return isinstance(key, str) and key.isdigit() and key.isascii()


def _written(text: str, zone: tzinfo) -> datetime | None:
    plain = _PLAIN_TIME.fullmatch(text)
    if not plain and not _TIME.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(text)  # far quicker than strptime
        if plain:
            time = datetime.combine(time, time.time(), zone)  # likewise than `replace`
        elif time.tzinfo is None:
            time = time.replace(tzinfo=zone)
        time = time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if FIRST_YEAR <= time.year <= LAST_YEAR else None
