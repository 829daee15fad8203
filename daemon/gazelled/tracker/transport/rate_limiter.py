"""
The rate limiter: what keeps the tracker's limit as the tracker counts it.

A request is written no earlier than `per` after the headers of an earlier one came, with at
most `requests` of them at a time. The server saw the earlier request before its answer came
and sees the later one after it was written, so the rule holds for any delay between. A
request that ended without headers counts from the closing of its connection, and twice.

When the limit changes, what was sent before counts by the stricter one of both: nothing is sent
until the window of all of it has passed. From then on there is only the new limit.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Callable
from contextlib import suppress

from gazelled.clock import Clock
from gazelled.errors import TrackerUnavailable
from gazelled.tracker.transport.action_limits import ActionLimits, Limits, Window

UNKNOWN_WINDOW = 6.0
"""The window, in seconds, of a tracker that refuses requests although it is said to have none."""

NO_LIMITS: Limits = {}

FINE = 0.002
"""The last seconds before a slot comes free, of the world, which are not left to a timer.

Timers of the loop are a millisecond late and more. The loop turns instead until the slot is free,
so that it is taken hardly late, and never too early.
"""


class Slot:
    """
    The right to send one request now; it must be ended in exactly one way.

    Attributes:
        gap: The seconds since the limit allowed it: next to nothing for one that was awaited.
        limit: Which limit it is of: how often that had changed.
        is_used: Whether a request is sent in it.

    """

    __slots__ = ("_free_at", "_limiter", "_window", "gap", "is_used", "limit")

    def __init__(self, limiter: RateLimiter, free_at: float, gap: float = 0.0) -> None:
        self._limiter = limiter
        self._free_at = free_at
        self.gap = gap
        self.limit = limiter.changes
        self.is_used = False
        self._window: Window | None = None

    async def admit(self, action: str) -> None:
        """Wait until a request of an action may be sent in it."""
        self._window = await self._limiter.admit(action)

    def use(self) -> bool:
        """Send a request in it now; return whether that may be: the limit may have changed."""
        self.is_used = self.limit == self._limiter.changes
        self._limiter.requests_under_way += self.is_used
        return self.is_used

    def answered(self) -> None:
        """End it: the headers of the answer came just now."""
        limiter = self._limiter
        limiter.sent += 1
        self._end_window(limiter.slowness)
        limiter.ended_at = now = limiter.clock.monotonic()
        limiter.give_back(self, now + limiter.spacing)

    def lost(self) -> None:
        """End it: the connection was closed just now, without headers."""
        limiter = self._limiter
        limiter.sent += 1
        self._end_window(2 * limiter.slowness)
        limiter.lost_at = now = limiter.clock.monotonic()
        limiter.give_back(self, now + 2 * limiter.spacing, doubtful_until=now + limiter.per)

    def unused(self) -> None:
        """End it: nothing was sent."""
        self._end_window(0)
        self._limiter.give_back(self, self._free_at)

    def _end_window(self, after: float) -> None:
        if self._window:
            self._limiter.actions.end(self._window, after)


class RateLimiter:
    """
    Hands out slots, so that the limit holds at the tracker.

    Args:
        requests: How many requests the tracker takes in each `per`.
        per: The tracker's window in seconds; 0 for no limit.
        first_after: Seconds before the first slot: what was sent before isn't known.
        limits: Those of single actions, where they are stricter.
        mark: Called with whether a successor would have to wait longer: a request is under way, or
            one was just lost.

    Attributes:
        slowness: How many times longer than `per` is waited.
        sent: How many requests were sent, lost ones included.
        changes: How often the limit has changed.
        requests_under_way: How many requests are under way, those of an earlier limit included.
        ended_at: When a request was answered last.
        lost_at: When one was last lost, or unknown ones of another process may have been sent.

    """

    def __init__(
        self,
        clock: Clock,
        *,
        requests: int,
        per: float,
        first_after: float,
        limits: Limits = NO_LIMITS,
        mark: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self.clock = clock
        self.per = per
        self.requests = requests
        self.slowness = 1
        self.sent = 0
        self.changes = 0
        self.requests_under_way = 0
        self.ended_at = -math.inf
        self.lost_at = clock.monotonic()
        self._mark = mark
        self._free = [clock.monotonic() + first_after] * requests
        self._not_before = 0.0
        self._doubtful_until = 0.0
        self._under_way = 0
        self._earlier = 0
        self._strictest = 0.0
        self._rests_until = 0.0
        self.actions = ActionLimits(clock, limits, requests=requests, per=per)
        self._turn = asyncio.Lock()
        self._admitting = asyncio.Lock()
        self._changed = asyncio.Event()

    @property
    def window(self) -> float:
        """The tracker's window in seconds, as far as it is known."""
        return max(self.per, self.actions.longest) or UNKNOWN_WINDOW

    @property
    def spacing(self) -> float:
        """The seconds that a slot rests after an answer."""
        return self.per if self.slowness == 1 else self.window * self.slowness

    def change(self, *, requests: int, per: float, limits: Limits) -> None:
        """
        Keep another limit from now on; what was sent before counts by the stricter one of both.

        Args:
            requests: How many requests the tracker takes in each `per`.
            per: The tracker's window in seconds; 0 for no limit.
            limits: Those of single actions, where they are stricter.

        """
        before = max(self._strictest, self._longest_rest)
        self.per, self.requests = per, requests
        self.actions = ActionLimits(self.clock, limits, requests=requests, per=per)
        self._strictest = max(before, self._longest_rest)
        self._rests_until = max([self._rests_until, *self._free])
        self._free = []
        self.changes += 1
        self._earlier = self.requests_under_way
        if not self._earlier:
            self._begin_anew()
        if self.lost_at + per > max(self.clock.monotonic(), self._doubtful_until):
            self._doubtful_until = self.lost_at + per
            self._mark(True)  # noqa: FBT003 - the only thing it says

    @property
    def _longest_rest(self) -> float:
        """The seconds after which an answered request counts no more, whatever it asked for."""
        return max(self.spacing, self.actions.longest * self.slowness)

    def _begin_anew(self) -> None:
        """Let the slots of another limit come free once nothing of an earlier one counts."""
        rest = self._strictest
        free_at = max(self._rests_until, self.ended_at + rest, self.lost_at + 2 * rest)
        self._free = [free_at] * self.requests
        self._strictest = 0.0
        self._changed.set()

    async def take(self) -> Slot:
        """Wait for a slot. Whoever asks first gets the first."""
        # One waits at a time, so slots go out in the order in which they were asked for.
        async with self._turn:
            while (left := self.wait()) > 0:
                coarse = self.clock.world(left) - FINE
                if self._free and coarse <= 0:
                    await asyncio.sleep(0)
                    continue
                self._changed.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(coarse if self._free else None):
                        await self._changed.wait()
            free_at = heapq.heappop(self._free)
            gap = self.clock.monotonic() - max(free_at, self._not_before)
            slot = Slot(self, free_at, gap)
            self._under_way += 1
            self._mark(True)  # noqa: FBT003 - the only thing it says
            return slot

    async def admit(self, action: str) -> Window | None:
        """Wait until the limit of an action allows a request, and count it."""
        async with self._admitting:
            while (left := self.actions.wait(action)) > 0:
                self._changed.clear()
                seconds = None if math.isinf(left) else self.clock.world(left)
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._changed.wait()
            return self.actions.begin(action)

    def wait(self) -> float:
        """Return the seconds until a slot comes free, as far as that is known; at least 0."""
        now = self.clock.monotonic()
        free_at = self._free[0] if self._free else now + max(self.spacing, 1e-3)
        return max(free_at - now, self._not_before - now, 0.0)

    def rest(self, seconds: float) -> None:
        """Let every slot come free in so many seconds at the soonest; no resume ends this."""
        self.lost_at = now = self.clock.monotonic()
        self._rests_until = max(self._rests_until, now + seconds)
        self._free = [max(free_at, now + seconds) for free_at in self._free]

    def pause(self, seconds: float) -> None:
        """Hand out no slot for so many seconds from now."""
        self._not_before = max(self._not_before, self.clock.monotonic() + seconds)

    def resume(self) -> None:
        """End a pause; what the slots themselves keep stays."""
        self._not_before = 0.0
        self._changed.set()

    def give_back(self, slot: Slot, free_at: float, *, doubtful_until: float = 0.0) -> None:
        """Take a slot back; until `doubtful_until`, `per` isn't enough for a successor to wait."""
        self._under_way -= 1
        self.requests_under_way -= slot.is_used
        if slot.limit == self.changes:
            heapq.heappush(self._free, free_at)
        elif slot.is_used:
            self._earlier -= 1
            if not self._earlier:
                self._begin_anew()
        self._doubtful_until = max(self._doubtful_until, doubtful_until)
        if not self._under_way and self.clock.monotonic() >= self._doubtful_until:
            self._mark(False)  # noqa: FBT003 - the only thing it says
        self._changed.set()


