"""
When jobs run. The only module that knows the scheduler library.

Jobs live in memory and are rebuilt from the configuration; when each ran last is kept by the
caller, so that a daily job survives restarts and nothing runs twice. A job's function must
only start work: the scheduler is not where anything waits.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from gazelled.clock import Clock
from gazelled.watches.keys.schedules import DAYS, At, Cron, Every, Schedule

LONGEST_OFFSET = 300.0
_SHARE_OF_INTERVAL = 0.05
_WALKED = timedelta(days=1)
_ROUNDING = timedelta(seconds=1)
_ZONE_SPAN = timedelta(days=2)
"""No zone's clock is further from UTC, a day that a country left out included."""
_LONGEST_WAIT = timedelta(days=8 * 366 + 3)
"""29 February comes after eight years at the latest, around 2100."""


class Timetable:
    """
    When one job is due, in the time of day of a clock.

    Args:
        offset: Seconds that it comes later than clock times say and after it was late, always
            the same for this job, so that not everyone comes at once.

    """

    def __init__(self, schedules: Sequence[Schedule], offset: float) -> None:
        self._interval = min(
            (schedule.seconds for schedule in schedules if isinstance(schedule, Every)),
            default=None,
        )
        self._clock_times = [plan for plan in schedules if not isinstance(plan, Every)]
        self._offset = timedelta(seconds=offset)
        if self._interval is not None:
            late = min(offset, self._interval * _SHARE_OF_INTERVAL)
            self._late = timedelta(seconds=late)
        else:
            self._late = self._offset

    def first(self, last_run: datetime | None, now: datetime) -> datetime | None:
        """Return the first time after a start; `last_run` is None if the job never ran."""
        if last_run is None:
            return now if self._interval is not None else self.after(now)
        due = self.after(min(last_run, now))  # the wall clock may have been set back
        if due is None:
            return None
        return due if due > now else now + self._late

    def after(self, moment: datetime) -> datetime | None:
        """Return the next time after a moment; None when it never comes."""
        times: list[datetime] = []
        if self._interval is not None:
            times.append(moment + timedelta(seconds=self._interval))
        for schedule in self._clock_times:
            next_time = _clock_time_after(schedule, moment - self._offset)
            if next_time is not None:
                times.append(next_time + self._offset)
        return min(times, default=None)

    def latest(self, now: datetime) -> datetime | None:
        """
        Return the time by which the job is due again in any case; None if it never is.

        A clock time may have been used already just before the clock was set back, so the one
        after it is what is certain.
        """
        if self._interval is not None:
            return now + timedelta(seconds=self._interval)
        following = self.after(now)
        return None if following is None else self.after(following)


def _clock_time_after(schedule: At | Cron, moment: datetime) -> datetime | None:
    """
    Return the next of the times of day that a schedule names, by the clocks of its zone.

    An hour that comes twice, when summer ends, has each time once, unless every hour is meant. One
    that is left out, when summer begins, comes later by what the clocks are set forward. The
    scheduler library's own trigger isn't used, since it loses whole days and months there.
    """
    moment = moment.astimezone(UTC)
    first = moment.date() - _ZONE_SPAN
    soonest: datetime | None = None
    # A time of an earlier day can come after one of a later day only where clocks are set.
    for day in _days_of(schedule, first, first + _LONGEST_WAIT):
        if soonest is not None and datetime.combine(day, time(), UTC) - _ZONE_SPAN > soonest:
            break
        times = _times_of(schedule, day)
        position = bisect_right(times, moment)
        if position < len(times):
            soonest = min(times[position], soonest or times[position])
    return soonest


@dataclass(frozen=True, slots=True)
class _Fields:
    """
    The fields of a schedule; each is what it names, and empty means any.

    `hourly` is whether every hour is meant; of the `weekdays`, 0 is Monday.
    """

    times: tuple[time, ...]
    hourly: bool
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()

    def include(self, day: date) -> bool:
        """Return whether a day is one of them; a day of the month or of the week will do."""
        if self.months and day.month not in self.months:
            return False
        wanted = [day.day in self.days] if self.days else []
        if self.weekdays:
            wanted.append(day.weekday() in self.weekdays)
        return any(wanted) or not wanted


@lru_cache(maxsize=256)  # a thousand watches have a few schedules
def _fields(schedule: At | Cron) -> _Fields:
    if isinstance(schedule, At):
        at = time(schedule.hour, schedule.minute)
        return _Fields((at,), hourly=False, weekdays=frozenset(schedule.days))
    minute, hour, day, month, weekday = schedule.expression.split()
    hours = _numbers(hour) or frozenset(range(24))
    minutes = _numbers(minute) or frozenset(range(60))
    return _Fields(
        times=tuple(time(hour, past) for hour in sorted(hours) for past in sorted(minutes)),
        hourly=len(hours) == 24,  # noqa: PLR2004 - however it is written
        days=_numbers(day),
        months=_numbers(month),
        weekdays=_numbers(weekday, DAYS),
    )


def _numbers(field: str, names: Sequence[str] = ()) -> frozenset[int]:
    """Read one field of an expression as `Cron` holds it."""
    if field == "*":
        return frozenset()
    return frozenset(names.index(value) if names else int(value) for value in field.split(","))


def _days_of(schedule: At | Cron, first: date, last: date) -> Iterator[date]:
    """Yield the days that a schedule names, from one to another."""
    fields, day = _fields(schedule), first
    while day < last:
        if fields.include(day):
            yield day
        day += timedelta(days=1)


