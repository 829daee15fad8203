"""Every day, week and month has its run, in every time zone that there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from gazelled.schedule import Timetable
from gazelled.watches.keys.schedules import At, Cron

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2028, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

Change = tuple[datetime, timedelta, timedelta]
"""When the clocks of a zone are set, and their offsets before and after."""


def offset_at(zone: ZoneInfo, moment: datetime) -> timedelta:
    """Return the offset of a zone at a moment."""
    found = moment.astimezone(zone).utcoffset()
    assert found is not None
    return found


def changes(zone: ZoneInfo) -> Iterator[Change]:
    """Yield the changes of a zone's clocks, found by looking at them four times a day."""
    moment, before = BEGIN - 3 * DAY, offset_at(zone, BEGIN - 3 * DAY)
    while moment < END + 3 * DAY:
        after = offset_at(zone, moment)
        if after != before:
            exact = moment - DAY / 4
            while offset_at(zone, exact) == before:
                exact += MINUTE
            yield exact, before, after
        moment, before = moment + DAY / 4, after


@cache
def clocks() -> dict[str, tuple[Change, ...]]:
    """Return the changes of all zones; those with the very same clocks stand once."""
    found: dict[object, str] = {}
    by_name: dict[str, tuple[Change, ...]] = {}
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        all_changes = tuple(changes(zone))
        if found.setdefault((offset_at(zone, BEGIN), all_changes), name) == name:
            by_name[name] = all_changes
    return by_name


def moment_of(name: str, day: date, at: time) -> datetime:
    """Return when a wall shows a time of a day first, or would have without the change."""
    zone, wall = ZoneInfo(name), datetime.combine(day, at)
    nominal = wall.replace(tzinfo=UTC)
    offsets = {offset_at(zone, nominal + step * DAY) for step in (-1, 0, 1)}
    shown = [
        nominal - offset
        for offset in offsets
        if (nominal - offset).astimezone(zone).replace(tzinfo=None) == wall
    ]
    if shown:
        return min(shown)
    (before,) = [
        before for exact, before, after in clocks()[name] if exact <= nominal - before < exact + DAY
    ]
    return nominal - before


def runs(schedule: At | Cron, begin: datetime, end: datetime) -> list[datetime]:
    """Walk through a schedule."""
    table, found = Timetable([schedule], 0.0), list[datetime]()
    moment = table.after(begin)
    while moment is not None and moment < end:
        found.append(moment)
        moment = table.after(moment)
    return found


def expected(
    name: str, schedule: At | Cron, at: time, begin: datetime, end: datetime
) -> list[datetime]:
    """Return what the calendar says."""
    day, found = begin.date() - 2 * DAY, list[datetime]()
    while day < end.date() + 2 * DAY:
        if isinstance(schedule, Cron):
            fits = day.day == 1
        else:
            fits = not schedule.days or day.weekday() in schedule.days
        if fits:
            found.append(moment_of(name, day, at))
        day += DAY
    return [moment for moment in found if begin < moment < end]


def schedules(name: str, at: time) -> list[At | Cron]:
    """Return one of each day, one of each week and one of each month."""
    hour, minute = at.hour, at.minute
    return [
        At((), hour, minute, name),
        *(At((day,), hour, minute, name) for day in (0, 6)),
        Cron(f"{minute} {hour} 1 * *", name),
    ]


def check(name: str, times: Sequence[time], begin: datetime, end: datetime) -> None:
    """Compare schedules with the calendar."""
    for at in times:
        for schedule in schedules(name, at):
            assert runs(schedule, begin, end) == expected(name, schedule, at, begin, end), schedule


def test_some_zones_set_their_clocks() -> None:
    """Both changes, by whole and by half hours, at midnight and at night, are among them."""
    known = [change for found in clocks().values() for change in found]
    assert {after - before for _, before, after in known} >= {
        HOUR,
        -HOUR,
        HOUR / 2,
        -HOUR / 2,
    }
    assert len({*clocks()}) > 50


def test_no_run_is_lost_where_clocks_are_set() -> None:
    """Around each change of each zone, each day, week and month has its run, once."""
    times = [time(0), time(0, 30), time(1, 45), time(2, 15), time(3), time(23, 30)]
    for name, found in clocks().items():
        for exact, _, _ in found:
            check(name, times, exact - 3 * DAY, exact + 9 * DAY)


def test_midnight_over_two_years() -> None:
    """Midnight, which some clocks leave out, has a run on each day of each zone."""
    for name in clocks():
        check(name, [time(0)], BEGIN, END)


@pytest.mark.slow
def test_no_run_is_lost_at_any_time_where_clocks_are_set() -> None:
    """Each quarter of an hour of a night, and the rest of the day, around each change."""
    night = [time(hour, minute) for hour in range(4) for minute in (0, 15, 30, 45)]
    rest = [time(hour) for hour in range(4, 24)]
    for name, found in clocks().items():
        for exact, _, _ in found:
            times = [*night, *rest, time(23, 30), time(23, 59)]
            check(name, times, exact - 2 * DAY, exact + 3 * DAY)


@pytest.mark.slow
def test_no_run_is_lost_over_two_years() -> None:
    """Early, at noon and late, in each zone, day by day; no change reaches further than days."""
    for name in clocks():
        check(name, [time(2, 15), time(12), time(23, 59)], BEGIN, END)


def test_an_hourly_run_goes_on_where_clocks_are_set() -> None:
    """A job of each hour is never more than an hour and a half away, nor twice at once."""
    for name, found in clocks().items():
        for exact, _, _ in found:
            at = runs(Cron("30 * * * *", name), exact - DAY, exact + DAY)
            steps = [later - sooner for sooner, later in pairwise(at)]
            assert timedelta() < min(steps) <= max(steps) <= 1.5 * HOUR, name


def test_a_day_that_a_country_left_out() -> None:
    """Samoa had no 30 December 2011: its run falls together with the next day's."""
    begin = datetime(2011, 12, 28, tzinfo=UTC)
    at = runs(At((), 8, 0, "Pacific/Apia"), begin, begin + 4 * DAY)
    zone = ZoneInfo("Pacific/Apia")
    assert [f"{each.astimezone(zone):%d %H:%M}" for each in at] == [
        "28 08:00",
        "29 08:00",
        "31 08:00",
        "01 08:00",
    ]
