"""When a watch is due: `every` and `cron`, read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from gazelled.text import nearest, unknown
from gazelled.units import parse_duration

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAY = 86400.0
_YEAR = 366 * _DAY
_AT = re.compile(r"(.*\S)\s+(\d{1,2}):(\d{2})", re.ASCII)
_PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,2}))?", re.ASCII)
_LENGTH = re.compile(r"(?:every )?([1-9]\d*)\s*([smhdw])[a-z]*", re.ASCII)
_CLOCK = re.compile(r"(?:(daily|[a-z]{3})\s+)?(?:at\s+)?(\d{1,2})(?::(\d{2}))?", re.ASCII)
_OFTEN = {
    "daily": "daily 08:00",
    "day": "daily 08:00",
    "every day": "daily 08:00",
    "hour": "1h",
    "hourly": "1h",
    "monthly": "30d",
    "week": "mon 08:00",
    "weekly": "mon 08:00",
}
_LAST_HOUR, _LAST_MINUTE = 23, 59
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class At:
    """At a time of day in a zone; days of the week count from 0, Monday, and none mean all."""

    days: tuple[int, ...]
    hour: int
    minute: int
    zone: str


@dataclass(frozen=True, slots=True)
class Cron:
    """
    At the times of a cron expression.

    Its five fields are each `*` or a list without ranges and steps; days of the week are names,
    since programs number them differently.
    """

    expression: str
    zone: str


Schedule = Every | At | Cron


@lru_cache(maxsize=64)  # a thousand watches have a few schedules
def parse_every(text: str, zone: str) -> Every | At:
    """Read "15m", "daily 08:00" or "mon,thu 08:00"; raise ValueError with a sentence."""
    at = _AT.fullmatch(text.strip().lower())
    if at is None:
        try:
            seconds = parse_duration(text)
        except ValueError:
            raise ValueError(
                'expected a duration or a time of day, like "1h", "daily 08:00" or "mon 08:00"'
                + _meant(text)
            ) from None
        if seconds > _YEAR:
            raise ValueError("expected a year or less")
        return Every(seconds)
    hour, minute = int(at[2]), int(at[3])
    if hour > _LAST_HOUR or minute > _LAST_MINUTE:
        raise ValueError(f"{at[2]}:{at[3]} is not a time of day; write 00:00 to 23:59")
    return At(parse_days(at[1]), hour, minute, zone)


@lru_cache(maxsize=64)
def parse_cron(text: str, zone: str) -> Cron:
    """Read the five fields of a cron expression; raise ValueError with a sentence."""
    fields = text.lower().split()
    if len(fields) != _FIELDS:
        raise ValueError(
            f"expected five fields (minute hour day month weekday), not {len(fields)}; like"
            ' "0 7 * * 1-5"'
        )
    minute = _field("minute", fields[0], 0, 59)
    hour = _field("hour", fields[1], 0, 23)
    day = _field("day", fields[2], 1, 31)
    month = _field("month", fields[3], 1, 12, dict(zip(_MONTHS, range(1, 13), strict=True)))
    names = {name: number for number, name in enumerate(DAYS, 1)} | {"sun": 0}
    weekday = _field("weekday", fields[4], 0, 7, names)
    if day and weekday:
        raise ValueError(
            "a day of the month and a weekday together mean different things to"
            " different programs; use one of them, or two watches"
        )
    if day and month and min(day) > max(_LONGEST[number - 1] for number in month):
        raise ValueError("this day does not exist in these months")
    days = sorted({(number - 1) % 7 for number in weekday})
    lists = [",".join(map(str, numbers)) or "*" for numbers in (minute, hour, day, month)]
    return Cron(" ".join([*lists, ",".join(DAYS[day] for day in days) or "*"]), zone)


def closest(schedule: Schedule) -> float:
    """Return the least seconds between two runs."""
    match schedule:
        case Every(seconds):
            return seconds
        case At(days):
            return _least([day * _DAY for day in days], 7 * _DAY) if days else _DAY
        case Cron(expression):
            minutes, hours = expression.split()[:2]
            times = [
                hour * 3600.0 + minute * 60.0
                for hour in (map(int, hours.split(",")) if hours != "*" else range(24))
                for minute in (map(int, minutes.split(",")) if minutes != "*" else range(60))
            ]
            return _least(times, _DAY)


def parse_times(every: str, cron: str, zone: str = "") -> Schedule:
    """Read one of both, in a zone, which is UTC when empty; raise ValueError with a sentence."""
    zone = zone or "UTC"
    if wrong := check_zone(zone):
        raise ValueError(wrong)
    if bool(every) == bool(cron):
        raise ValueError('expected either every, such as "1h", or cron, such as "0 7 * * mon"')
    schedule = parse_every(every, zone) if every else parse_cron(cron, zone)
    if isinstance(schedule, Every) and schedule.seconds < 1:
        raise ValueError("expected a pause of at least 1s")
    return schedule


def check_zone(name: str) -> str | None:
    """Return what is wrong with the name of a time zone; None when nothing is."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        # What is short would mostly be some other zone: EST for CEST, UTC for UTC+2.
        meant = nearest(name, (zone for zone in available_timezones() if "/" in zone))
        return "unknown time zone; " + (
            f'did you mean "{meant}"?' if meant else 'names look like "Europe/Berlin"'
        )
    return None