@lru_cache(maxsize=64)  # the days around now; those of a schedule of each minute are long
def _times_of(schedule: At | Cron, day: date) -> tuple[datetime, ...]:
    """Return when a schedule is due on a day of its zone, in order and in UTC."""
    zone, fields = ZoneInfo(schedule.zone), _fields(schedule)
    moments: set[datetime] = set()
    for at in fields.times:
        wall = datetime.combine(day, at, zone)
        # Where the wall time is left out, the offset from before puts it behind the change.
        moment = wall.astimezone(UTC)
        moments.add(moment)
        if fields.hourly:
            again = wall.replace(fold=1).astimezone(UTC)
            if again > moment:  # it comes twice
                moments.add(again)
    return tuple(sorted(moments))


class _Due:
    """When a job is due next, by its timetable."""

    def __init__(self, timetable: Timetable, first: datetime | None, now: datetime) -> None:
        self._timetable = timetable
        self._seen = now
        self.next_time = first

    def set_back(self, now: datetime) -> bool:
        """Return whether the job is due sooner, since the wall clock was set back."""
        before, self._seen = self._seen, now
        if self.next_time is None or now >= before:
            return False
        latest = self._timetable.latest(now)
        if latest is None or self.next_time <= latest + _ROUNDING:
            return False
        self.next_time = self._timetable.after(now)
        return True

    def move_on(self, now: datetime) -> None:
        """Go on to what follows a run; what was slept through runs once."""
        self._seen = now
        due = self.next_time
        if due is not None:
            due = max(due, now - _WALKED)  # the wall clock may have been set forth by years
        while due is not None and (due := self._timetable.after(due)) and due <= now:
            continue
        self.next_time = due


class _Executor(AsyncIOExecutor):  # type: ignore[misc]  # it has no types
    """Runs jobs; what has begun ends by itself, and is no error of a job that was cancelled."""

    def shutdown(self, wait: bool = True) -> None:  # noqa: FBT001, FBT002 - the library's signature
        """Leave alone what is under way: it ends within a turn of the event loop."""


class Scheduler:
    """
    Starts jobs when they are due.

    `start` starts a job by name, and must not block.

    Args:
        salt: Makes the offsets of this installation its own; no offsets when empty.

    """

    def __init__(self, clock: Clock, start: Callable[[str], None], *, salt: str = "") -> None:
        self._clock = clock
        self._start = start
        self._salt = salt
        self._scheduler = AsyncIOScheduler(
            timezone=ZoneInfo("UTC"), executors={"default": _Executor()}
        )
        self._next: dict[str, _Due] = {}
        self._ended = False

    def timetable(self, name: str, schedules: Sequence[Schedule]) -> Timetable:
        """Make the timetable of a job, with its own offset."""
        return Timetable(schedules, offset(name, self._salt) if self._salt else 0.0)

    def add(
        self,
        name: str,
        schedules: Sequence[Schedule],
        last_run: datetime | None,
        *,
        offset_of: str = "",
    ) -> None:
        """
        Add a job, before it begins or later.

        Args:
            name: Its name; one that is there already is replaced.
            schedules: When it is due.
            last_run: When it ran last; None if it never did.
            offset_of: The name that its offset is made of, if that is another one.

        """
        timetable, now = self.timetable(offset_of or name, schedules), self._clock.now()
        self._next[name] = _Due(timetable, timetable.first(last_run, now), now)
        if self._scheduler.running and not self._ended:
            self._plan(name)

    def remove(self, name: str) -> None:
        """Remove a job, if there is one; what it has started goes on."""
        if self._next.pop(name, None) and self._scheduler.get_job(name):
            self._scheduler.remove_job(name)

    def begin(self) -> None:
        """Begin; needs a running event loop."""
        self._scheduler.start()
        for name in self._next:
            self._plan(name)

    def _plan(self, name: str) -> None:
        """Let the library start a job at its next time, in the time of the world."""
        if (due := self._next[name].next_time) is not None:
            self._scheduler.add_job(
                self._fire,
                DateTrigger(self._clock.world_time(due)),
                args=(name,),
                id=name,
                misfire_grace_time=None,
                replace_existing=True,
            )

    async def _fire(self, name: str) -> None:
        if self._ended or name not in self._next:
            return
        self._next[name].move_on(self._clock.now())
        self._plan(name)
        self._start(name)

    def look_again(self) -> None:
        """Compare with the time of day again: the machine may have slept, or its clock was set."""
        if self._ended:  # the library has neither jobs nor a loop any more
            return
        for name, job in self._next.items():
            if job.set_back(self._clock.now()):
                self._plan(name)
        self._scheduler.wakeup()

    def end(self) -> None:
        if self._scheduler.running and not self._ended:
            self._scheduler.shutdown(wait=False)
        self._ended = True

    def next_run(self, name: str) -> datetime | None:
        """Return when a job runs next; None for never, and for one that there isn't."""
        job = self._next.get(name)
        return job.next_time if job else None

    def next_runs(self) -> Mapping[str, datetime]:
        return {name: job.next_time for name, job in self._next.items() if job.next_time}


def offset(name: str, salt: str) -> float:
    """Return the seconds that a job comes later than the clock says, the same each time."""
    digest = hashlib.sha256(f"{salt}\0{name}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 * LONGEST_OFFSET
