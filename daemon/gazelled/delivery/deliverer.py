"""
The deliverer: takes from the store what is due and hands it to the targets.

Each target has one delivery under way at a time, in the order of the events; targets don't wait
for each other. In a target's quiet hours only what is urgent is taken, and the rest waits untouched
until they are over. What is worth telling of a target is told before the store moves on, so that a
crash repeats it rather than swallows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog

from gazelled.clock import Clock
from gazelled.delivery import health, retry
from gazelled.delivery.health import Health, TargetChange
from gazelled.delivery.outbox import Outbox
from gazelled.delivery.quiet import Hours, silent
from gazelled.errors import GiveUp, RetryLater
from gazelled.model import Delivery
from gazelled.store import Pending

log = structlog.stdlib.get_logger(__name__)

_KEY = "delivery.health"

# Nothing is polled, but the wall clock can be set back or forth while the timer runs.
_LONGEST_SLEEP = 3600.0


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
        store: Outbox,
        send: Callable[[Delivery], Awaitable[None]],
        clock: Clock,
        on_change: Callable[[TargetChange], Awaitable[None]],
        quiet: Mapping[str, Hours] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._send = send
        self._clock = clock
        self._on_change = on_change
        self._quiet = quiet
        self._woken = asyncio.Event()
        self._ending = False
        self._busy: set[str] = set()
        self._health: dict[str, Health] = {}

    @property
    def health(self) -> Mapping[str, Health]:
        """The targets whose last try failed."""
        return self._health

    def wake(self) -> None:
        """Say that there is something new to deliver."""
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
        self._health = health.load(await self._store.recall(_KEY))
        try:
            async with asyncio.TaskGroup() as tasks:
                yield tasks
        except BaseExceptionGroup as group:
            # Only the store or `on_change` can fail in there; callers expect that as it is.
            raise group.exceptions[0] from None
        finally:
            self._busy.clear()

    async def _begin_due(self, tasks: asyncio.TaskGroup, failed: set[str] | None = None) -> None:
        """Begin what is due at targets that aren't busy; those that fail are added to `failed`."""
        now = self._clock.now()
        besides: Collection[str] = self._busy | (failed or set())
        held = silent(self._quiet, now)
        for pending in await self._store.due(now, besides=besides, urgent=held):
            target = pending.delivery.target
            self._busy.add(target)
            tasks.create_task(self._deliver(pending, failed), name=f"deliver to {target}")

    async def _next_due(self) -> datetime | None:
        held = silent(self._quiet, self._clock.now())
        due = await self._store.next_due(besides=self._busy, urgent=held)
        return min([*held.values(), *([due] if due else [])], default=None)

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

    async def _deliver(self, pending: Pending, failed: set[str] | None) -> None:
        target = pending.delivery.target
        if not await self._try(pending) and failed is not None:
            failed.add(target)
        self._busy.discard(target)
        self.wake()

    async def _try(self, pending: Pending) -> bool:
        """Try a delivery once; tell whether the next one has any prospect."""
        delivery = pending.delivery
        await self._store.start(delivery)
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
        await self._store.settle(delivery, "done", self._clock.now())
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

    async def _put_off(self, pending: Pending, error: str, after: float | None) -> bool:
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
        until = self._clock.now() + timedelta(seconds=seconds)
        await self._store.postpone(delivery, until, error)
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
        await self._store.settle(delivery, "given-up", self._clock.now())

    async def _note_failure(self, delivery: Delivery, error: str, *, lost: int = 0) -> None:
        """Add a failed try to the target's row; tell if it fails now or lost its first one."""
        old = self._health.get(delivery.target, Health(since=self._clock.now()))
        row = replace(old, error=error, failures=old.failures + 1, lost=old.lost + lost)
        failing = row.failures >= retry.TOLD
        given_up = delivery if lost and not old.lost else None
        if given_up or (failing and not old.told):
            await self._on_change(
                TargetChange(delivery.target, failing, error, row.since, given_up, row.lost)
            )
        self._health[delivery.target] = replace(row, told=failing)
        await self._keep_health()

    async def _keep_health(self) -> None:
        await self._store.remember(_KEY, health.dump(self._health))
