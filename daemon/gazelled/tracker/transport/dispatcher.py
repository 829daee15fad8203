"""
The dispatcher: the only way to the tracker, one call after the other at the rule of pace.

Calls wait in one queue, ordered by the time of asking plus the patience of their lane.
Identical calls that wait or are under way share one request. What keeps the tracker from
answering holds the whole queue; an action that fails while others are answered holds only its own
calls. Either way the pauses grow, so no consequence becomes a storm. Calls that catch up rest
between two of them, so that they take half of the limit at most.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from gazelled.clock import Clock
from gazelled.errors import (
    ActionRequired,
    BadAnswer,
    RequestRefused,
    TrackerError,
    TrackerUnavailable,
)
from gazelled.model import Answer, Call, Lane
from gazelled.tracker.answers.action_health import FailingAction, page_of
from gazelled.tracker.answers.classification import Consequence, Reply, Verdict
from gazelled.tracker.answers.health import LONGEST_PAUSE, Health
from gazelled.tracker.login.session import Session
from gazelled.tracker.transport.call_queue import Entry, Ticket
from gazelled.tracker.transport.rate_limiter import RateLimiter, Slot, SlotSource

MOST_TRIES = 3
OVERDUE = 600.0


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
        pacer: RateLimiter,
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
        self._queue: list[Entry] = []
        self._entries: dict[object, Entry] = {}
        self._under_way: set[Entry] = set()
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
            Unavailable: If the queue is served no more, or anybody else asks for an action that is
                known to fail and rests; a person's call of it is tried.

        """
        if self._ended:
            raise TrackerUnavailable("gazelled is stopping")
        if call.lane is Lane.PERSON:
            if problem := self.health.problem():
                raise problem
        elif (failing := self.health.actions.of(call)) and self._rests(failing, call):
            raise self._known(failing, call)
        key: object = call.key if not call.writes else object()
        now = self._clock.monotonic()
        order = min(now, now if call.asked_at is None else call.asked_at) + call.lane.value
        entry = self._entries.get(key)
        if entry is None:
            entry = Entry(call, key, order, next(self._numbers))
            self._entries[key] = entry
            heapq.heappush(self._queue, entry)
        elif entry not in self._under_way and order < entry.order:
            entry.order = order
            heapq.heapify(self._queue)
        ticket = Ticket(self, entry, call)
        entry.tickets.add(ticket)
        self._changed.set()
        return ticket

    def leave(self, entry: Entry, ticket: Ticket) -> None:
        """Take an asker away from a call; called by the ticket itself."""
        entry.tickets.discard(ticket)
        if not entry.tickets and entry not in self._under_way:
            self._forget(entry)
            with suppress(ValueError):
                self._queue.remove(entry)
                heapq.heapify(self._queue)

    def expected(self, entry: Entry) -> float:
        """Tell the seconds until an entry is sent, as far as can be known."""
        if entry in self._under_way or entry not in self._queue:
            return 0.0
        ahead = [other for other in self._queue if other < entry]
        wait = max(self._pacer.wait(), self.health.held_for() or 0.0, self._action_rest(entry))
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
            seconds = min(verdict.after, LONGEST_PAUSE)
            self._pacer.pause(seconds)
            await self.health.keep_pause(seconds, verdict.text)
        return verdict

    def stand_by(self, problem: TrackerError) -> None:
        """Send nothing, since the account is another process's."""
        self.health.elsewhere = problem
        self._tell_persons(problem)

    def take_over(self) -> None:
        """Send what waits: the account is this process's now."""
        if self.health.elsewhere:
            self.health.elsewhere = None
            self._changed.set()

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
                    self._fail(entry, TrackerUnavailable("gazelled is stopping"))
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

    def _next(self) -> Entry | None:
        """Return whose turn it is: the first in the queue that doesn't have to rest."""
        if not self._queue or not self._entry_rest(self._queue[0]):
            return self._queue[0] if self._queue else None
        return min((each for each in self._queue if not self._entry_rest(each)), default=None)

    @property
    def _respite(self) -> float:
        """How many seconds lie between two calls that catch up: half of the limit is left."""
        return 2 * self._pacer.spacing / self._pacer.requests

    def _rest(self) -> float:
        """Tell the seconds until a call that catches up may be sent."""
        return max(self._caught_up + self._respite - self._clock.monotonic(), 0.0)

    def _action_rest(self, entry: Entry) -> float:
        """Return the seconds until the action of a call may be asked; a person's is tried."""
        return 0.0 if entry.asked_by_person else self.health.actions.held_for(entry.call)

    def _entry_rest(self, entry: Entry) -> float:
        """Return the seconds until a call may be sent, as far as itself is concerned."""
        rest = self._action_rest(entry)
        return max(rest, self._rest()) if entry.catches_up else rest

    async def _until_served(self) -> None:
        """Wait until something waits and nothing holds it back."""
        while True:
            self._changed.clear()
            held = self.health.held_for()
            if held == 0.0 and self._next():
                return
            rests = min((self._entry_rest(each) for each in self._queue), default=None)
            seconds = held if held != 0.0 else rests
            left = None if not self._queue or seconds is None else self._clock.world(seconds)
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()

    async def _serve(self, entry: Entry, slot: Slot) -> None:
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
                self._tell_persons(ActionRequired(verdict.text))
            case Consequence.ELSEWHERE:
                self._requeue(entry)
                self.stand_by(self._session.taken or TrackerUnavailable(verdict.text))
            case Consequence.UNAVAILABLE:
                await self._unavailable(entry, verdict)
            case Consequence.BROKEN:
                await self._up(entry)
                raw = verdict.reply.body if verdict.reply else b""
                self._fail(entry, BadAnswer(verdict.text, raw=raw))
            case _:
                await self._up(entry)
                self._fail(entry, RequestRefused(verdict.text))

    async def _up(self, entry: Entry) -> None:
        self._answers += 1
        await self.health.answered(entry.call)
        self._changed.set()

    async def _settle(self, entry: Entry, payload: object, reply: Reply) -> None:
        await self._up(entry)
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

    async def _limited(self, entry: Entry, verdict: Verdict) -> None:
        await self._pause(verdict)
        if entry.call.writes:
            self._fail(
                entry, TrackerUnavailable("the tracker's limit was reached; nothing was changed")
            )
        else:
            self._requeue(entry)
        if problem := self.health.problem():  # the pause is longer than a person is made to wait
            self._tell_persons(problem)

    async def _unavailable(self, entry: Entry, verdict: Verdict) -> None:
        if verdict.tracker_wide:
            await self.health.failed(
                entry.call, verdict.text, after=verdict.after, explained=verdict.explained
            )
        elif failing := await self.health.action_failed(entry.call, verdict.text):
            self._rest_action(entry, failing)
            return
        problem = self.health.problem()
        self._again(entry, problem or TrackerUnavailable(verdict.text, after=verdict.after))

    def _rests(self, failing: FailingAction, call: Call) -> bool:
        return failing.known and self.health.actions.held_for(call) > 0

    def _known(self, failing: FailingAction, call: Call) -> TrackerUnavailable:
        rest = self.health.actions.held_for(call)
        since = f" (since {failing.since.astimezone():%H:%M})" if failing.tries > 1 else ""
        text = f"{failing.name} can't be answered{since}: {failing.text}"
        return TrackerUnavailable(text, after=rest, action=failing.name)

    def _rest_action(self, entry: Entry, failing: FailingAction) -> None:
        """
        Keep the asking of those who can wait until the action has rested.

        Who can do without it is told at once, and everyone is when it is known to fail. A call that
        fails again and again while others of its action are answered is its own trouble.
        """
        problem = self._known(failing, entry.call)
        if not entry.tries:
            entry.failing_since = failing.since
        entry.tries += 1
        if entry.tries >= MOST_TRIES and entry.failing_since != failing.since:
            self._fail(entry, TrackerUnavailable(failing.text))
        elif failing.known:
            same = {each for each in self._queue if page_of(each.call) == failing.name}
            told = {entry, *(each for each in same if not each.asked_by_person)}
            self._queue = [each for each in self._queue if each not in told]
            heapq.heapify(self._queue)
            for each in told:
                self._fail(each, problem)
        else:
            entry.order = self._clock.monotonic() + self._patience(entry)
            self._requeue(entry)
            self._tell(entry, problem, dispensable=True)

    def _again(self, entry: Entry, problem: TrackerError) -> None:
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
        entry.order = self._clock.monotonic() + self._patience(entry)
        self._requeue(entry)
        self._tell_persons(problem)

    def _patience(self, entry: Entry) -> float:
        patience: float = (Lane.CATCH_UP if entry.catches_up else Lane.WATCH).value
        return patience

    def _tell_persons(self, problem: TrackerError) -> None:
        """Fail what persons wait for, and what must not be sent again."""
        for entry in [*self._queue]:
            self._tell(entry, problem)

    def _tell(self, entry: Entry, problem: TrackerError, *, dispensable: bool = False) -> None:
        for ticket in [*entry.tickets]:
            call = ticket.call
            if call.lane is Lane.PERSON or call.writes or (dispensable and call.dispensable):
                ticket.fail(problem)
                self.leave(entry, ticket)

    def _requeue(self, entry: Entry) -> None:
        if entry.tickets:
            heapq.heappush(self._queue, entry)
            self._changed.set()
        else:
            self._forget(entry)

    def _fail(self, entry: Entry, problem: TrackerError) -> None:
        self._forget(entry)
        for ticket in [*entry.tickets]:
            ticket.fail(problem)

    def _forget(self, entry: Entry) -> None:
        if self._entries.get(entry.key) is entry:
            del self._entries[entry.key]
