"""
How many log-ins were attempted, so that the tracker never has to lock this address out.

The tracker counts failures by address, whoever they are of, and locks the address after six;
a success in between doesn't help. So three in half a day are all that gazelled makes, whatever
credentials they were made with, and fewer when the tracker says that others have failed too.

An attempt is recorded before its request is written, since the process may be killed, or the
connection break, before the answer comes: the tracker may have counted it all the same.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from gazelled.clock import Clock
from gazelled.tracker.login.auth import Memory

MOST = 3
WITHIN = timedelta(hours=12)
LAST_CHANCE = timedelta(days=7)
MOST_SESSIONS = 6
SESSIONS_WITHIN = timedelta(hours=1)
PAUSES = (60.0, 240.0, 900.0, 1800.0)
_FEW_LEFT = 2


@dataclass(frozen=True, slots=True)
class Hindrance:
    """
    What forbids a log-in now.

    Attributes:
        until: When one may be tried again.
        text: Why, for people.
        stops: Whether a person has to act.

    """

    until: datetime
    text: str
    stops: bool


@dataclass(slots=True)
class _Attempt:
    """
    A log-in that the tracker has counted, or may have.

    Attributes:
        at: When.
        left: How many more the tracker said that it takes; None if it didn't say.
        refused: Whether it was refused; otherwise its end isn't known.

    """

    at: datetime
    left: int | None = None
    refused: bool = False


@dataclass(slots=True)
class _Record:
    """
    What is kept.

    Attributes:
        attempts: The last attempts that count.
        sessions: When the last log-ins succeeded.
        failures: How many log-ins in a row the tracker could not answer.
        pause: How many seconds the pause after them lasts.
        pause_ends: When it ends; None when there is none.
        failure: What the last of them was.

    """

    attempts: list[_Attempt] = field(default_factory=list)
    sessions: list[datetime] = field(default_factory=list)
    failures: int = 0
    pause: float = 0.0
    pause_ends: datetime | None = None
    failure: str = ""


class LockoutGuard:
    """
    Counts log-ins and paces them, across restarts.

    Args:
        host: The tracker.
        clock: The time of day.
        memory: Keeps the record.

    """

    def __init__(self, host: str, clock: Clock, memory: Memory) -> None:
        self._key = f"refused-log-ins {host}"
        self._clock = clock
        self._memory = memory

    async def begin(self) -> None:
        """Count an attempt whose end isn't known yet; to be awaited before it is written."""
        record = await self._load()
        attempt = _Attempt(self._clock.now())
        record.attempts = [*record.attempts, attempt][-MOST:]
        await self._keep(record)

    async def refused(self, left: int | None) -> None:
        """
        Record that the attempt that was begun last was refused.

        Args:
            left: How many more the tracker says that it takes; None if it didn't say.

        """
        record = await self._ended()
        attempt = _Attempt(self._clock.now(), left, refused=True)
        record.attempts = [*record.attempts, attempt][-MOST:]
        await self._keep(record)

    async def passed(self) -> None:
        """Record that the attempt that was begun last ended in a way that isn't counted."""
        await self._keep(await self._ended())

    async def succeeded(self) -> None:
        """Record that the attempt that was begun last succeeded; earlier ones count still."""
        record = await self._ended()
        record.sessions = [*record.sessions, self._clock.now()][-MOST_SESSIONS:]
        record.failures, record.pause_ends = 0, None
        await self._keep(record)

    async def unanswered(self, text: str, *, after: float | None) -> None:
        """
        Record that the tracker could not answer the attempt that was begun last.

        It isn't counted, but the next one waits, each time longer.

        Args:
            text: What it answered instead.
            after: What it said of how long to wait.

        """
        record = await self._ended()
        pause = max(PAUSES[min(record.failures, len(PAUSES) - 1)], after or 0.0)
        record.failures += 1
        record.failure = text
        record.pause = pause
        record.pause_ends = self._clock.now() + timedelta(seconds=pause)
        await self._keep(record)

    async def resume(self) -> None:
        """End the pause after failures, since a person says so; what is counted stays counted."""
        record = await self._load()
        if record.pause_ends:
            record.pause_ends = None
            await self._keep(record)

    async def hindrance(self) -> Hindrance | None:
        """Return what forbids a log-in now; None if one may be tried."""
        record = await self._load()
        now = self._clock.now()
        found = (_refusals(record), _sessions(record), _unknown_ends(record), _pause(record))
        return next((each for each in found if each and each.until > now), None)

    async def _ended(self) -> _Record:
        """Return the record without the attempt that was begun last, if its end isn't known."""
        record = await self._load()
        if record.attempts and not record.attempts[-1].refused:
            del record.attempts[-1]
        return record

    async def _load(self) -> _Record:
        record = _read(await self._memory.get_kv(self._key))
        if _clamp(record, self._clock.now()):
            await self._keep(record)
        return record

    async def _keep(self, record: _Record) -> None:
        text = json.dumps(asdict(record), default=datetime.isoformat)
        await self._memory.set_kv(self._key, text)


