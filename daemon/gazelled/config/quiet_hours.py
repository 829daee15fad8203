"""When a target is left in peace: `quiet = "22:00-07:00 Europe/Berlin"`."""

from __future__ import annotations

import re
from datetime import time

from gazelled.model import QuietHours
from gazelled.watches.keys.schedules import check_zone

_SPAN = re.compile(r"(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})(?:\s+(\S+))?", re.ASCII)


def parse_quiet(text: str) -> QuietHours:
    """Read "22:00-07:00 Europe/Berlin", without a zone UTC; raise ValueError with a sentence."""
    span = _SPAN.fullmatch(text.strip())
    if span is None:
        raise ValueError('expected two times of day, like "22:00-07:00 Europe/Berlin"')
    begin, end, zone = _time(span[1]), _time(span[2]), span[3] or "UTC"
    if begin == end:
        raise ValueError("it begins and ends at the same time; use two different times")
    if wrong := check_zone(zone):
        raise ValueError(wrong)
    return QuietHours(begin, end, zone)


def _time(text: str) -> time:
    hour, minute = map(int, text.split(":"))
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError(f"{text} is not a time of day; write 00:00 to 23:59") from None