class SlotSource:
    """
    Slots for one call: the one that it was given first, then new ones for all that it needs more.

    Re-sent requests, redirects and log-ins on the way each take their own.

    Args:
        first: The slot at hand.
        most: How many may be taken in all; None for as many as it needs.
        writing: Called just before a change is written that must be sent once; what it raises
            prevents that.

    Attributes:
        action: What is sent in the next one, for its limit.

    """

    def __init__(
        self,
        limiter: RateLimiter,
        first: Slot | None = None,
        *,
        most: int | None = None,
        writing: Callable[[], None] = lambda: None,
    ) -> None:
        self.writing = writing
        self._limiter = limiter
        self._first = first
        self._most = most
        self.taken = 0
        self.action = ""

    async def ready(self) -> None:
        """Wait for the next slot and keep it at hand: what is sent can be made in its time."""
        if self._first is None:
            self._first = await self._limiter.take()

    async def take(self) -> Slot:
        """
        Take the next slot.

        Raises:
            TrackerUnavailable: If there were enough.

        """
        if self.taken == self._most:
            raise TrackerUnavailable(f"{self._most} requests were not enough")
        while True:
            first, self._first = self._first, None
            slot = first or await self._limiter.take()
            try:
                await slot.admit(self.action)
            except BaseException:
                slot.unused()
                raise
            if slot.use():
                self.taken += 1
                return slot
            slot.unused()  # the limit has changed meanwhile

    def close(self) -> None:
        """Return the slot that was not used."""
        if self._first is not None:
            self._first.unused()
            self._first = None
