"""QuietHours hours: what comes to a target then waits until they are over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gazelled.model import QuietHours

_STEP = timedelta(minutes=1)


def quiet_until(hours: QuietHours, now: datetime) -> datetime | None:
    """
    Return when the current quiet hours are over; None without.

    What a clock on the wall of their zone shows is what counts, also in the nights in which it is
    changed.
    """
    zone = ZoneInfo(hours.zone)
    moment = now.astimezone(UTC).replace(second=0, microsecond=0)
    if not _within(hours, moment.astimezone(zone).time()):
        return None
    while _within(hours, moment.astimezone(zone).time()):
        moment += _STEP
    return moment


def silent(quiet: Mapping[str, QuietHours], now: datetime) -> dict[str, datetime]:
    """Return which targets have quiet hours now, and when these are over."""
    ends = {target: quiet_until(hours, now) for target, hours in quiet.items()}
    return {target: end for target, end in ends.items() if end is not None}


def _within(hours: QuietHours, wall: time) -> bool:
    if hours.begin <= hours.end:
        return hours.begin <= wall < hours.end
    return wall >= hours.begin or wall < hours.end
