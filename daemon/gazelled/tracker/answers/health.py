"""
What is known of the tracker's state, and what follows from it for the whole queue.

Three things hold it: an outage, for pauses that grow; a stop, until a person acts; and a pause
that the tracker wants, after refusals of the limit or by its `Retry-After`, which the pacer keeps.
When refusals go on though the pace was kept, somebody else uses the account too, and the pace
slows down. An action that fails alone rests alone. All of it survives a restart.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from gazelled.clock import Clock
from gazelled.errors import ActionRequired, TrackerError, TrackerUnavailable
from gazelled.model import Call
from gazelled.text import with_reason
from gazelled.tracker.answers.action_health import ActionHealth, FailingAction
from gazelled.tracker.login.auth import Memory
from gazelled.tracker.transport.shared_use import ENOUGH, SharedUseDetector

log = structlog.stdlib.get_logger(__name__)

PAUSES = (60.0, 240.0, 900.0, 1800.0)
LONGEST_PAUSE = 24 * 3600.0  # whatever Retry-After says: it may mean something else
LONGEST_LIMIT_PAUSE = 600.0
PATIENCE = 60.0
"""The longest pause, in seconds, that a person who asks waits for without being told."""

DOWN_AFTER = 3
_STOP = "stop"
_PAUSE = "pause"
_OUTAGE = "outage"


class State(StrEnum):
    """What the tracker's state has become."""

    DOWN = "down"
    BACK = "back"
    STOPPED = "stopped"
    RESUMED = "resumed"
    LIMITED = "limited"
    SHARED = "shared"
    ALONE = "alone"
    FAILING = "failing"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class Change:
    """
    A change of the tracker's state that somebody may want to be told.

    It can be told again after a restart: `state` and `since` make a key for it.

    Attributes:
        state: What it has become.
        text: What is known of it.
        since: When it began.
        tries: How many requests have failed since.
        next_at: When the next will be sent.
        action: The action that it is about; empty for the tracker.
        explained: Whether the text says what a person can do.

    """

    state: State
    text: str
    since: datetime
    tries: int = 0
    next_at: datetime | None = None
    action: str = ""
    explained: bool = False


