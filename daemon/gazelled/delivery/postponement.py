"""Quiet hours: what comes to a target then waits until they are over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

_STEP = timedelta(minutes=1)


class Hours(Protocol):
    """When a target is left in peace: from `begin` to `end`, over midnight if need be."""

    @property
    def begin(self) -> time:
        """When they begin, to the minute."""

    @property
    def end(self) -> time:
        """When they are over, to the minute."""

    @property
    def zone(self) -> str:
        """The name of the time zone."""


def quiet_until(hours: Hours, now: datetime) -> datetime | None:
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


def silent(quiet: Mapping[str, Hours], now: datetime) -> dict[str, datetime]:
    """Return which targets have quiet hours now, and when these are over."""
    ends = {target: quiet_until(hours, now) for target, hours in quiet.items()}
    return {target: end for target, end in ends.items() if end is not None}


def _within(hours: Hours, wall: time) -> bool:
    if hours.begin <= hours.end:
        return hours.begin <= wall < hours.end
    return wall >= hours.begin or wall < hours.end
