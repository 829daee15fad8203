"""
The rule of pace: what keeps the tracker's limit at the tracker.

A request is written no earlier than `per` after the headers of an earlier one came, with at
most `requests` of them at a time. The server saw the earlier request before its answer came
and sees the later one after it was written, so the rule holds for any delay between. A
request that ended without headers counts from the closing of its connection, and twice.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from contextlib import suppress

from gazelled.clock import Clock
from gazelled.errors import TrackerUnavailable

UNKNOWN_WINDOW = 6.0
"""The window, in seconds, of a tracker that refuses us although it is said to have no limit."""


FINE = 0.002
"""The last seconds before a slot comes free, of the world, which are not left to a timer.

Timers of the loop are a millisecond late and more. The loop turns instead until the slot is free,
so that it is taken hardly late, and never too early.
"""


class Slot:
    """
    The right to send one request now; it must be ended in exactly one way.

    Args:
        pacer: Who gave it.
        free_at: When it came free, to give it back unused.

    """

    __slots__ = ("_free_at", "_pacer")

    def __init__(self, pacer: RateLimiter, free_at: float) -> None:
        self._pacer = pacer
        self._free_at = free_at

    def answered(self) -> None:
        """End it: the headers of the answer came just now."""
        self._pacer.sent += 1
        self._pacer.give_back(self._pacer.clock.monotonic() + self._pacer.spacing)

    def lost(self) -> None:
        """End it: the connection was closed just now, without headers."""
        now = self._pacer.clock.monotonic()
        pacer = self._pacer
        pacer.sent += 1
        pacer.give_back(now + 2 * pacer.spacing, doubtful_until=now + pacer.per)

    def unused(self) -> None:
        """End it: nothing was sent."""
        self._pacer.give_back(self._free_at)


class RateLimiter:
    """
    Gives out slots.

    Args:
        clock: The passing of time.
        requests: How many requests the tracker takes in each `per`.
        per: The length of the tracker's window in seconds; 0 for no limit.
        first_after: Seconds before the first slot: what came before us isn't known.
        mark: Told whether a successor would have to wait longer: a request is under way, or one
            was just lost.

    Attributes:
        slowness: How many times longer than `per` is waited.
        sent: How many requests were sent, lost ones included.

    """

    def __init__(
        self,
        clock: Clock,
        *,
        requests: int,
        per: float,
        first_after: float,
        mark: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self.clock = clock
        self.per = per
        self.requests = requests
        self.slowness = 1
        self.sent = 0
        self._mark = mark
        self._free = [clock.monotonic() + first_after] * requests
        self._not_before = 0.0
        self._doubtful_until = 0.0
        self._under_way = 0
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()

    @property
    def window(self) -> float:
        """How long the tracker's window is, to the best of our knowledge."""
        return self.per or UNKNOWN_WINDOW

    @property
    def spacing(self) -> float:
        """How long a slot rests after an answer."""
        return self.per if self.slowness == 1 else self.window * self.slowness

    async def take(self) -> Slot:
        """Wait for a slot. Whoever asks first gets the first."""
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
            slot = Slot(self, heapq.heappop(self._free))
            self._under_way += 1
            self._mark(True)  # noqa: FBT003 - the only thing it says
            return slot

    def wait(self) -> float:
        """Tell the seconds until a slot comes free, as far as that is known; at least 0."""
        now = self.clock.monotonic()
        free_at = self._free[0] if self._free else now + max(self.spacing, 1e-3)
        return max(free_at - now, self._not_before - now, 0.0)

    def rest(self, seconds: float) -> None:
        """Let every slot come free in so many seconds at the soonest; nobody can end this."""
        soonest = self.clock.monotonic() + seconds
        self._free = [max(each, soonest) for each in self._free]

    def pause(self, seconds: float) -> None:
        """Give no slot for so many seconds from now."""
        self._not_before = max(self._not_before, self.clock.monotonic() + seconds)

    def resume(self) -> None:
        """End a pause; what the slots themselves keep stays."""
        self._not_before = 0.0
        self._changed.set()

    def give_back(self, free_at: float, *, doubtful_until: float = 0.0) -> None:
        """
        Take a slot back; called by the slot itself.

        Args:
            free_at: When it comes free again.
            doubtful_until: Until when `per` isn't enough for a successor to wait.

        """
        heapq.heappush(self._free, free_at)
        self._under_way -= 1
        self._doubtful_until = max(self._doubtful_until, doubtful_until)
        if not self._under_way and self.clock.monotonic() >= self._doubtful_until:
            self._mark(False)  # noqa: FBT003 - the only thing it says
        self._changed.set()


class SlotSource:
    """
    Slots for one call: the one that it was given first, then new ones for all that it needs more.

    Re-sent requests, redirects and log-ins on the way each take their own.

    Args:
        pacer: Where more come from.
        first: The slot at hand.
        most: How many may be taken in all; None for as many as it needs.

    Attributes:
        taken: How many were.

    """

    def __init__(
        self, pacer: RateLimiter, first: Slot | None = None, *, most: int | None = None
    ) -> None:
        self._pacer = pacer
        self._first = first
        self._most = most
        self.taken = 0

    async def ready(self) -> None:
        """Wait for the next slot and keep it at hand: what is sent can be made in its time."""
        if self._first is None:
            self._first = await self._pacer.take()

    async def take(self) -> Slot:
        """
        Take the next slot.

        Raises:
            Unavailable: If there were enough.

        """
        if self.taken == self._most:
            raise TrackerUnavailable(f"{self._most} requests were not enough")
        first, self._first = self._first, None
        slot = first or await self._pacer.take()
        self.taken += 1
        return slot

    def close(self) -> None:
        """Give back what was not used."""
        if self._first is not None:
            self._first.unused()
            self._first = None