def _read(text: str | None) -> _Record:
    kept = json.loads(text or "{}")
    if isinstance(kept, list):  # as earlier versions wrote it: refusals alone
        return _Record([_Attempt(_moment(at), left, refused=True) for at, left in kept])
    attempts = [
        _Attempt(_moment(each["at"]), each["left"], each["refused"])
        for each in kept.get("attempts", ())
    ]
    ends = kept.get("pause_ends")
    return _Record(
        attempts,
        [_moment(at) for at in kept.get("sessions", ())],
        kept.get("failures", 0),
        kept.get("pause", 0.0),
        _moment(ends) if ends else None,
        kept.get("failure", ""),
    )


def _clamp(record: _Record, now: datetime) -> bool:
    """Count from now what the wall clock, before it was set back, put later; tell if any was."""
    ahead = [each for each in record.attempts if each.at > now]
    for attempt in ahead:
        attempt.at = now
    sessions = [min(at, now) for at in record.sessions]
    ends = record.pause_ends and min(record.pause_ends, now + timedelta(seconds=record.pause))
    changed = bool(ahead) or sessions != record.sessions or ends != record.pause_ends
    record.sessions, record.pause_ends = sessions, ends
    return changed


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _refusals(record: _Record) -> Hindrance | None:
    refused = [each for each in record.attempts if each.refused]
    if not refused:
        return None
    last = refused[-1]
    until = refused[-MOST].at + WITHIN if len(refused) >= MOST else last.at
    if last.left is not None and last.left <= _FEW_LEFT:
        # With one left, the tracker would lock this address out at the next.
        until = max(until, last.at + (LAST_CHANCE if last.left == 1 else WITHIN))
    text = (
        "The tracker has refused log-ins, and locks this address out after six. gazelled tries "
        f"none before {_local(until)}, not with other credentials either. Check login in "
        "[tracker], then, after that time: gazelled resume"
    )
    return Hindrance(until, text, stops=True)


def _sessions(record: _Record) -> Hindrance | None:
    if len(record.sessions) < MOST_SESSIONS:
        return None
    text = (
        f"The tracker has accepted {MOST_SESSIONS} log-ins within an hour and ended each session "
        "soon after. Something else ends them: another program that logs in as the same user, or "
        "an address that changes. Find it, or ask the tracker's staff, then: gazelled resume"
    )
    return Hindrance(record.sessions[-MOST_SESSIONS] + SESSIONS_WITHIN, text, stops=True)


def _unknown_ends(record: _Record) -> Hindrance | None:
    if len(record.attempts) < MOST:
        return None
    until = record.attempts[-MOST].at + WITHIN
    text = (
        f"the last {MOST} log-ins were refused or got no answer, and the tracker may have counted "
        f"all of them; it locks this address out after six. The next log-in is tried at "
        f"{_local(until)}, and not sooner after a resume either"
    )
    return Hindrance(until, text, stops=False)


def _pause(record: _Record) -> Hindrance | None:
    if record.pause_ends is None:
        return None
    text = f"{record.failure}; the next log-in is tried at {_local(record.pause_ends)}"
    return Hindrance(record.pause_ends, text, stops=False)


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
