"""The keys of a target that say when its messages come: `quiet`, `max`, `digest` and `burst`."""

from __future__ import annotations

import re
from datetime import time

from gazelled.delivery.limit import DeliveryLimit
from gazelled.delivery.postponement import never_end
from gazelled.model import QuietHours
from gazelled.units import parse_duration
from gazelled.watches.keys.schedules import At, Every, check_zone, parse_days, parse_every

EXAMPLE = '"22:00-07:00 Europe/Berlin"'
_SPAN = re.compile(r"(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})(?:\s+(\S+))?", re.ASCII)
_DIGIT = re.compile(r"\d", re.ASCII)
_RATE = re.compile(r"([1-9]\d{0,5}) ?/ ?(hour|day|week|[hdw])", re.ASCII)
_MIDNIGHT = "24:00"
_SHORTEST_DIGEST = 60.0
_LONGEST_DIGEST = 31 * 86400.0


def parse_quiet(value: object, zone: str = "UTC") -> tuple[QuietHours, ...]:
    """
    Read quiet hours: "22:00-07:00 Europe/Berlin", "sat,sun 00:00-24:00", or a list of such texts.

    Args:
        value: What the config holds; empty for none.
        zone: The zone of what names none.

    Raises:
        ValueError: With a sentence, if it can't be read.

    """
    values = value if isinstance(value, list) else [value] if value != "" else []
    texts = [text for text in values if isinstance(text, str)]
    if len(texts) < len(values):
        raise ValueError(f"expected a text in quotes, like quiet = {EXAMPLE}")
    windows = tuple(_window(text, zone) for text in texts)
    if windows and never_end(windows):
        raise ValueError("these hours never end, so nothing would be delivered; leave some out")
    return windows


def _window(text: str, zone: str) -> QuietHours:
    digit = _DIGIT.search(text)
    days, times = (text[: digit.start()].strip(), text[digit.start() :]) if digit else ("", text)
    span = _SPAN.fullmatch(times.strip())
    if span is None:
        raise ValueError(f"expected two times of day, like {EXAMPLE}")
    begin, end = _time(span[1]), time() if span[2] == _MIDNIGHT else _time(span[2])
    if begin == end and span[2] != _MIDNIGHT:
        raise ValueError("it begins and ends at the same time; use two different times")
    zone = span[3] or zone
    if wrong := check_zone(zone):
        raise ValueError(wrong)
    return QuietHours(begin, end, zone, parse_days(days.lower()) if days else ())


def _time(text: str) -> time:
    hour, minute = map(int, text.split(":"))
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError(f"{text} is not a time of day; write 00:00 to 23:59") from None


def parse_limit(text: str) -> DeliveryLimit | None:
    """Read "10/h", "5/day" or "30/week"; empty is none. Raise ValueError with a sentence."""
    if not text:
        return None
    rate = _RATE.fullmatch(text.strip().lower())
    if rate is None:
        raise ValueError('expected a number for a period, like "5/day" or "20/hour"')
    return DeliveryLimit(int(rate[1]), parse_duration(f"1{rate[2][0]}"))


def parse_digest(text: str, zone: str) -> Every | At | None:
    """Read "15m", "daily 08:00" or "mon,thu 08:00"; empty is none. Raise ValueError likewise."""
    if not text:
        return None
    schedule = parse_every(text, zone)
    if isinstance(schedule, Every) and not _SHORTEST_DIGEST <= schedule.seconds <= _LONGEST_DIGEST:
        raise ValueError('expected a duration from "1m" to "31d", or a time like "daily 08:00"')
    return schedule


def parse_burst(number: int) -> int:
    """Return how many messages at once are not too many, 0 for any; raise ValueError likewise."""
    if number < 0:
        raise ValueError("expected 1 or more: what is beyond so many messages becomes a digest")
    return number
