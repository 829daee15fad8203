"""
The deliverer: takes from the store what is due and hands it to the targets.

Each target has one delivery under way at a time, in the order of the events. The next one, of any
target, begins when the one before is noted as delivered, or is slow: a plugin that blocks the
process then keeps nobody from noting what arrived. In a target's quiet hours only what is urgent is
taken, and the rest waits untouched until they are over. What is worth telling of a target is told
before the store moves on, so that a crash repeats it rather than swallows it.

What was under way when the process was killed comes last and alone, with pauses that grow, and so
does all else of its target until something ended there. After three kills in a row such a delivery
rests, after six all of its target do, until a person says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog

from gazelled.clock import Clock
from gazelled.delivery import retry, target_health
from gazelled.delivery.postponement import silent
from gazelled.delivery.target_health import Health, TargetChange
from gazelled.errors import GiveUp, RetryLater, StateError
from gazelled.model import Delivery, QuietHours
from gazelled.store import PendingDelivery, Store

log = structlog.stdlib.get_logger(__name__)

_KEY = "delivery.health"

# Nothing is polled, but the wall clock can be set back or forth while the timer runs.
_LONGEST_SLEEP = 3600.0

_KILLED = "gazelled was killed while a message was being sent."

# A delivery that takes longer, in seconds of the world, doesn't hold those of other targets.
PATIENCE = 2.0


class Deliverer:
    """
    Delivers until each delivery is done or given up.

    Args:
        store: Where the deliveries are.
        send: Tries one delivery: returns when it is done, raises `RetryLater` or `GiveUp`. It must
            end by itself, and raises `GiveUp` for a target that doesn't exist any more.
        clock: What it waits by.
        on_change: Is told when a target begins to fail, is back, or lost a delivery.
        quiet: The quiet hours of targets that have some.

    """

    def __init__(
        self,
        store: Store,
        send: Callable[[Delivery], Awaitable[None]],
        clock: Clock,
        on_change: Callable[[TargetChange], Awaitable[None]],
        quiet: Mapping[str, QuietHours] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._send = send
        self._clock = clock
        self._on_change = on_change
        self._quiet = quiet
        self._woken = asyncio.Event()
        self._ending = False
        self._busy: set[str] = set()
        self._alone = False
        self._turn = asyncio.Lock()
        self._seen = clock.now()
        self._health: dict[str, Health] = {}

    @property
    def health(self) -> Mapping[str, Health]:
        """The targets whose last try failed."""
        return self._health

    def wake(self) -> None:
        """Wake the deliverer: there is something new to deliver."""
        self._woken.set()

    def end(self) -> None:
        """Let `run` begin nothing more and return when what is under way has ended."""
        self._ending = True
        self.wake()

    async def run(self) -> None:
        """Deliver what is due whenever it is; when cancelled, what is under way stays pending."""
        async with self._tasks() as tasks:
            while not self._ending:
                self._woken.clear()
                await self._begin_due(tasks)
                await self._sleep(await self._next_due())

    async def drain(self, seconds: float) -> None:
        """
        Deliver what is due now; a target that fails is left alone from there on.

        Args:
            seconds: The most that this may take, in seconds of the world, which targets need
                whatever the clock says; what is under way then stays pending.

        """
        try:
            async with asyncio.timeout(seconds), self._tasks() as tasks:
                failed: set[str] = set()
                self.wake()
                while self._busy or self._woken.is_set():
                    await self._woken.wait()
                    self._woken.clear()
                    await self._begin_due(tasks, failed)
        except TimeoutError:
            log.warning("delivery.interrupted", seconds=seconds)

    @asynccontextmanager
    async def _tasks(self) -> AsyncIterator[asyncio.TaskGroup]:
        self._health = target_health.load(await self._store.get_kv(_KEY))
        await self._note_kills()
        try:
            async with asyncio.TaskGroup() as tasks:
                yield tasks
        except BaseExceptionGroup as group:
            # Only the store or `on_change` can fail in there; callers expect that as it is.
            raise group.exceptions[0] from None
        finally:
            self._busy.clear()
            self._alone = False
            with suppress(StateError):  # it can't be kept then, and counts as a kill
                await self._store.outbox.clear_under_way()

    async def _note_kills(self) -> None:
        """Count for all that is under way in the store that the last process was killed."""
        now = self._clock.now()
        await self._store.outbox.rebase_pauses(now)
        for pending in await self._store.outbox.under_way():
            delivery, kills = pending.delivery, pending.kills + 1
            log.error("delivery.killed", target=delivery.target, key=delivery.key, kills=kills)
            old = self._health.get(delivery.target, Health(since=now))
            row = replace(old, error=_KILLED, kills=old.kills + 1, killed_at=now)
            if kills == retry.KILLS_OF_ONE or row.kills == retry.KILLS_OF_TARGET:
                await self._on_change(
                    TargetChange(
                        delivery.target,
                        failing=True,
                        error=_KILLED,
                        since=now,
                        rests=delivery,
                        all_rest=row.rests,
                    )
                )
            self._health[delivery.target] = row
            await self._keep_health()
            until = now + timedelta(seconds=retry.pause_after_kill(kills))
            await self._store.outbox.record_kill(delivery, until, now)

    async def resume(self) -> int:
        """Try again what rests, since a person says so; return how many deliveries rested."""
        rested = len(await self._store.outbox.resting(1))
        await self._store.outbox.clear_kills()
        rows = self._health or target_health.load(await self._store.get_kv(_KEY))
        self._health = {
            target: replace(row, kills=0, killed_at=None) for target, row in rows.items()
        }
        await self._keep_health()
        self.wake()
        return rested

    async def _begin_due(self, tasks: asyncio.TaskGroup, failed: set[str] | None = None) -> None:
        """Begin what is due at targets that aren't busy; those that fail are added to `failed`."""
        now = self._clock.now()
        if now < self._seen:
            await self._store.outbox.rebase_pauses(now)
        self._seen = now
        if self._alone:
            return
        besides = self._busy | (failed or set())
        held = silent(self._quiet, now)
        for pending in await self._store.outbox.due(
            now, besides=besides | self._suspects(), urgent=held
        ):
            self._begin(tasks, pending, failed)
        if self._busy:
            return
        besides_alone = besides | self._waiting(now)
        alone = []
        if self._suspects():
            alone = await self._store.outbox.due(now, 1, besides=besides_alone, urgent=held)
        if not alone:
            suspect = await self._suspect(besides_alone, held)
            alone = [suspect] if suspect and suspect.due_at <= now else []
        for pending in alone:
            self._alone = True
            self._begin(tasks, pending, failed)

    def _begin(
        self, tasks: asyncio.TaskGroup, pending: PendingDelivery, failed: set[str] | None
    ) -> None:
        target = pending.delivery.target
        self._busy.add(target)
        tasks.create_task(self._deliver(pending, failed), name=f"deliver to {target}")

    def _suspects(self) -> set[str]:
        """Return the targets at which a kill came last."""
        return {target for target, row in self._health.items() if row.kills}

    def _waiting(self, now: datetime) -> set[str]:
        """Return the targets at which nothing is tried yet after a kill, or nothing at all."""
        return {
            target
            for target in self._suspects()
            if self._health[target].rests or self._health[target].alone_from(now) > now
        }

    async def _suspect(
        self, besides: Collection[str], held: Collection[str]
    ) -> PendingDelivery | None:
        return await self._store.outbox.suspect(retry.KILLS_OF_ONE, besides=besides, urgent=held)

    async def _next_due(self) -> datetime | None:
        now = self._clock.now()
        held = silent(self._quiet, now)
        times = [*held.values()]
        besides = self._busy | self._suspects()
        if not self._busy:
            besides = waiting = self._waiting(now)
            rows = (self._health[target] for target in waiting)
            times += [row.alone_from(now) for row in rows if not row.rests]
            suspect = await self._suspect(waiting, held)
            times += [suspect.due_at] if suspect else []
        if not self._alone:
            due = await self._store.outbox.next_due(besides=besides, urgent=held)
            times += [due] if due else []
        return min(times, default=None)

    async def _sleep(self, until: datetime | None) -> None:
        limit = None
        if until is not None:
            seconds = (until - self._clock.now()).total_seconds()
            limit = self._clock.world(min(max(seconds, 0.0), _LONGEST_SLEEP))
        try:
            async with asyncio.timeout(limit):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _deliver(self, pending: PendingDelivery, failed: set[str] | None) -> None:
        target = pending.delivery.target
        async with self._own_turn():
            if not await self._try(pending) and failed is not None:
                failed.add(target)
        self._busy.discard(target)
        self._alone = False
        self.wake()

    @asynccontextmanager
    async def _own_turn(self) -> AsyncIterator[None]:
        """Wait until a delivery may begin; the next one may when it has ended, or is slow."""
        await self._turn.acquire()
        held = True

        def release() -> None:
            nonlocal held
            if held:
                held = False
                self._turn.release()

        timer = asyncio.get_running_loop().call_later(PATIENCE, release)
        try:
            yield
        finally:
            timer.cancel()
            release()

    async def _try(self, pending: PendingDelivery) -> bool:
        """Try a delivery once; tell whether the next one has any prospect."""
        delivery = pending.delivery
        await self._store.outbox.start(delivery, self._clock.now())
        try:
            await self._send(delivery)
        except GiveUp as error:
            await self._give_up(delivery, str(error))
            return True
        except RetryLater as error:
            return await self._put_off(pending, str(error), error.after)
        except Exception as error:  # a target's failure, whatever it is, is its own
            log.exception("delivery.failed", target=delivery.target, key=delivery.key)
            # Its text is nobody's sentence and may hold a secret.
            return await self._put_off(pending, type(error).__name__, None)
        await self._done(delivery)
        return True

    async def _done(self, delivery: Delivery) -> None:
        log.info(
            "delivery.done", target=delivery.target, key=delivery.key, attempt=delivery.attempt
        )
        await self._store.outbox.settle(delivery, "done", self._clock.now())
        row = self._health.get(delivery.target)
        if row is None:
            return
        if row.told:
            await self._on_change(
                TargetChange(
                    delivery.target, failing=False, error=row.error, since=row.since, lost=row.lost
                )
            )
        del self._health[delivery.target]
        await self._keep_health()

    async def _put_off(self, pending: PendingDelivery, error: str, after: float | None) -> bool:
        delivery = pending.delivery
        age = (self._clock.now() - pending.first_at).total_seconds()
        row = self._health.get(delivery.target)
        if retry.hopeless(age, 1 if row is None else row.failures + 1):
            await self._give_up(delivery, error)
            return True
        await self._note_failure(delivery, error)
        seconds = retry.pause(delivery.attempt, after)
        log.warning(
            "delivery.postponed",
            target=delivery.target,
            key=delivery.key,
            attempt=delivery.attempt,
            seconds=seconds,
            error=error,
        )
        now = self._clock.now()
        await self._store.outbox.postpone(delivery, now + timedelta(seconds=seconds), error, now)
        return False

    async def _give_up(self, delivery: Delivery, error: str) -> None:
        log.error(
            "delivery.given_up",
            target=delivery.target,
            key=delivery.key,
            attempt=delivery.attempt,
            error=error,
        )
        await self._note_failure(delivery, error, lost=1)
        await self._store.outbox.settle(delivery, "given-up", self._clock.now())

    async def _note_failure(self, delivery: Delivery, error: str, *, lost: int = 0) -> None:
        """Add a failed try to the target's row; tell if it fails now or lost its first one."""
        old = self._health.get(delivery.target, Health(since=self._clock.now()))
        row = replace(
            old,
            error=error,
            failures=old.failures + 1,
            lost=old.lost + lost,
            kills=0,
            killed_at=None,
        )
        failing = row.failures >= retry.TOLD
        given_up = delivery if lost and not old.lost else None
        if given_up or (failing and not old.told):
            await self._on_change(
                TargetChange(delivery.target, failing, error, row.since, given_up, row.lost)
            )
        self._health[delivery.target] = replace(row, told=failing)
        await self._keep_health()

    async def _keep_health(self) -> None:
        await self._store.set_kv(_KEY, target_health.dump(self._health))