def _meant(text: str) -> str:
    """Ask whether this was meant: "15m" for "15 minutes", "daily 08:00" for "8:00"."""
    text = text.strip().lower()
    if length := _LENGTH.fullmatch(text):
        return f'; did you mean "{length[1]}{length[2]}"?'
    if clock := _CLOCK.fullmatch(text):
        return f'; did you mean "{clock[1] or "daily"} {int(clock[2]):02}:{clock[3] or "00"}"?'
    return f'; did you mean "{_OFTEN[text]}"?' if text in _OFTEN else ""


def _least(times: list[float], period: float) -> float:
    """Return the smallest step between times that come again after a period."""
    ordered = sorted(times)
    return min(later - sooner for sooner, later in pairwise([*ordered, ordered[0] + period]))


def parse_days(text: str) -> tuple[int, ...]:
    """
    Read days of the week in lower case, such as "mon-fri" or "sat,sun", as numbers from 0, Monday.

    "daily" is every day, and none. Raise ValueError with a sentence.
    """
    if text.strip() in {"daily", "every day"}:
        return ()
    numbers: set[int] = set()
    for part in re.split(r"\s*,\s*|\s+", "-".join(map(str.strip, text.split("-")))):
        first, _, last = part.partition("-")
        start, end = _day(first), _day(last or first)
        numbers |= {(start + step) % 7 for step in range((end - start) % 7 + 1)}
    return tuple(sorted(numbers))


def _day(name: str) -> int:
    for names in (DAYS, LONG_DAYS):
        if name in names:
            return names.index(name)
    meant = nearest(name, (*DAYS, *LONG_DAYS, "daily"))
    hint = (
        f'did you mean "{meant}"?' if meant else "there is daily, mon, tue, wed, thu, fri, sat, sun"
    )
    raise ValueError(f'"{name}" is not a day; {hint}')


def _field(
    unit: str, text: str, low: int, high: int, names: Mapping[str, int] | None = None
) -> tuple[int, ...]:
    """Read one field of a cron expression; empty means any."""
    if text == "*":
        return ()
    parts = (_part(unit, part, low, high, names or {}) for part in text.split(","))
    return tuple(sorted({number for part in parts for number in part}))


def _part(unit: str, text: str, low: int, high: int, names: Mapping[str, int]) -> range:
    """Read a part of a field: 5, 1-5, 1-5/2, */15."""
    part = _PART.fullmatch(text)
    if part is None or (part[4] and part[2] and not part[3]):
        raise ValueError(f'the {unit} "{text}" isn\'t understood; write it like 5, 1-5, */15')
    start = low if part[1] else _number(unit, part[2], low, high, names)
    end = high if part[1] else start
    if part[3]:
        end = _number(unit, part[3], low, high, names)
        if unit == "weekday" and not end:
            end = high  # Sunday, as the last day
    step = int(part[4] or 1)
    if start > end:
        raise ValueError(f'the {unit} "{text}" ends before it begins')
    if not step:
        raise ValueError(f'the {unit} "{text}" never comes')
    return range(start, end + 1, step)


def _number(unit: str, text: str, low: int, high: int, names: Mapping[str, int]) -> int:
    if names and not text.isdecimal() and text not in names:
        raise ValueError(unknown(f'{unit} "{text}"', text, names))
    number = names[text] if text in names else int(text) if text.isdecimal() else -1
    if not low <= number <= high:
        raise ValueError(f'the {unit} "{text}" is out of range; it goes from {low} to {high}')
    return number
