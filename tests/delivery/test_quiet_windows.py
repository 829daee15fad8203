"""Several quiet windows on days of the week, over both changes of clock in several zones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.delivery.postponement import quiet_until
from gazelled.model import QuietHours

MINUTE = timedelta(minutes=1)
WEEKEND = (
    QuietHours(time(22), time(7), "Europe/Berlin"),
    QuietHours(time(), time(), "Europe/Berlin", (5, 6)),
)
CHANGES = [
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # by half an hour
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Antarctica/Troll", datetime(2026, 3, 29, 1, tzinfo=UTC)),  # by two hours
    ("Antarctica/Troll", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 8, 5, tzinfo=UTC)),  # at midnight
    ("America/Havana", datetime(2026, 11, 1, 5, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # a day was left out
]


def local(text: str, zone: str = "Europe/Berlin") -> datetime:
    """Return a moment as the clock of a zone shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-06-05T12:00", None),  # a Friday
        ("2026-06-05T21:59:59", None),
        ("2026-06-05T22:00", "2026-06-08T07:00"),  # the night, the weekend, the night
        ("2026-06-07T12:00", "2026-06-08T07:00"),
        ("2026-06-08T07:00", None),
        ("2026-03-27T23:00", "2026-03-30T07:00"),  # clocks are set forward on Sunday
        ("2026-10-23T23:00", "2026-10-26T07:00"),  # and back
    ],
)
def test_windows_that_adjoin_are_one_stretch(now: str, end: str | None) -> None:
    """A weekend is quiet from Friday's night to Monday's morning."""
    assert quiet_until(WEEKEND, local(now)) == (local(end) if end else None)


def test_days_are_those_on_which_a_window_begins() -> None:
    """Friday's night ends on Saturday; Saturday's has none."""
    friday = (QuietHours(time(22), time(7), "UTC", (4,)),)
    assert quiet_until(friday, datetime(2026, 6, 6, 6, tzinfo=UTC)) == datetime(
        2026, 6, 6, 7, tzinfo=UTC
    )
    assert quiet_until(friday, datetime(2026, 6, 6, 23, tzinfo=UTC)) is None
    assert quiet_until(friday, datetime(2026, 6, 5, 6, tzinfo=UTC)) is None


def test_each_window_has_its_own_zone() -> None:
    """One ends where another begins, by the clocks of two countries."""
    windows = (
        QuietHours(time(22), time(7), "Europe/Berlin"),
        QuietHours(time(1), time(3), "America/New_York"),
    )
    begin = local("2026-06-05T23:00")
    assert quiet_until(windows, begin) == local("2026-06-06T03:00", "America/New_York")


def shown(windows: Sequence[QuietHours], moment: datetime) -> bool:
    """Return whether the clock on a wall shows quiet hours, from its weekday, hour and minute."""
    for window in windows:
        wall = moment.astimezone(ZoneInfo(window.zone))
        begin, end, at = (it.hour * 60 + it.minute for it in (window.begin, window.end, wall))
        length = (end - begin) % 1440 or 1440
        for days_ago in (0, 1):
            day = (wall.weekday() - days_ago) % 7
            passed = at + 1440 * days_ago - begin
            if (not window.days or day in window.days) and 0 <= passed < length:
                return True
    return False


times = st.times().map(lambda it: it.replace(second=0, microsecond=0))
days = st.sets(st.integers(0, 6), max_size=3).map(lambda it: tuple(sorted(it)))


@given(
    change=st.sampled_from(CHANGES),
    spans=st.lists(st.tuples(times, times, days), min_size=1, max_size=3),
    minutes=st.integers(-1500, 1500),
    seconds=st.integers(0, 59),
)
def test_the_end_is_where_the_clock_on_the_wall_says_so(
    change: tuple[str, datetime],
    spans: list[tuple[time, time, tuple[int, ...]]],
    minutes: int,
    seconds: int,
) -> None:
    """Around each change of a clock it is the first minute that isn't quiet any more."""
    zone, moment = change
    windows = [QuietHours(begin, end, zone, on) for begin, end, on in spans]
    now = moment + minutes * MINUTE + timedelta(seconds=seconds)
    until = quiet_until(windows, now)
    walked = now.replace(second=0)
    while shown(windows, walked) and walked < now + timedelta(days=8):
        walked += MINUTE
    if walked >= now + timedelta(days=8):
        assert until is not None
        assert until >= walked - MINUTE
    else:
        assert until == (walked if walked > now else None)
