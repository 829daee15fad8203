"""
How many log-ins were attempted, so that the tracker never has to lock this address out.

The tracker counts failures by address, whoever they are of, and locks the address after six;
a success in between doesn't help. So three in half a day are all that gazelled makes, whatever
credentials they were made with, and fewer when the tracker says that others have failed too.

An attempt is recorded before its request is written, since the process may be killed, or the
connection break, before the answer comes: the tracker may have counted it all the same.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from gazelled.clock import Clock
from gazelled.text import local_minute
from gazelled.tracker.key_values import KeyValues, load_json, save_json, stored_time

MOST = 3
WITHIN = timedelta(hours=12)
LAST_CHANCE = timedelta(days=7)
MOST_SESSIONS = 6
SESSIONS_WITHIN = timedelta(hours=1)
PAUSES = (60.0, 240.0, 900.0, 1800.0)
_FEW_LEFT = 2


@dataclass(frozen=True, slots=True)
class LoginBlock:
    """What forbids a log-in until a time, and whether a person has to act."""

    until: datetime
    text: str
    stops: bool


@dataclass(slots=True)
class _Attempt:
    """
    A log-in that the tracker has counted, or may have.

    `left` is how many more the tracker said that it takes, if it did; unless it was `refused`, its
    end isn't known.
    """

    at: datetime
    left: int | None = None
    refused: bool = False


@dataclass(slots=True)
class _Record:
    """
    What is kept: attempts that count, when log-ins succeeded, and the pause after failures.

    `failures` counts the log-ins in a row that the tracker could not answer; `pause` is in seconds.
    """

    attempts: list[_Attempt] = field(default_factory=list)
    sessions: list[datetime] = field(default_factory=list)
    failures: int = 0
    pause: float = 0.0
    pause_ends: datetime | None = None
    failure: str = ""

    @classmethod
    def read(cls, stored: Any) -> Self:  # noqa: ANN401 - JSON
        if isinstance(stored, list):  # as earlier versions wrote it: refusals alone
            refused = [_Attempt(stored_time(at), left, refused=True) for at, left in stored]
            return cls(refused)
        ends = stored.get("pause_ends")
        return cls(
            [
                _Attempt(**row | {"at": stored_time(row["at"])})
                for row in stored.get("attempts", ())
            ],
            [stored_time(at) for at in stored.get("sessions", ())],
            stored.get("failures", 0),
            stored.get("pause", 0.0),
            stored_time(ends) if ends else None,
            stored.get("failure", ""),
        )

    def clamp(self, now: datetime) -> bool:
        """Move to now what a wall clock that was set back put later; return whether any was."""
        ahead = [attempt for attempt in self.attempts if attempt.at > now]
        for attempt in ahead:
            attempt.at = now
        sessions = [min(at, now) for at in self.sessions]
        ends = self.pause_ends and min(self.pause_ends, now + timedelta(seconds=self.pause))
        changed = bool(ahead) or sessions != self.sessions or ends != self.pause_ends
        self.sessions, self.pause_ends = sessions, ends
        return changed

    def add_attempt(self, attempt: _Attempt) -> None:
        self.attempts = [*self.attempts, attempt][-MOST:]


class LockoutGuard:
    """Counts log-ins at a host and paces them, across restarts."""

    def __init__(self, host: str, clock: Clock, store: KeyValues) -> None:
        self._key = f"refused-log-ins {host}"
        self._clock = clock
        self._store = store

    async def begin(self) -> None:
        """Count an attempt whose end isn't known yet; to be awaited before it is written."""
        record = await self._load()
        record.add_attempt(_Attempt(self._clock.now()))
        await self._keep(record)

    async def refused(self, left: int | None) -> None:
        record = await self._ended()
        record.add_attempt(_Attempt(self._clock.now(), left, refused=True))
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

    async def block(self) -> LoginBlock | None:
        record = await self._load()
        now = self._clock.now()
        blocks = (_refusals(record), _sessions(record), _unknown_ends(record), _pause(record))
        return next((block for block in blocks if block and block.until > now), None)

    async def _ended(self) -> _Record:
        """Return the record without the attempt that was begun last, if its end isn't known."""
        record = await self._load()
        if record.attempts and not record.attempts[-1].refused:
            del record.attempts[-1]
        return record

    async def _load(self) -> _Record:
        record = await load_json(self._store, self._key, _Record.read) or _Record()
        if record.clamp(self._clock.now()):
            await self._keep(record)
        return record

    async def _keep(self, record: _Record) -> None:
        await save_json(self._store, self._key, asdict(record))


def _refusals(record: _Record) -> LoginBlock | None:
    refused = [attempt for attempt in record.attempts if attempt.refused]
    if not refused:
        return None
    last = refused[-1]
    until = refused[-MOST].at + WITHIN if len(refused) >= MOST else last.at
    if last.left is not None and last.left <= _FEW_LEFT:
        # With one left, the tracker would lock this address out at the next.
        until = max(until, last.at + (LAST_CHANCE if last.left == 1 else WITHIN))
    text = (
        "The tracker has refused log-ins, and locks this address out after six. gazelled tries "
        f"none before {local_minute(until)}, not with other credentials either. Check user "
        "name and password, and continue after that time."
    )
    return LoginBlock(until, text, stops=True)


def _sessions(record: _Record) -> LoginBlock | None:
    if len(record.sessions) < MOST_SESSIONS:
        return None
    text = (
        f"The tracker has accepted {MOST_SESSIONS} log-ins within an hour and ended each session "
        "soon after. Something else ends them: another program that logs in as the same user, or "
        "an address that changes. Find it, or ask the tracker's staff."
    )
    return LoginBlock(record.sessions[-MOST_SESSIONS] + SESSIONS_WITHIN, text, stops=True)


def _unknown_ends(record: _Record) -> LoginBlock | None:
    if len(record.attempts) < MOST:
        return None
    until = record.attempts[-MOST].at + WITHIN
    text = (
        f"the last {MOST} log-ins were refused or got no answer, and the tracker may have counted "
        f"all of them; it locks this address out after six. The next log-in is tried at "
        f"{local_minute(until)}, and not sooner after a resume either"
    )
    return LoginBlock(until, text, stops=False)


def _pause(record: _Record) -> LoginBlock | None:
    if record.pause_ends is None:
        return None
    text = f"{record.failure}; the next log-in is tried at {local_minute(record.pause_ends)}"
    return LoginBlock(record.pause_ends, text, stops=False)
