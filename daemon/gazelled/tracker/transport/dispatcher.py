"""
The dispatcher: the only way to the tracker, one call after the other within its rate limit.

Calls wait in one queue, ordered by the time of asking plus the patience of their lane.
Identical calls that wait or are under way share one request. What keeps the tracker from
answering holds the whole queue; an action that fails while others are answered holds only its own
calls. Either way the pauses grow, so no consequence becomes a storm. Calls that catch up rest
between two of them, so that they take half of the limit at most.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from gazelled.clock import Clock
from gazelled.errors import (
    ActionRequired,
    BadAnswer,
    Reason,
    RequestRefused,
    TrackerError,
    TrackerUnavailable,
)
from gazelled.model import Answer, Call, Lane
from gazelled.text import local_time
from gazelled.tracker.answers.action_health import FailingAction, page_of
from gazelled.tracker.answers.classification import Consequence, HttpReply, Verdict
from gazelled.tracker.answers.health import LONGEST_PAUSE, TrackerHealth
from gazelled.tracker.event_log import event_logger
from gazelled.tracker.forms.form import AnswerLost
from gazelled.tracker.login.session import Session
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.call_queue import (
    CallQueue,
    ExpectedCall,
    QueuedCall,
    ServedCall,
    Ticket,
)
from gazelled.tracker.transport.rate_limiter import RateLimiter, Slot, SlotSource

log = event_logger(__name__)

MOST_TRIES = 3
OVERDUE = 600.0


class Dispatcher:
    """
    Hands calls to the session as the rate limiter and the tracker's health let it.

    Args:
        health: What is known of the tracker's state; it holds the queue.
        answered: Called with each answer; must not block.
        failed: Called with each request that got no usable answer, why, and in how many seconds it
            is sent again, None if it isn't; must not block.
        served: Called with each call that was sent, however that ended; must not block.

    Attributes:
        stops_are_final: Whether nobody can end a stop, so that no call waits for that.

    """

    def __init__(
        self,
        session: Session,
        limiter: RateLimiter,
        health: TrackerHealth,
        clock: Clock,
        *,
        answered: Callable[[Answer], None] = lambda _: None,
        failed: Callable[[Call, str, float | None], None] = lambda *_: None,
        served: Callable[[ServedCall], None] = lambda _: None,
    ) -> None:
        self.session = session
        self.health = health
        self._limiter = limiter
        self._clock = clock
        self._answered = answered
        self._failed = failed
        self._served = served
        self.stops_are_final = False
        self._queue = CallQueue()
        self._answers = 0
        self._caught_up = -math.inf
        self._ended = False
        self._changed = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._group: asyncio.TaskGroup | None = None

    async def call(self, call: Call) -> Answer:
        """
        Ask the tracker and wait for its answer.

        A person gets an error at once when the tracker can't be asked now; a watch waits for it.

        Raises:
            TrackerError: If there is no answer; its class says what to do.

        """
        return await self.submit(call).answer()

    def submit(self, call: Call) -> Ticket:
        """
        Put a call into the queue.

        Raises:
            TrackerError: If a person asks while the tracker can't be asked.
            TrackerUnavailable: If the queue is served no more, or anybody else asks for an action
                that is known to fail and rests; a person's call of it is tried.

        """
        if self._ended:
            raise TrackerUnavailable("gazelled is stopping")
        problem = self.health.problem()
        if problem and (call.lane is Lane.PERSON or self._is_final(problem)):
            raise problem
        if call.lane is not Lane.PERSON and (
            (failing := self.health.actions.of(call))
            and failing.known
            and self.health.actions.held_for(call) > 0
        ):
            raise self._failing_error(failing, call)
        now = self._clock.monotonic()
        asked_at = now if call.asked_at is None else min(now, call.asked_at)
        queued = self._queue.join(call, asked_at + call.lane.value, now)
        ticket = Ticket(self._queue, queued, call, self._expected)
        self._changed.set()
        return ticket

    def _expected(self, queued: QueuedCall) -> float:
        waiting = self._queue.waiting
        if queued in self._queue.under_way or queued not in waiting:
            return 0.0
        ahead = [other for other in waiting if other < queued]
        wait = max(self._limiter.wait(), self.health.held_for() or 0.0, self._action_rest(queued))
        expected = wait + len(ahead) // self._limiter.requests * self._limiter.spacing
        if not queued.catches_up:
            return expected
        before = sum(other.catches_up for other in ahead)
        return max(expected, self._catch_up_rest() + before * self._respite)

    @property
    def waiting(self) -> int:
        return len(self._queue.waiting)

    def expected_calls(self) -> list[ExpectedCall]:
        """Return the calls under way and those that wait, in the order in which they are due."""
        due = sorted(self._queue.waiting)
        return [
            ExpectedCall(queued.call, queued.lane, self._expected(queued), queued.tries)
            for queued in [*self._queue.under_way, *due]
        ]

    @property
    def waiting_by_lane(self) -> Mapping[Lane, int]:
        """How many requests wait, by the lane of whoever asked first."""
        counts = Counter(queued.call.lane for queued in self._queue.waiting)
        return {lane: counts[lane] for lane in Lane}

    @property
    def sent(self) -> int:
        """How many requests were sent since the start, lost ones included."""
        return self._limiter.sent

    @property
    def idle(self) -> bool:
        return not self._queue.waiting and not self._queue.under_way

    def overdue(self) -> str:
        """Return a request that should have ended long ago; empty when there is none."""
        now = self._clock.monotonic()
        for queued in self._queue.under_way:
            # Its log-in, re-sends and redirects each wait for slots and have deadlines too.
            if now - queued.began > 10 * (queued.call.deadline + self._limiter.per) + OVERDUE:
                return str(queued.call)
        return ""

    def wait(self) -> float:
        """Return the seconds until something could be sent, whatever waits."""
        return self._limiter.wait()

    def slots(self, most: int) -> SlotSource:
        """Return at most so many slots, for `look`; they must be closed."""
        return SlotSource(self._limiter, most=most)

    async def look(self, session: Session, call: Call, slots: SlotSource) -> Verdict:
        """Send a call for a check: within the rate limit, but past the queue and what holds it."""
        self._limiter.slowness = self.health.shared_use.slowness
        verdict = await session.ask(call, slots)
        if verdict.consequence is Consequence.LIMITED:
            await self._pause(verdict)
        elif verdict.after:
            seconds = min(verdict.after, LONGEST_PAUSE)
            self._limiter.pause(seconds)
            await self.health.keep_pause(seconds, verdict.text)
        return verdict

    def stand_by(self, problem: TrackerError) -> None:
        """Send nothing, since the account is another process's."""
        self.health.elsewhere = problem
        self._fail_persons(problem)

    def take_over(self) -> None:
        """Send what waits: the account is this process's now."""
        if self.health.elsewhere:
            self.health.elsewhere = None
            self._changed.set()

    def hold(self, problem: TrackerError | None) -> None:
        """Send nothing while answers can't be kept; None ends that."""
        self.health.unkept = problem
        if problem:
            self._fail_persons(problem)
        self._changed.set()

    def follow(self, site: Site) -> None:
        """Keep another limit of the site from now on; what was sent before counts by both."""
        self.session.follow(site)
        self._limiter.change(requests=site.requests, per=site.per, limits=site.limits)
        self._start_workers()
        self._changed.set()

    async def resume(self) -> None:
        """Ask again at once, whatever held the queue: a person has said so."""
        await self.session.resume()
        self._limiter.resume()
        await self.health.resume()
        self._changed.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve the queue; what waits at the end fails."""
        problem: Exception | None = None
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._start_workers()
            try:
                yield
            except Exception as error:  # noqa: BLE001 - raised again, but not as a group
                problem = error
            finally:
                self._group, self._ended = None, True
                for worker in self._workers:
                    worker.cancel()
                self._queue.fail_all(TrackerUnavailable("gazelled is stopping"))
        if problem:
            raise problem

    def _start_workers(self) -> None:
        """Start a worker for each request of the limit; those of an earlier one find no slot."""
        while self._group and len(self._workers) < self._limiter.requests:
            name = f"dispatcher {len(self._workers)}"
            self._workers.append(self._group.create_task(self._work(), name=name))

    async def _work(self) -> None:
        while True:
            await self._until_served()
            self._limiter.slowness = self.health.shared_use.slowness
            slot = await self._limiter.take()
            # While this worker waited for its slot, another one may have taken the call or been
            # told to stop, so both are decided only now.
            queued = self._next()
            if queued is None or self.health.held_for() != 0.0 or self._queue.changing:
                slot.unused()
                continue
            self._queue.begin(queued, self._clock.monotonic())
            catches_up = queued.catches_up
            if catches_up:
                self._caught_up = queued.began
            try:
                await self._serve(queued, slot)
            finally:
                if catches_up:
                    self._caught_up = self._clock.monotonic()

    def _next(self) -> QueuedCall | None:
        """Return whose turn it is: the first in the queue that doesn't have to rest."""
        waiting = self._queue.waiting
        if not waiting or not self._rest(waiting[0]):
            return waiting[0] if waiting else None
        return min((queued for queued in waiting if not self._rest(queued)), default=None)

    @property
    def _respite(self) -> float:
        """How many seconds lie between two calls that catch up: half of the limit is left."""
        return 2 * self._limiter.spacing / self._limiter.requests

    def _catch_up_rest(self) -> float:
        return max(self._caught_up + self._respite - self._clock.monotonic(), 0.0)

    def _action_rest(self, queued: QueuedCall) -> float:
        """Return the seconds until the action of a call may be asked; a person's is tried."""
        return 0.0 if queued.asked_by_person else self.health.actions.held_for(queued.call)

    def _rest(self, queued: QueuedCall) -> float:
        """Return the seconds until a call may be sent, as far as itself is concerned."""
        rest = self._action_rest(queued)
        return max(rest, self._catch_up_rest()) if queued.catches_up else rest

    async def _until_served(self) -> None:
        while True:
            # Cleared before looking: what changes from here on wakes the wait below.
            self._changed.clear()
            held = self.health.held_for()
            changing = self._queue.changing
            if held == 0.0 and not changing and self._next():
                return
            rests = min((self._rest(queued) for queued in self._queue.waiting), default=None)
            seconds = held if held != 0.0 else rests
            idle = changing or not self._queue.waiting or seconds is None
            with suppress(TimeoutError):
                async with asyncio.timeout(None if idle else self._clock.world(seconds or 0.0)):
                    await self._changed.wait()

    async def _serve(self, queued: QueuedCall, slot: Slot) -> None:
        slots, session = SlotSource(self._limiter, slot, writing=queued.write), self.session
        try:
            verdict = await session.ask(queued.call, slots)
        finally:
            slots.close()
            self._queue.under_way.discard(queued)
            if queued.call.writes:
                self._queue.part()
                self._changed.set()
        outcome, waited = verdict.consequence.name.lower(), queued.began - queued.since
        call = queued.call
        log.debug("request.served", action=call.action, outcome=outcome, request=call.request)
        self._served(ServedCall(call, outcome, waited, slot.gap))
        if session is not self.session and verdict.reason is Reason.CREDENTIALS:
            if not queued.call.writes:  # it was refused for what is in use no more
                self._ask_again(queued)
                return
            verdict = replace(verdict, consequence=Consequence.REFUSED)
        await self._follow(queued, verdict)
        if verdict.consequence is not Consequence.OK:
            again = self._expected(queued) if queued in self._queue.waiting else None
            self._failed(queued.call, verdict.text, again)

    async def _follow(self, queued: QueuedCall, verdict: Verdict) -> None:
        """Do what follows from a reply: for the call, the queue and the tracker's health."""
        if verdict.after and verdict.consequence is not Consequence.LIMITED:
            self._limiter.pause(min(verdict.after, LONGEST_PAUSE))
        match verdict.consequence:
            case Consequence.OK if verdict.reply:
                await self._settle(queued, verdict.payload, verdict.reply)
            case Consequence.LIMITED:
                await self._limited(queued, verdict)
            case Consequence.STOPPED:
                await self.health.stop(verdict.text, verdict.reason)
                self._ask_again(queued)
                self._fail_persons(ActionRequired(verdict.text, reason=verdict.reason))
            case Consequence.ELSEWHERE:
                self._ask_again(queued)
                self.stand_by(self.session.taken or TrackerUnavailable(verdict.text))
            case Consequence.UNAVAILABLE if queued.call.form or verdict.lost:
                await self._change_failed(queued, verdict)
            case Consequence.UNAVAILABLE:
                await self._unavailable(queued, verdict)
            case Consequence.BROKEN:
                await self._tracker_answers(queued)
                raw = verdict.reply.body if verdict.reply else b""
                self._queue.fail(queued, BadAnswer(verdict.text, raw=raw))
            case _:
                await self._tracker_answers(queued)
                self._queue.fail(queued, RequestRefused(verdict.text, reason=verdict.reason))

    async def _tracker_answers(self, queued: QueuedCall) -> None:
        self._answers += 1
        await self.health.answered(queued.call)
        self._changed.set()

    async def _settle(self, queued: QueuedCall, payload: object, reply: HttpReply) -> None:
        await self._tracker_answers(queued)
        answer = Answer(queued.call, payload, reply.body, reply.at, reply.took)
        self._queue.forget(queued)
        for ticket in queued.tickets:
            if not ticket.future.done():
                ticket.future.set_result(answer)
        self._answered(answer)

    async def _pause(self, verdict: Verdict) -> None:
        window = self._limiter.window
        self._limiter.pause(window)  # before anything that others could use to slip through
        seconds = await self.health.limited(window, after=verdict.after)
        self._limiter.pause(seconds)

    async def _limited(self, queued: QueuedCall, verdict: Verdict) -> None:
        await self._pause(verdict)
        if queued.call.writes:
            text = "the tracker's limit was reached; nothing was changed"
            self._queue.fail(queued, self._later(text, self._limiter.wait(), Reason.LIMITED))
        else:
            self._ask_again(queued)
        if problem := self.health.problem():  # the pause is longer than a person is made to wait
            self._fail_persons(problem)

    async def _unavailable(self, queued: QueuedCall, verdict: Verdict) -> None:
        if verdict.tracker_wide:
            await self.health.failed(
                queued.call, verdict.text, after=verdict.after, explained=verdict.explained
            )
        elif failing := await self.health.action_failed(queued.call, verdict.text):
            self._rest_action(queued, failing)
            return
        problem = self.health.problem()
        self._retry(queued, problem or self._later(verdict.text, verdict.after))

    def _later(
        self, text: str, after: float | None, reason: Reason | None = None, action: str = ""
    ) -> TrackerUnavailable:
        """Return the error for a call that can be tried again after some seconds."""
        until = None if after is None else self._clock.now() + timedelta(seconds=after)
        return TrackerUnavailable(text, reason=reason, after=after, until=until, action=action)

    async def _change_failed(self, queued: QueuedCall, verdict: Verdict) -> None:
        """Fail a change at once: it is never sent again, and no action counts as failed."""
        if verdict.tracker_wide:
            await self.health.failed(
                queued.call, verdict.text, after=verdict.after, explained=verdict.explained
            )
        error = AnswerLost if verdict.lost else TrackerUnavailable
        self._queue.fail(queued, error(verdict.text, after=verdict.after))

    def _failing_error(self, failing: FailingAction, call: Call) -> TrackerUnavailable:
        rest = self.health.actions.held_for(call)
        since = f" (since {local_time(failing.since)})" if failing.tries > 1 else ""
        text = f"{failing.name} can't be answered{since}: {failing.text}"
        return self._later(text, rest, action=failing.name)

    def _rest_action(self, queued: QueuedCall, failing: FailingAction) -> None:
        """
        Keep the asking of those who can wait until the action has rested.

        Who can do without it fails at once, and everyone does when it is known to fail. A call that
        fails again and again while others of its action are answered is its own trouble.
        """
        problem = self._failing_error(failing, queued.call)
        if not queued.tries:
            queued.failing_since = failing.since
        queued.tries += 1
        if queued.tries >= MOST_TRIES and queued.failing_since != failing.since:
            self._queue.fail(queued, TrackerUnavailable(failing.text))
        elif failing.known:
            others = {
                other
                for other in self._queue.waiting
                if page_of(other.call) == failing.name and not other.asked_by_person
            }
            self._queue.take(others)
            for hopeless in {queued, *others}:
                self._queue.fail(hopeless, problem)
        else:
            queued.order = self._clock.monotonic() + queued.patience
            self._ask_again(queued)
            self._fail_impatient(queued, problem, dispensable=True)

    def _retry(self, queued: QueuedCall, problem: TrackerError) -> None:
        """
        Keep the asking of those who can wait; give up a call that fails while others succeed.

        A person waits for nothing; nothing that writes is sent twice.
        """
        if not queued.tries:
            queued.answers_before = self._answers
        queued.tries += 1
        if queued.tries >= MOST_TRIES and self._answers > queued.answers_before:
            self._queue.fail(queued, problem)
            return
        queued.order = self._clock.monotonic() + queued.patience
        self._ask_again(queued)
        self._fail_persons(problem)

    def _fail_persons(self, problem: TrackerError) -> None:
        """Fail what persons wait for, and what must not be sent again."""
        for queued in [*self._queue.waiting]:
            self._fail_impatient(queued, problem)

    def _fail_impatient(
        self, queued: QueuedCall, problem: TrackerError, *, dispensable: bool = False
    ) -> None:
        for ticket in [*queued.tickets]:
            call = ticket.call
            impatient = call.lane is Lane.PERSON or call.writes or self._is_final(problem)
            if impatient or (dispensable and call.dispensable):
                ticket.fail(problem)
                self._queue.leave(queued, ticket)

    def _is_final(self, problem: TrackerError) -> bool:
        return self.stops_are_final and isinstance(problem, ActionRequired)

    def _ask_again(self, queued: QueuedCall) -> None:
        if self._queue.again(queued, self._clock.monotonic()):
            self._changed.set()
