"""Jobs run when they are due: at clock times, in zones, after a rest, once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from apscheduler.events import EVENT_JOB_SUBMITTED

from gazelled.clock import Clock
from gazelled.schedule import LONGEST_OFFSET, Scheduler, Timetable, _Due, offset
from gazelled.watches.keys.schedules import At, Cron, Every, Schedule, parse_cron, parse_every

BERLIN = "Europe/Berlin"
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def times(timetable: Timetable, start: datetime, number: int, zone: str = "UTC") -> list[str]:
    """Return the next times, as the clocks of a zone show them."""
    found: list[str] = []
    moment: datetime | None = start
    for _ in range(number):
        moment = timetable.after(moment) if moment else None
        found.append(f"{moment.astimezone(ZoneInfo(zone)):%a %d %H:%M %Z}" if moment else "never")
    return found


def at(*schedules: Schedule, late: float = 0.0) -> Timetable:
    """Make a timetable."""
    return Timetable(schedules, late)


@pytest.mark.parametrize(
    ("weekdays", "days"),
    [
        ("1-5", ["Mon", "Tue", "Wed", "Thu", "Fri", "Mon", "Tue"]),
        ("0", ["Sun"] * 7),
        ("7", ["Sun"] * 7),
        ("6,7", ["Sat", "Sun"] * 3 + ["Sat"]),
        ("mon-fri", ["Mon", "Tue", "Wed", "Thu", "Fri", "Mon", "Tue"]),
    ],
)
def test_weekdays_are_crons(weekdays: str, days: list[str]) -> None:
    """1 is Monday and 5 is Friday, whatever the library counts; 0 and 7 are Sunday."""
    timetable = at(parse_cron(f"0 7 * * {weekdays}", "UTC"))
    sunday_night = MONDAY - timedelta(hours=1)
    assert [time[:3] for time in times(timetable, sunday_night, 7)] == days


def test_day_of_month_or_weekday() -> None:
    """A cron line that names both comes on either, as cron has it."""
    timetable = at(Cron("0 7 4 * mon", "UTC"))
    assert times(timetable, MONDAY, 4) == [
        "Mon 02 07:00 UTC",
        "Wed 04 07:00 UTC",
        "Mon 09 07:00 UTC",
        "Mon 16 07:00 UTC",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("daily 08:00", ["Mon 02 08:00 UTC", "Tue 03 08:00 UTC", "Wed 04 08:00 UTC"]),
        ("mon,thu 08:30", ["Mon 02 08:30 UTC", "Thu 05 08:30 UTC", "Mon 09 08:30 UTC"]),
        ("sun 23:59", ["Sun 08 23:59 UTC", "Sun 15 23:59 UTC", "Sun 22 23:59 UTC"]),
        ("6h", ["Mon 02 06:00 UTC", "Mon 02 12:00 UTC", "Mon 02 18:00 UTC"]),
    ],
)
def test_every(text: str, expected: list[str]) -> None:
    """Times of day and durations mean what they say."""
    assert times(at(parse_every(text, "UTC")), MONDAY, 3) == expected


def test_a_zone_has_its_own_midnight() -> None:
    """A time is meant in its zone."""
    timetable = at(At((0,), 0, 30, "Asia/Tokyo"))
    assert times(timetable, MONDAY, 1) == ["Sun 08 15:30 UTC"]
    assert times(timetable, MONDAY, 1, "Asia/Tokyo") == ["Mon 09 00:30 JST"]


def test_the_hour_that_is_left_out_comes_an_hour_later() -> None:
    """When summer begins, a time that doesn't exist isn't dropped."""
    timetable = at(At((), 2, 30, BERLIN))
    start = datetime(2026, 3, 28, tzinfo=UTC)
    assert times(timetable, start, 3, BERLIN) == [
        "Sat 28 02:30 CET",
        "Sun 29 03:30 CEST",
        "Mon 30 02:30 CEST",
    ]


@pytest.mark.parametrize("schedule", [At((), 2, 30, BERLIN), Cron("30 2 * * *", BERLIN)])
def test_the_hour_that_comes_twice_has_one_run(schedule: Schedule) -> None:
    """When summer ends, a daily job still runs once a day."""
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert times(at(schedule), start, 2, BERLIN) == ["Sun 25 02:30 CEST", "Mon 26 02:30 CET"]


def test_a_job_of_each_hour_runs_in_both_of_them() -> None:
    """An hourly cron line goes on through the hour that comes twice."""
    start = datetime(2026, 10, 24, 23, 45, tzinfo=UTC)
    assert times(at(Cron("0 * * * *", BERLIN)), start, 3, BERLIN) == [
        "Sun 25 02:00 CEST",
        "Sun 25 02:00 CET",
        "Sun 25 03:00 CET",
    ]


def test_several_schedules_are_due_when_one_is() -> None:
    """Watches that share a source are served by whichever comes first."""
    timetable = at(Every(6 * 3600.0), At((), 7, 0, "UTC"))
    assert times(timetable, MONDAY, 3) == [
        "Mon 02 06:00 UTC",
        "Mon 02 07:00 UTC",
        "Mon 02 13:00 UTC",
    ]


def test_the_offset_is_stable_and_its_own() -> None:
    """The same job comes equally late each time; another one, or another installation, doesn't."""
    late = offset("browse", "salt")
    assert offset("browse", "salt") == late
    assert 0 <= late < LONGEST_OFFSET
    assert len({late, offset("inbox", "salt"), offset("browse", "pepper")}) == 3

    timetable = at(At((), 8, 0, "UTC"), late=90.0)
    first = timetable.after(MONDAY)
    assert first == MONDAY + timedelta(hours=8, seconds=90)
    assert timetable.after(first) == first + timedelta(days=1)
    # In the time between the clock and the offset it is still to come.
    assert timetable.after(MONDAY + timedelta(hours=8, seconds=30)) == first


