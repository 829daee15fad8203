"""
What is known of the tracker's state, and what follows from it for the whole queue.

Three things hold it: an outage, for pauses that grow; a stop, until a person acts; and a pause
that the tracker wants, after refusals for its limit or by its `Retry-After`, which the rate limiter
keeps. When refusals go on though the limit was kept, another client uses the account too, and the
pace slows down. An action that fails alone rests alone. All of it survives a restart.
"""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gazelled.clock import Clock
from gazelled.errors import ActionRequired, Reason, TrackerError, TrackerUnavailable
from gazelled.model import Call
from gazelled.text import iso_seconds, local_when, sentence, with_reason
from gazelled.tracker.answers.action_health import ActionHealth, FailingAction
from gazelled.tracker.event_log import event_logger
from gazelled.tracker.key_values import KeyValues, load_json, save_json, stored_time
from gazelled.tracker.transport.shared_use import ENOUGH, SharedUseDetector

log = event_logger(__name__)

PAUSES = (60.0, 240.0, 900.0, 1800.0)
LONGEST_PAUSE = 24 * 3600.0  # whatever Retry-After says: it may mean something else
LONGEST_LIMIT_PAUSE = 600.0
PATIENCE = 60.0
"""The longest pause, in seconds, that a person who asks waits for without being told."""

DOWN_AFTER = 3
_RESUME = "gazelled resume"
_LIMIT_REFUSED = "it refused requests for its rate limit"
_STOP = "stop"
_PAUSE = "pause"
_OUTAGE = "outage"


class TrackerState(StrEnum):
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
class HealthChange:
    """
    A change of the tracker's state.

    It can be reported again after a restart: `state` and `since` make a key for it.

    `action` is empty for the tracker as a whole; `explained` is whether the text says what a person
    can do.
    """

    state: TrackerState
    text: str
    since: datetime
    tries: int = 0
    next_at: datetime | None = None
    action: str = ""
    explained: bool = False


