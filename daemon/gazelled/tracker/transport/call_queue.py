"""Calls that wait for their turn or are under way, and who waits for them."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from gazelled.errors import TrackerError, TrackerUnavailable
from gazelled.model import Answer, Call, Lane
from gazelled.tracker.forms.form import AnswerLost


class Abandoned(TrackerUnavailable):
    """A change was not sent, since whoever asked for it does so no longer."""


class ServedCall(NamedTuple):
    """
    A call that was sent, and how that ended.

    Attributes:
        outcome: What followed: `ok`, `limited`, `unavailable`, … .
        waited: The seconds that it waited for its slot.
        gap: The seconds between the instant the limit allowed it, or any other, and its sending.

    """

    call: Call
    outcome: str
    waited: float
    gap: float


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """
    A call that waits or is under way.

    Attributes:
        lane: The most urgent lane of all who asked for it.
        seconds: After how many seconds it is expected to be sent; 0 once it is.
        tries: How often it failed already.

    """

    call: Call
    lane: Lane
    seconds: float
    tries: int


@dataclass(eq=False)
class QueuedCall:
    """
    A request that waits or is under way, with all who asked for it.

    Attributes:
        key: What makes two calls the same request.
        order: Its place in the queue: the time of asking plus the patience of the lane.
        number: Decides between equal places.
        since: When it was put into the queue, in monotonic seconds; anew when it is asked again.
        answers_before: How many answers there were when it failed for the first time.
        failing_since: Since when its action was failing then.
        written: Whether it is a change that was written, so that it may have been carried out.

    """

    call: Call
    key: object
    order: float
    number: int
    since: float = 0.0
    tickets: set[Ticket] = field(default_factory=set)
    tries: int = 0
    began: float = 0.0
    answers_before: int = 0
    failing_since: datetime | None = None
    written: bool = False

    @property
    def asked_by_person(self) -> bool:
        """Whether a person waits for it, who wants to know how it is now."""
        return any(ticket.call.lane is Lane.PERSON for ticket in self.tickets)

    @property
    def lane(self) -> Lane:
        """The most urgent lane of all who asked for it."""
        lanes = (ticket.call.lane for ticket in self.tickets)
        return min(lanes, key=lambda lane: lane.value, default=self.call.lane)

    @property
    def catches_up(self) -> bool:
        """Whether nobody else waits for it."""
        return all(ticket.call.lane is Lane.CATCH_UP for ticket in self.tickets)

    @property
    def patience(self) -> float:
        """How many seconds it lets others go first when it is asked again."""
        lanes = (float(ticket.call.lane.value) for ticket in self.tickets)
        return max(float(Lane.WATCH.value), min(lanes, default=float(Lane.CATCH_UP.value)))

    def write(self) -> None:
        """Note that a change is written now; raise Abandoned if nobody waits for it any more."""
        if not self.tickets:
            raise Abandoned("nobody waits for it any more")
        self.written = True

    def __lt__(self, other: QueuedCall) -> bool:
        return (self.order, self.number) < (other.order, other.number)


class Ticket:
    """One asker's part in a call: await it for the answer, cancel it, ask it how long."""

    def __init__(
        self,
        queue: CallQueue,
        queued: QueuedCall,
        call: Call,
        expected: Callable[[QueuedCall], float],
    ) -> None:
        self.call = call
        self._queue = queue
        self._queued = queued
        self._expected = expected
        self.future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        queued.tickets.add(self)

    async def answer(self) -> Answer:
        """
        Wait for the answer; cancelling the wait cancels the ticket.

        Raises:
            TrackerError: If there is none, by what can be done about it.

        """
        try:
            return await self.future
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Wait no longer; a call that nobody waits for isn't sent."""
        self.future.cancel()
        self._queue.leave(self._queued, self)

    def fail(self, problem: TrackerError) -> None:
        if not self.future.done():
            self.future.set_exception(problem)

    def expected(self) -> float:
        """Return the seconds until the request is sent, as far as can be known; 0 once it is."""
        return self._expected(self._queued)


class CallQueue:
    """The calls in their order, `waiting` as a heap; identical calls share one request."""

    def __init__(self) -> None:
        self.waiting: list[QueuedCall] = []
        self.under_way: set[QueuedCall] = set()
        self._by_key: dict[object, QueuedCall] = {}
        self._numbers = itertools.count()

    def join(self, call: Call, order: float, now: float = 0.0) -> QueuedCall:
        """Add a call, or join the equal one that is there; the earlier place counts."""
        key: object = object() if call.writes else call.key
        queued = self._by_key.get(key)
        if queued is None:
            queued = self._by_key[key] = QueuedCall(call, key, order, next(self._numbers), now)
            heapq.heappush(self.waiting, queued)
        elif queued not in self.under_way and order < queued.order:
            queued.order = order
            heapq.heapify(self.waiting)
        return queued

    def leave(self, queued: QueuedCall, ticket: Ticket) -> None:
        """Take an asker away; what nobody waits for and isn't under way is dropped."""
        queued.tickets.discard(ticket)
        if not queued.tickets and queued not in self.under_way:
            self.forget(queued)
            self.take([queued])

    def begin(self, queued: QueuedCall, now: float) -> None:
        self.take([queued])
        queued.began = now
        self.under_way.add(queued)

    def take(self, calls: Iterable[QueuedCall]) -> None:
        gone = {*calls}
        self.waiting = [queued for queued in self.waiting if queued not in gone]
        heapq.heapify(self.waiting)

    def again(self, queued: QueuedCall, now: float) -> bool:
        """Put back a call that must be asked again, if anybody still waits; return whether so."""
        if queued.tickets:
            queued.since = now
            heapq.heappush(self.waiting, queued)
            return True
        self.forget(queued)
        return False

    def fail(self, queued: QueuedCall, problem: TrackerError) -> None:
        self.forget(queued)
        for ticket in [*queued.tickets]:
            ticket.fail(problem)

    def fail_all(self, problem: TrackerError) -> None:
        """Fail what waits and what is under way, of which a change may have been carried out."""
        for queued in [*self._by_key.values()]:
            self.fail(queued, AnswerLost(str(problem)) if queued.written else problem)

    @property
    def changing(self) -> bool:
        """Whether a form is under way: what is read meanwhile may be older than its change."""
        return any(queued.call.form for queued in self.under_way)

    def part(self) -> None:
        """Prevent later calls from joining those under way, which may be older than a change."""
        for queued in self.under_way:
            self.forget(queued)
            queued.key = object()
            self._by_key[queued.key] = queued

    def forget(self, queued: QueuedCall) -> None:
        """Let the next equal call be a request of its own."""
        if self._by_key.get(queued.key) is queued:
            del self._by_key[queued.key]