@pytest.mark.parametrize(
    ("schedule", "last_run", "first"),
    [
        # Never run: an interval begins at once, a time of day is waited for.
        (Every(3600.0), None, 0.0),
        (At((), 8, 0, "UTC"), None, 8 * 3600.0 + 100),
        # Run not long ago: its time is kept.
        (Every(3600.0), -600.0, 3000.0),
        (At((), 8, 0, "UTC"), -600.0, 8 * 3600.0 + 100),
        # Overdue: at once, but not everyone at the same moment.
        (Every(3600.0), -4000.0, 100.0),
        (Every(900.0), -86400.0 * 30, 45.0),
        (At((), 8, 0, "UTC"), -86400.0, 100.0),
        # The wall clock was set back meanwhile.
        (Every(3600.0), 86400.0, 3600.0),
    ],
)
def test_the_first_run_after_a_start(
    schedule: Schedule, last_run: float | None, first: float
) -> None:
    """What was missed runs once, soon; what is not due yet keeps its time."""
    last = None if last_run is None else MONDAY + timedelta(seconds=last_run)
    assert at(schedule, late=100.0).first(last, MONDAY) == MONDAY + timedelta(seconds=first)


class Runs:
    """A scheduler on a clock that is fast, and what it started when."""

    def __init__(self, speed: float) -> None:
        self.clock = Clock(speed=speed, start=MONDAY)
        self.scheduler = Scheduler(self.clock, self._start)
        self.at: dict[str, list[datetime]] = {}
        self.fired = asyncio.Event()

    def _start(self, name: str) -> None:
        self.at.setdefault(name, []).append(self.clock.now())
        self.fired.set()

    async def until(self, name: str, number: int) -> list[datetime]:
        """Wait until a job ran so often."""
        async with asyncio.timeout(20):
            while len(self.at.get(name, [])) < number:
                self.fired.clear()
                await self.fired.wait()
        return self.at[name]


async def test_it_fires_each_time() -> None:
    """A job runs at each of its times, and not at every other."""
    runs = Runs(speed=3600.0)
    runs.scheduler.add("often", [Every(900.0)], None)
    runs.scheduler.begin()
    at = await runs.until("often", 6)
    runs.scheduler.end()
    steps = [(later - sooner).total_seconds() for sooner, later in pairwise(at)]
    planned = runs.scheduler.next_runs()["often"]
    # Each run was planned 15 minutes after the one before, so six of them end in the sixth.
    assert planned >= MONDAY + timedelta(seconds=6 * 900)
    assert (planned - MONDAY).total_seconds() % 900 < 60
    assert min(steps) > 0


async def test_what_was_slept_through_runs_once() -> None:
    """A machine that slept over several times runs the job once, then goes on as planned."""
    runs = Runs(speed=3600.0)
    runs.scheduler.add("often", [Every(900.0)], MONDAY - timedelta(seconds=880))
    await runs.clock.sleep(4000.0)
    runs.scheduler.begin()
    at = await runs.until("often", 2)
    runs.scheduler.end()
    assert at[0] >= MONDAY + timedelta(seconds=4000)
    # The grid is kept: 20 s, 920 s, 1820 s, …
    following = runs.scheduler.next_runs()["often"] - MONDAY
    assert following.total_seconds() % 900 == 20


class SetClock(Clock):
    """A clock that is fast, and can be set."""

    ahead = timedelta()

    def now(self) -> datetime:
        """Return the time of day."""
        return super().now() + self.ahead