class TrackerHealth:
    """
    Keeps the tracker's state.

    Args:
        credentials: A digest of the account's settings; a stop ends when it changes.
        spread: Makes the pauses of this installation its own, so that not everyone comes back
            at once; they are at most a quarter longer.
        hint: What a person can do about a pause, after a semicolon; empty for a library, whose
            stops end with the connection.

    """

    def __init__(
        self,
        clock: Clock,
        store: KeyValues,
        *,
        credentials: str = "",
        spread: str = "",
        on_change: Callable[[HealthChange], Awaitable[None]] | None = None,
        hint: str = f"; to try at once: {_RESUME}",
    ) -> None:
        self._clock = clock
        self._store = store
        self._credentials = credentials
        self._on_change = on_change
        self._stretch = 1.0 + zlib.crc32(spread.encode()) / 2**34 if spread else 1.0
        self._hint = hint
        self._after_stop = f"Nothing is sent until: {_RESUME}" if hint else "Then connect again."
        self._held_until = 0.0
        self._paused_until = 0.0
        self._paused_for = ""
        self._limited_in_a_row = 0
        self.actions = ActionHealth(
            clock,
            store,
            [pause * self._stretch for pause in PAUSES],
            on_fail=lambda failing: self._action_changed(TrackerState.FAILING, failing),
            on_recover=lambda failing: self._action_changed(TrackerState.WORKING, failing),
        )
        self.shared_use = SharedUseDetector(clock, store)
        self.failures = 0
        self.failing_since: datetime | None = None
        self.last_failure = ""
        self.last_answer: datetime | None = None
        self.stopped: str = ""
        self._stop_reason = Reason.OTHER
        self.elsewhere: TrackerError | None = None
        self.unkept: TrackerError | None = None

    async def recall(self) -> float:
        """
        Load what held the queue when the last owner ended.

        Return the seconds for which a pause that the tracker wanted goes on.
        """
        await self._recall_stop()
        if outage := await load_json(self._store, _OUTAGE, _read_outage):
            self.failures = DOWN_AFTER
            self.last_failure, self.failing_since, explained = outage
            await self._down(DOWN_AFTER, None, explained=explained)
        await self.actions.recall()
        await self.shared_use.recall()
        await self._report_shared_use()
        pause = await load_json(self._store, _PAUSE, _read_pause)
        if pause is None:
            return 0.0
        until, seconds, self._paused_for = pause
        left = (until - self._clock.now()).total_seconds()
        left = min(max(left, 0.0), seconds)  # the wall clock may have jumped
        self._paused_until = self._clock.monotonic() + left
        return left

    def follow(self, credentials: str) -> None:
        """Know the account by another digest of its settings from now on."""
        self._credentials = credentials

    async def _recall_stop(self) -> None:
        stop = await load_json(self._store, _STOP, _read_stop)
        if stop is None:
            return
        credentials, text, reason, since = stop
        if credentials != self._credentials:
            await save_json(self._store, _STOP, None)
            return
        self.stopped, self._stop_reason = text, reason
        if since:
            await self._report(TrackerState.STOPPED, self.stopped, since)

    def held_for(self) -> float | None:
        """Return how many seconds nothing is sent; None until a person acts, 0 for not at all."""
        if self.stopped or self.elsewhere or self.unkept:
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
        failing = [f"{action.name}: {action.text}" for action in self.actions.resting]
        return self.stopped or (held[1] if held else "") or "; ".join(failing)

    def problem(self) -> TrackerError | None:
        """Return the error for a person who asks now; None when nothing is in the way."""
        if self.elsewhere or self.unkept:
            return self.elsewhere or self.unkept
        if self.stopped:
            text = f"{sentence(self.stopped)} {self._after_stop}"
            return ActionRequired(text, reason=self._stop_reason)
        held = self.held_until()
        if held is None:
            return None
        until, why = held
        now = self._clock.now()
        text = f"No requests are sent until {local_when(until, now)}"
        seconds = max((until - now).total_seconds(), 0.0)
        reason = Reason.LIMITED if why == _LIMIT_REFUSED else None
        text = with_reason(text, why, self._hint)
        return TrackerUnavailable(text, reason=reason, after=seconds, until=until)

    async def answered(self, call: Call) -> None:
        await self.actions.answered(call)
        since, tries = self.failing_since, self.failures
        self.failures = 0
        self.failing_since = None
        self._held_until = 0.0
        self._limited_in_a_row = 0
        self.last_answer = self._clock.now()
        if since and tries >= DOWN_AFTER:
            await self._report(TrackerState.BACK, self.last_failure, since, tries)
            await save_json(self._store, _OUTAGE, None)
        if self.shared_use.answered() and self.shared_use.since:
            await self._report(TrackerState.ALONE, "", self.shared_use.since)
            await self.shared_use.forget()

    async def action_failed(self, call: Call, text: str) -> FailingAction | None:
        """
        Note that a call failed by what may be its action's own trouble; return how that is.

        Return None when it is the tracker's trouble, since another action that shares nothing with
        it failed just before.
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

        It waits `after` seconds at least, as the tracker asked for; a restart doesn't shorten them.
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
            outage = {"text": text, "since": self.failing_since, "explained": explained}
            await save_json(self._store, _OUTAGE, outage)
            next_at = self._clock.now() + timedelta(seconds=pause)
            await self._down(self.failures, next_at, explained=explained)

    async def _down(self, tries: int, next_at: datetime | None, *, explained: bool) -> None:
        if since := self.failing_since:
            state, text = TrackerState.DOWN, self.last_failure
            await self._report(state, text, since, tries, next_at, explained=explained)

    async def limited(self, per: float, *, after: float | None) -> float:
        """
        Note that a request was refused for the rate limit; return the seconds to pause.

        They are a whole window, `per`, at first, and more when refusals go on or the tracker asks
        for more by `after`.
        """
        pause = min(per * 2.0**self._limited_in_a_row, LONGEST_LIMIT_PAUSE)
        pause = min(max(pause, per, after or 0.0), LONGEST_PAUSE)
        self._limited_in_a_row += 1
        until = await self.keep_pause(pause, _LIMIT_REFUSED)
        if self._limited_in_a_row == 1:
            await self._report(TrackerState.LIMITED, "", self._clock.now(), 1, until)
        if await self.shared_use.refused(per):
            await self._report_shared_use()
        return pause

    async def keep_pause(self, seconds: float, text: str) -> datetime:
        """Keep a pause from now on for people and a successor; return until when it lasts."""
        until = self._clock.now() + timedelta(seconds=seconds)
        self._paused_until = self._clock.monotonic() + seconds
        self._paused_for = text
        await save_json(self._store, _PAUSE, {"until": until, "seconds": seconds, "text": text})
        return until

    async def stop(self, text: str, reason: Reason = Reason.OTHER) -> None:
        """Send nothing until a person acts."""
        first = not self.stopped
        self.stopped, self._stop_reason = text, reason
        if first:
            now = self._clock.now()
            stop = {"text": text, "reason": reason, "since": now}
            await save_json(self._store, _STOP, stop | {"credentials": self._credentials})
            await self._report(TrackerState.STOPPED, text, now)

    async def resume(self) -> None:
        was = self.stopped
        self.stopped = ""
        self._held_until = 0.0
        self._paused_until = 0.0
        self.actions.release()
        self.shared_use.excuse()
        await save_json(self._store, _STOP, None)
        await save_json(self._store, _PAUSE, None)
        if was:
            await self._report(TrackerState.RESUMED, was, self._clock.now())

    async def _report_shared_use(self) -> None:
        if since := self.shared_use.since:
            await self._report(TrackerState.SHARED, "", since, ENOUGH)

    async def _action_changed(self, state: TrackerState, failing: FailingAction) -> None:
        rests = failing.until - self._clock.monotonic()
        next_at = self._clock.now() + timedelta(seconds=rests) if rests > 0 else None
        name, tries = failing.name, failing.tries
        await self._report(state, failing.text, failing.since, tries, next_at, action=name)

    async def _report(
        self,
        state: TrackerState,
        text: str,
        since: datetime,
        tries: int = 0,
        next_at: datetime | None = None,
        *,
        action: str = "",
        explained: bool = False,
    ) -> None:
        began = iso_seconds(since)
        log.warning("tracker.changed", state=state.value, reason=text, since=began)
        if self._on_change:
            change = HealthChange(state, text, since, tries, next_at, action, explained)
            await self._on_change(change)


def _read_outage(stored: Any) -> tuple[str, datetime, bool]:  # noqa: ANN401 - JSON
    since = stored_time(stored["since"])
    return str(stored["text"]), since, bool(stored.get("explained"))


def _read_pause(stored: Any) -> tuple[datetime, float, str]:  # noqa: ANN401 - JSON
    until = stored_time(stored["until"])
    return until, float(stored["seconds"]), str(stored.get("text", ""))


def _read_stop(stored: Any) -> tuple[str, str, Reason, datetime | None]:  # noqa: ANN401 - JSON
    since = stored.get("since")
    return (
        stored.get("credentials", ""),
        str(stored["text"]),
        Reason(stored.get("reason", Reason.OTHER)),
        stored_time(since) if since else None,
    )
