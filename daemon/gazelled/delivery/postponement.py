"""Quiet hours: what comes to a target then waits until they are over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from gazelled.model import QuietHours

_LONGEST = timedelta(days=8)
"""Hours that never end within a week and the change of a clock never end at all."""
_DAYS_AHEAD = 3
"""The times of a day of the clock are found on so many dates, even if a country skips one."""


def quiet_until(hours: Sequence[QuietHours], now: datetime) -> datetime | None:
    """
    Return when the current quiet hours are over, in UTC; None if there are none now.

    What a clock on the wall of their zone shows is what counts, also in the nights in which it is
    changed. Hours that adjoin or overlap are one stretch; a stretch longer than a week is cut off
    after eight days.
    """
    begin = moment = now.astimezone(UTC)
    while moment - begin < _LONGEST and _is_quiet(hours, moment):
        moment = min(_next_change(window, moment) for window in hours)
    return moment if moment > begin else None


def never_end(hours: Sequence[QuietHours]) -> bool:
    """Return whether quiet hours leave no time at all for deliveries."""
    begin = datetime(2026, 1, 5, tzinfo=UTC)
    end = quiet_until(hours, begin)
    return end is not None and end - begin >= _LONGEST


def _is_quiet(hours: Sequence[QuietHours], moment: datetime) -> bool:
    return any(_shows(window, moment) for window in hours)


def _shows(window: QuietHours, moment: datetime) -> bool:
    """Return whether the clock of a window shows a time within it."""
    shown = moment.astimezone(ZoneInfo(window.zone))
    today, at = shown.weekday(), shown.time()
    if window.begin < window.end:
        return _on(window, today) and window.begin <= at < window.end
    return (_on(window, today) and at >= window.begin) or (
        _on(window, (today - 1) % 7) and at < window.end
    )


def _on(window: QuietHours, day: int) -> bool:
    return not window.days or day in window.days


def _next_change(window: QuietHours, moment: datetime) -> datetime:
    """Return when the clock of a window shows its begin or its end next, or is changed before."""
    zone = ZoneInfo(window.zone)
    following = min(time for time in _times(window, zone, moment) if time > moment)
    return _clock_change(zone, moment, following) or following


def _times(window: QuietHours, zone: ZoneInfo, moment: datetime) -> Iterator[datetime]:
    """Yield when a clock shows the begin and the end of a window, twice where that comes twice."""
    today = moment.astimezone(zone).date()
    for days in range(_DAYS_AHEAD):
        for at in (window.begin, window.end):
            for fold in (0, 1):
                day = today + timedelta(days=days)
                yield datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC)


def _clock_change(zone: ZoneInfo, begin: datetime, end: datetime) -> datetime | None:
    """Return when a clock is set forward or back after `begin` and by `end`; None if it isn't."""
    low, high = int(begin.timestamp()), int(end.timestamp())
    before = _offset(zone, low)
    if before == _offset(zone, high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _offset(zone: ZoneInfo, second: int) -> timedelta | None:
    return datetime.fromtimestamp(second, zone).utcoffset()