async def test_a_clock_that_is_set_back_delays_by_one_interval_at_most() -> None:
    """What comes every so often goes on doing so, however far the time of day was off."""
    runs = Runs(speed=3600.0)
    runs.clock = clock = SetClock(speed=3600.0, start=MONDAY)
    runs.scheduler = Scheduler(clock, runs._start)
    runs.scheduler.add("often", [Every(900.0)], None)
    runs.scheduler.begin()
    await runs.until("often", 1)
    clock.ahead = -timedelta(days=30)
    runs.scheduler.look_again()
    at = await runs.until("often", 4)
    runs.scheduler.end()
    assert all(moment < MONDAY for moment in at[1:])
    assert runs.scheduler.next_runs()["often"] < MONDAY


@pytest.mark.parametrize("ahead", [timedelta(days=400), timedelta(days=8)])
def test_a_clock_time_comes_again_after_the_clock_was_set_back(ahead: timedelta) -> None:
    """A daily job that was planned by a clock which was wrong is due at its next time."""
    clock = SetClock(start=MONDAY)
    clock.ahead = ahead
    timetable = at(At((), 8, 0, "UTC"))
    due = _Due(timetable, timetable.first(None, clock.now()), clock.now())
    clock.ahead = timedelta()
    assert due.set_back(clock.now())
    assert due.next_time == MONDAY + timedelta(hours=8)
    assert not due.set_back(clock.now())


def test_a_clock_that_is_set_back_a_little_repeats_no_run() -> None:
    """What ran at its time doesn't run again when the clock comes to that time again."""
    clock = SetClock(start=MONDAY)
    clock.ahead = timedelta(hours=8)
    due = _Due(at(At((), 8, 0, "UTC")), MONDAY + timedelta(hours=8), clock.now())
    due.move_on(clock.now())
    clock.ahead = timedelta(hours=7)
    assert not due.set_back(clock.now())
    assert due.next_time == MONDAY + timedelta(days=1, hours=8)


class CountingTimetable(Timetable):
    """A timetable that counts how often it is asked."""

    asked = 0

    def after(self, moment: datetime) -> datetime | None:
        """Return the next time after a moment."""
        self.asked += 1
        return super().after(moment)


def test_a_clock_that_is_set_forth_by_decades_runs_once() -> None:
    """Half a century that didn't happen isn't walked through in steps of a quarter of an hour."""
    clock = SetClock(start=MONDAY)
    timetable = CountingTimetable([Every(900.0)], 0.0)
    due = _Due(timetable, MONDAY, clock.now())
    clock.ahead = timedelta(days=50 * 365)
    due.move_on(clock.now())
    assert due.next_time is not None
    assert clock.now() < due.next_time <= clock.now() + timedelta(seconds=900)
    assert timetable.asked < 500


async def test_nothing_starts_after_the_end() -> None:
    """Ending is final, and ending twice is no trouble."""
    runs = Runs(speed=3600.0)
    runs.scheduler.add("often", [Every(900.0)], None)
    runs.scheduler.begin()
    await runs.until("often", 1)
    runs.scheduler.end()
    before = len(runs.at["often"])
    await runs.clock.sleep(2000.0)
    runs.scheduler.end()
    assert len(runs.at["often"]) == before


async def test_an_end_while_a_job_begins_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """A job that was submitted and has not begun starts nothing, and nothing is logged."""
    started: list[str] = []
    scheduler = Scheduler(Clock(), started.append)
    scheduler.add("job", [Every(3600)], None)
    ended = asyncio.Event()

    def end(_: object) -> None:
        scheduler.end()
        ended.set()

    scheduler._scheduler.add_listener(end, EVENT_JOB_SUBMITTED)
    scheduler.begin()
    await asyncio.wait_for(ended.wait(), 60)
    for _ in range(5):
        await asyncio.sleep(0)
    assert started == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_end_is_no_error_whatever_comes_then() -> None:
    """A heartbeat that comes while the daemon stops compares with the clock, and ends it again."""
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: problems.append(what))
    runs = Runs(speed=3600.0)
    runs.clock = clock = SetClock(speed=3600.0, start=MONDAY)
    runs.scheduler = Scheduler(clock, runs._start)
    runs.scheduler.add("often", [Every(900.0)], None)
    runs.scheduler.begin()
    await runs.until("often", 1)
    for _ in range(2):
        runs.scheduler.end()
        runs.scheduler.end()
        clock.ahead -= timedelta(days=30)
        runs.scheduler.look_again()
        await asyncio.sleep(0.05)
    assert problems == []


async def test_jobs_that_are_due_together_all_run() -> None:
    """Many jobs at one moment are all started."""
    runs = Runs(speed=1.0)
    names = [f"job {number}" for number in range(50)]
    for name in names:
        runs.scheduler.add(name, [Every(3600.0)], None)
    runs.scheduler.begin()
    for name in names:
        await runs.until(name, 1)
    runs.scheduler.end()
    assert {name: len(at) for name, at in runs.at.items()} == dict.fromkeys(names, 1)
