"""
The dispatcher: the only way to the tracker, one call after the other at the rule of pace.

Calls wait in one queue, ordered by the time of asking plus the patience of their lane.
Identical calls that wait or are under way share one request. Whatever keeps the tracker from
answering holds the whole queue, never a single call, so no consequence becomes a storm. Calls
that catch up rest between two of them, so that they take half of the limit at most.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from gazelled.clock import Clock
from gazelled.errors import Broken, Refused, Stopped, TrackerError, Unavailable
from gazelled.model import Answer, Call, Lane
from gazelled.tracker.classify import Consequence, Reply, Verdict
from gazelled.tracker.health import LONGEST_PAUSE, Health
from gazelled.tracker.pace import Pacer, Slot, SlotSource
from gazelled.tracker.session import Session

MOST_TRIES = 3
OVERDUE = 600.0


@dataclass(eq=False)
class _Entry:
    call: Call
    key: object
    order: float
    number: int
    tickets: set[Ticket] = field(default_factory=set)
    tries: int = 0
    began: float = 0.0
    answers_before: int = 0

    @property
    def catches_up(self) -> bool:
        """Whether nobody else waits for it."""
        return all(ticket.call.lane is Lane.CATCH_UP for ticket in self.tickets)

    def __lt__(self, other: _Entry) -> bool:
        return (self.order, self.number) < (other.order, other.number)


class Ticket:
    """
    One asker's part in a call: await it for the answer, cancel it, ask it how long.

    Args:
        dispatcher: Where it waits.
        entry: What it waits for.
        call: What was asked, and in which lane.

    """

    def __init__(self, dispatcher: Dispatcher, entry: _Entry, call: Call) -> None:
        self.call = call
        self._dispatcher = dispatcher
        self._entry = entry
        self.future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

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
        """Don't wait any longer; a call that nobody waits for isn't sent."""
        self.future.cancel()
        self._dispatcher.leave(self._entry, self)

    def fail(self, problem: TrackerError) -> None:
        """Tell the asker that there is no answer."""
        if not self.future.done():
            self.future.set_exception(problem)

    def expected(self) -> float:
        """Tell the seconds until the request is sent, as far as can be known; 0 once it is."""
        return self._dispatcher.expected(self._entry)


class Dispatcher:
    """
    Hands calls to the session at the pace of the pacer.

    Args:
        session: Who asks.
        pacer: Who gives the slots.
        health: What is known of the tracker's state; it holds the queue.
        clock: The passing of time.
        answered: Told each answer; must not block.

    """

    def __init__(
        self,
        session: Session,
        pacer: Pacer,
        health: Health,
        clock: Clock,
        *,
        answered: Callable[[Answer], None] = lambda _: None,
    ) -> None:
        self._session = session
        self._pacer = pacer
        self._clock = clock
        self._answered = answered
        self.health = health
        self._queue: list[_Entry] = []
        self._entries: dict[object, _Entry] = {}
        self._under_way: set[_Entry] = set()
        self._numbers = itertools.count()
        self._answers = 0
        self._caught_up = -math.inf
        self._ended = False
        self._changed = asyncio.Event()

    async def call(self, call: Call) -> Answer:
        """
        Ask the tracker and wait for its answer.

        A person is told at once when the tracker can't be asked now; a watch waits until it can.

        Raises:
            TrackerError: If there is no answer, by what can be done about it.

        """
        return await self.submit(call).answer()

    def submit(self, call: Call) -> Ticket:
        """
        Put a call into the queue.

        Raises:
            TrackerError: If a person asks while the tracker can't be asked.
            Unavailable: If the queue is served no more.

        """
        if self._ended:
            raise Unavailable("gazelled is stopping")
        if call.lane is Lane.PERSON and (problem := self.health.problem()):
            raise problem
        key: object = call.key if not call.writes else object()
        order = self._clock.monotonic() + call.lane.value
        entry = self._entries.get(key)
        if entry is None:
            entry = _Entry(call, key, order, next(self._numbers))
            self._entries[key] = entry
            heapq.heappush(self._queue, entry)
        elif entry not in self._under_way and order < entry.order:
            entry.order = order
            heapq.heapify(self._queue)
        ticket = Ticket(self, entry, call)
        entry.tickets.add(ticket)
        self._changed.set()
        return ticket

    def leave(self, entry: _Entry, ticket: Ticket) -> None:
        """Take an asker away from a call; called by the ticket itself."""
        entry.tickets.discard(ticket)
        if not entry.tickets and entry not in self._under_way:
            self._forget(entry)
            with suppress(ValueError):
                self._queue.remove(entry)
                heapq.heapify(self._queue)

    def expected(self, entry: _Entry) -> float:
        """Tell the seconds until an entry is sent, as far as can be known."""
        if entry in self._under_way or entry not in self._queue:
            return 0.0
        ahead = [other for other in self._queue if other < entry]
        wait = max(self._pacer.wait(), self.health.held_for() or 0.0)
        expected = wait + len(ahead) // self._pacer.requests * self._pacer.spacing
        if not entry.catches_up:
            return expected
        before = sum(other.catches_up for other in ahead)
        return max(expected, self._rest() + before * self._respite)

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return len(self._queue)

    @property
    def sent(self) -> int:
        """How many requests were sent since the start, lost ones included."""
        return self._pacer.sent

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not self._queue and not self._under_way

    def overdue(self) -> str:
        """Name a request that should have ended long ago; nothing when there is none."""
        now = self._clock.monotonic()
        for entry in self._under_way:
            # Its log-in, re-sends and redirects each wait for slots and have deadlines too.
            if now - entry.began > 10 * (entry.call.deadline + self._pacer.per) + OVERDUE:
                return str(entry.call)
        return ""

    @property
    def session(self) -> Session:
        """Who asks."""
        return self._session

    def wait(self) -> float:
        """Tell the seconds until something could be sent, whatever waits."""
        return self._pacer.wait()

    def slots(self, most: int) -> SlotSource:
        """Give out at most so many slots, for `look`; they must be closed."""
        return SlotSource(self._pacer, most=most)

    async def look(self, session: Session, call: Call, slots: SlotSource) -> Verdict:
        """
        Ask for a check: at the pace, but past the queue and what holds it.

        Args:
            session: Who asks: ours, or one made of it.
            call: What to ask.
            slots: Where it takes its slots.

        """
        self._pacer.slowness = self.health.budget.slowness
        verdict = await session.ask(call, slots)
        if verdict.consequence is Consequence.LIMITED:
            await self._pause(verdict)
        elif verdict.after:
            self._pacer.pause(min(verdict.after, LONGEST_PAUSE))
        return verdict

    async def resume(self) -> None:
        """Ask again at once, whatever held the queue: a person says so."""
        await self._session.resume()
        self._pacer.resume()
        await self.health.resume()
        self._changed.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve the queue; what waits at the end is told that it won't be asked."""
        problem: Exception | None = None
        async with asyncio.TaskGroup() as group:
            workers = [
                group.create_task(self._work(), name=f"dispatcher {number}")
                for number in range(self._pacer.requests)
            ]
            try:
                yield
            except Exception as error:  # noqa: BLE001 - raised again, but not as a group
                problem = error
            finally:
                for worker in workers:
                    worker.cancel()
                self._ended = True
                for entry in [*self._entries.values()]:
                    self._fail(entry, Unavailable("gazelled is stopping"))
        if problem:
            raise problem

    async def _work(self) -> None:
        while True:
            await self._until_served()
            self._pacer.slowness = self.health.budget.slowness
            slot = await self._pacer.take()
            entry = self._next()
            if entry is None or self.health.held_for() != 0.0:
                slot.unused()
                continue
            self._queue.remove(entry)
            heapq.heapify(self._queue)
            entry.began = self._clock.monotonic()
            self._under_way.add(entry)
            catches_up = entry.catches_up
            if catches_up:
                self._caught_up = entry.began
            try:
                await self._serve(entry, slot)
            finally:
                if catches_up:
                    self._caught_up = self._clock.monotonic()

    def _next(self) -> _Entry | None:
        """Tell whose turn it is: the first in the queue, but what catches up may have to rest."""
        if self._queue and self._queue[0].catches_up and self._rest() > 0:
            return min((each for each in self._queue if not each.catches_up), default=None)
        return self._queue[0] if self._queue else None

    @property
    def _respite(self) -> float:
        """How many seconds lie between two calls that catch up: half of the limit is left."""
        return 2 * self._pacer.spacing / self._pacer.requests

    def _rest(self) -> float:
        """Tell the seconds until a call that catches up may be sent."""
        return max(self._caught_up + self._respite - self._clock.monotonic(), 0.0)

    async def _until_served(self) -> None:
        """Wait until something waits and nothing holds it back."""
        while True:
            self._changed.clear()
            held = self.health.held_for()
            if held == 0.0 and self._next():
                return
            seconds = held if held != 0.0 else self._rest()
            left = None if not self._queue or seconds is None else self._clock.world(seconds)
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()

    async def _serve(self, entry: _Entry, slot: Slot) -> None:
        slots = SlotSource(self._pacer, slot)
        try:
            verdict = await self._session.ask(entry.call, slots)
        finally:
            slots.close()
            self._under_way.discard(entry)
        if verdict.after and verdict.consequence is not Consequence.LIMITED:
            self._pacer.pause(min(verdict.after, LONGEST_PAUSE))
        match verdict.consequence:
            case Consequence.OK if verdict.reply:
                await self._settle(entry, verdict.payload, verdict.reply)
            case Consequence.LIMITED:
                await self._limited(entry, verdict)
            case Consequence.STOPPED:
                await self.health.stop(verdict.text)
                self._requeue(entry)
                self._tell_persons(Stopped(verdict.text))
            case Consequence.UNAVAILABLE:
                await self.health.failed(verdict.text, after=verdict.after)
                self._again(entry, Unavailable(verdict.text, after=verdict.after))
            case Consequence.BROKEN:
                await self._up()
                raw = verdict.reply.body if verdict.reply else b""
                self._fail(entry, Broken(verdict.text, raw=raw))
            case _:
                await self._up()
                self._fail(entry, Refused(verdict.text))

    async def _up(self) -> None:
        self._answers += 1
        await self.health.answered()
        self._changed.set()

    async def _settle(self, entry: _Entry, payload: object, reply: Reply) -> None:
        await self._up()
        answer = Answer(entry.call, payload, reply.body, reply.at, reply.took)
        self._forget(entry)
        for ticket in entry.tickets:
            if not ticket.future.done():
                ticket.future.set_result(answer)
        self._answered(answer)

    async def _pause(self, verdict: Verdict) -> None:
        window = self._pacer.window
        self._pacer.pause(window)  # before anything that others could use to slip through
        seconds = await self.health.limited(window, after=verdict.after)
        self._pacer.pause(seconds)

    async def _limited(self, entry: _Entry, verdict: Verdict) -> None:
        await self._pause(verdict)
        if entry.call.writes:
            self._fail(entry, Unavailable("the tracker's limit was reached; nothing was changed"))
        else:
            self._requeue(entry)

    def _again(self, entry: _Entry, problem: TrackerError) -> None:
        """
        Keep the asking of those who can wait; give up a call that fails while others succeed.

        A person waits for nothing; nothing that writes is sent twice.
        """
        if not entry.tries:
            entry.answers_before = self._answers
        entry.tries += 1
        if entry.tries >= MOST_TRIES and self._answers > entry.answers_before:
            self._fail(entry, problem)
            return
        lane = Lane.CATCH_UP if entry.catches_up else Lane.WATCH
        entry.order = self._clock.monotonic() + lane.value
        self._requeue(entry)
        self._tell_persons(problem)

    def _tell_persons(self, problem: TrackerError) -> None:
        """Fail what persons wait for, and what must not be sent again."""
        for entry in [*self._queue]:
            for ticket in [*entry.tickets]:
                if ticket.call.lane is Lane.PERSON or ticket.call.writes:
                    ticket.fail(problem)
                    self.leave(entry, ticket)

    def _requeue(self, entry: _Entry) -> None:
        if entry.tickets:
            heapq.heappush(self._queue, entry)
            self._changed.set()
        else:
            self._forget(entry)

    def _fail(self, entry: _Entry, problem: TrackerError) -> None:
        self._forget(entry)
        for ticket in [*entry.tickets]:
            ticket.fail(problem)

    def _forget(self, entry: _Entry) -> None:
        if self._entries.get(entry.key) is entry:
            del self._entries[entry.key]
