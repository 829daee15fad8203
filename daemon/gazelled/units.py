"""Sizes and durations, as people write and read them."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)\s*([kmgtp]i?b|b)", re.IGNORECASE | re.ASCII)
DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([smhdw])", re.IGNORECASE | re.ASCII)
SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", re.ASCII)
_PREFIXES = "kmgtp"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_NAMES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_STEP = 1024


def parse_size(text: object) -> int:
    """
    Return the bytes of a size such as "50 GiB" or "700 MB", or of a whole number of bytes.

    Raise ValueError with a sentence if it isn't one.
    """
    if isinstance(text, int) and not isinstance(text, bool) and text >= 0:
        return text
    size = SIZE.fullmatch(text.strip()) if isinstance(text, str) else None
    if size is None:
        raise ValueError('expected a size, like "50 GiB" or "700 MB"')
    unit = size[2].lower()
    if unit == "b":
        return int(Decimal(size[1]))
    base = _STEP if "i" in unit else 1000
    return int(Decimal(size[1]) * base ** (_PREFIXES.index(unit[0]) + 1))


@lru_cache(maxsize=1024)
def human_size(size: int) -> str:
    """Write a size the way people read it: "7.1 GiB"."""
    value, unit = float(min(size, _STEP**9)), 0
    while abs(round(value, 1)) >= _STEP and unit < len(_NAMES) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{value:.1f}".removesuffix(".0") + " " + _NAMES[unit]


def parse_duration(text: object) -> float:
    """
    Return the seconds of a duration such as "90s", "15m", "6h", "1d" or "2w".

    Raise ValueError with a sentence if it isn't one.
    """
    duration = DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    seconds = float(duration[1]) * _SECONDS[duration[2].lower()] if duration else 0.0
    if not seconds:
        raise ValueError('expected a duration, like "15m", "6h" or "1d"')
    return seconds


def parse_share(value: object) -> float:
    """
    Return a part of a whole, such as "10%" or 0.1: more than 0 and at most 1.

    Raise ValueError with a sentence if it isn't one.
    """
    share = 0.0
    if isinstance(value, str) and (percent := SHARE.fullmatch(value.strip())):
        share = float(percent[1]) / 100
    elif isinstance(value, int | float) and not isinstance(value, bool):
        share = value
    if not 0 < share <= 1:
        raise ValueError('expected more than 0 and at most "100%", like "10%"')
    return float(share)


def human_duration(seconds: float) -> str:
    """Write a duration the way the config spells it: "15m", "6h"."""
    exact = [unit for unit, length in _SECONDS.items() if not seconds % length and unit != "w"]
    unit = exact[-1] if exact and seconds else "s"
    return f"{seconds / _SECONDS[unit]:.3f}".rstrip("0").rstrip(".") + unit


def human_age(seconds: float) -> str:
    """Write an age the way people read it: "40s", "3.5h", "12d"."""
    smaller = [unit for unit, length in _SECONDS.items() if abs(seconds) >= length and unit != "w"]
    unit = smaller[-1] if smaller else "s"
    return f"{seconds / _SECONDS[unit]:.1f}".removesuffix(".0") + unit