class Health:
    """
    Keeps the tracker's state.

    Args:
        clock: The time of day and its passing.
        memory: Keeps what must survive a restart.
        credentials: Names the account's settings without revealing them; a stop ends when it
            changes.
        spread: Makes the pauses of this installation its own, so that not everyone comes back
            at once; they are at most a quarter longer.
        on_change: Told each change.
        hint: What a person can do about a pause, behind a semicolon.

    Attributes:
        actions: Which actions fail while others are answered.

    """

    def __init__(
        self,
        clock: Clock,
        memory: Memory,
        *,
        credentials: str = "",
        spread: str = "",
        on_change: Callable[[Change], Awaitable[None]] | None = None,
        hint: str = "; to try at once: gazelled resume",
    ) -> None:
        self._clock = clock
        self._memory = memory
        self._credentials = credentials
        self._on_change = on_change
        self._stretch = 1.0 + zlib.crc32(spread.encode()) / 2**34 if spread else 1.0
        pauses = [pause * self._stretch for pause in PAUSES]
        self.actions = ActionHealth(clock, memory, pauses, self._action_changed)
        self._hint = hint
        self._held_until = 0.0
        self._paused_until = 0.0
        self._paused_for = ""
        self._limited_in_a_row = 0
        self.budget = SharedUseDetector(clock, memory)
        self.failures = 0
        self.failing_since: datetime | None = None
        self.last_failure = ""
        self.last_answer: datetime | None = None
        self.stopped: str = ""
        self.elsewhere: TrackerError | None = None

    async def recall(self) -> float:
        """
        Remember what held the queue when the last owner ended.

        Returns:
            The seconds for which a pause that the tracker wanted goes on.

        """
        stop = json.loads(await self._memory.get_kv(_STOP) or "{}")
        if stop and stop.get("credentials") == self._credentials:
            self.stopped = stop["text"]
            since = stop.get("since")
            if since:
                await self._tell(Change(State.STOPPED, self.stopped, datetime.fromisoformat(since)))
        elif stop:
            await self._memory.set_kv(_STOP, None)
        outage = json.loads(await self._memory.get_kv(_OUTAGE) or "{}")
        if outage:
            self.failures, self.last_failure = DOWN_AFTER, outage["text"]
            self.failing_since = datetime.fromisoformat(outage["since"])
            explained = bool(outage.get("explained"))
            since = self.failing_since
            change = Change(State.DOWN, self.last_failure, since, DOWN_AFTER, explained=explained)
            await self._tell(change)
        await self.actions.recall()
        await self.budget.recall()
        if self.budget.since:
            await self._tell(Change(State.SHARED, "", self.budget.since, ENOUGH))
        pause = json.loads(await self._memory.get_kv(_PAUSE) or "{}")
        if not pause:
            return 0.0
        until = datetime.fromisoformat(pause["until"])
        left = (until - self._clock.now()).total_seconds()
        left = min(max(left, 0.0), float(pause["seconds"]))  # the wall clock may have jumped
        self._paused_until = self._clock.monotonic() + left
        self._paused_for = str(pause.get("text", ""))
        return left

    def held_for(self) -> float | None:
        """Tell for how many seconds nothing is sent; None until a person acts, 0 for not at all."""
        if self.stopped or self.elsewhere:
            return None
        return max(self._held_until - self._clock.monotonic(), 0.0)

    def held_until(self) -> tuple[datetime, str] | None:
        """Return until when nothing is sent, and why; None for no time that is worth a word."""
        now = self._clock.monotonic()
        held, paused = self._held_until - now, self._paused_until - now
        if held <= 0 and paused <= PATIENCE:
            return None
        why = self.last_failure if held >= paused else self._paused_for
        return self._clock.now() + timedelta(seconds=max(held, paused)), why

    def hindrance(self) -> str:
        """Return what keeps the tracker, or some of its actions, from being asked; or nothing."""
        held = self.held_until()
        failing = [f"{each.name}: {each.text}" for each in self.actions.resting]
        return self.stopped or (held[1] if held else "") or "; ".join(failing)

    def problem(self) -> TrackerError | None:
        """Return what to tell a person who asks now; None when nothing is in the way."""
        if self.elsewhere:
            return self.elsewhere
        if self.stopped:
            stop = (
                self.stopped if self.stopped.endswith((".", "!", "?", ":")) else f"{self.stopped}."
            )
            return ActionRequired(f"{stop} Nothing is sent until: gazelled resume")
        held = self.held_until()
        if held is None:
            return None
        until, why = held
        text = f"The tracker can't be asked until {_when(until, self._clock.now())}"
        seconds = (until - self._clock.now()).total_seconds()
        return TrackerUnavailable(with_reason(text, why, self._hint), after=max(seconds, 0.0))

    async def answered(self, call: Call) -> None:
        """Note that the tracker answered a call."""
        await self.actions.answered(call)
        since, tries = self.failing_since, self.failures
        self.failures = 0
        self.failing_since = None
        self._held_until = 0.0
        self._limited_in_a_row = 0
        self.last_answer = self._clock.now()
        if since and tries >= DOWN_AFTER:
            await self._tell(Change(State.BACK, self.last_failure, since, tries))
            await self._memory.set_kv(_OUTAGE, None)
        if self.budget.answered() and self.budget.since:
            await self._tell(Change(State.ALONE, "", self.budget.since))
            await self.budget.forget()

    async def action_failed(self, call: Call, text: str) -> FailingAction | None:
        """
        Note that a call could not be answered, for what may be its action's own trouble.

        Args:
            call: The call.
            text: What is known of it.

        Returns:
            How the action is; None when it isn't the action's trouble but the tracker's, since
            another one that shares nothing with it failed just before.

        """
        if self.actions.count(call):
            await self.failed(call, text, after=None)
            return None
        return await self.actions.failed(call, text)

    async def failed(
        self, call: Call, text: str, *, after: float | None, explained: bool = False
    ) -> None:
        """
        Note that the tracker could not answer: the next request waits, each time longer.

        Args:
            call: What was asked.
            text: What is known of it.
            after: What the tracker said of how long to wait; a restart doesn't shorten it.
            explained: Whether the text says what a person can do.

        """
        self.actions.count(call)
        self.actions.release(forget=True)
        pause = PAUSES[min(self.failures, len(PAUSES) - 1)] * self._stretch
        pause = min(max(pause, after or 0.0), LONGEST_PAUSE)
        self.failures += 1
        self.failing_since = self.failing_since or self._clock.now()
        self.last_failure = text
        self._held_until = self._clock.monotonic() + pause
        log.info("tracker.failed", reason=text, tries=self.failures, seconds=round(pause))
        if after:
            await self.keep_pause(pause, text)
        if self.failures == DOWN_AFTER:
            since = self.failing_since
            outage = {"text": text, "since": since.isoformat(), "explained": explained}
            await self._memory.set_kv(_OUTAGE, json.dumps(outage))
            next_at = self._clock.now() + timedelta(seconds=pause)
            change = Change(State.DOWN, text, since, self.failures, next_at, explained=explained)
            await self._tell(change)

    async def limited(self, per: float, *, after: float | None) -> float:
        """
        Note that the limit refused a request.

        Args:
            per: The length of the tracker's window in seconds.
            after: What the tracker said of how long to wait.

        Returns:
            How many seconds the pacer has to pause: a whole window at first, longer when
            refusals go on.

        """
        pause = min(per * 2.0**self._limited_in_a_row, LONGEST_LIMIT_PAUSE)
        pause = min(max(pause, per, after or 0.0), LONGEST_PAUSE)
        self._limited_in_a_row += 1
        until = await self.keep_pause(pause, "it refused requests for its rate limit")
        if self._limited_in_a_row == 1:
            await self._tell(Change(State.LIMITED, "", self._clock.now(), 1, until))
        if await self.budget.refused(per) and self.budget.since:
            await self._tell(Change(State.SHARED, "", self.budget.since, ENOUGH))
        return pause

    async def keep_pause(self, seconds: float, text: str) -> datetime:
        """
        Keep a pause that the tracker wants, for people and for a successor; the pacer keeps to it.

        Args:
            seconds: How long it is from now.
            text: Why.

        Returns:
            Until when it lasts.

        """
        until = self._clock.now() + timedelta(seconds=seconds)
        self._paused_until = self._clock.monotonic() + seconds
        self._paused_for = text
        kept = {"until": until.isoformat(), "seconds": seconds, "text": text}
        await self._memory.set_kv(_PAUSE, json.dumps(kept))
        return until

    async def stop(self, text: str) -> None:
        """Send nothing until a person acts."""
        first = not self.stopped
        self.stopped = text
        now = self._clock.now()
        if first:
            kept = {"text": text, "credentials": self._credentials, "since": now.isoformat()}
            await self._memory.set_kv(_STOP, json.dumps(kept))
            await self._tell(Change(State.STOPPED, text, now))

    async def resume(self) -> None:
        """Go on: a person says so."""
        was = self.stopped
        self.stopped = ""
        self._held_until = 0.0
        self._paused_until = 0.0
        self.actions.release()
        self.budget.excuse()
        await self._memory.set_kv(_STOP, None)
        await self._memory.set_kv(_PAUSE, None)
        if was:
            await self._tell(Change(State.RESUMED, was, self._clock.now()))

    async def _action_changed(self, failing: FailingAction, fails: bool) -> None:  # noqa: FBT001 - which of two changes
        rests = failing.until - self._clock.monotonic()
        next_at = self._clock.now() + timedelta(seconds=rests) if rests > 0 else None
        state = State.FAILING if fails else State.WORKING
        name, since, tries = failing.name, failing.since, failing.tries
        await self._tell(Change(state, failing.text, since, tries, next_at, name))

    async def _tell(self, change: Change) -> None:
        since = change.since.isoformat(timespec="seconds")
        log.warning("tracker.changed", state=change.state.value, reason=change.text, since=since)
        if self._on_change:
            await self._on_change(change)


def _when(moment: datetime, now: datetime) -> str:
    """Write a time of day for people, with its date if that isn't today."""
    there, here = moment.astimezone(), now.astimezone()
    return f"{there:%H:%M}" if there.date() == here.date() else f"{there:%Y-%m-%d %H:%M}"
