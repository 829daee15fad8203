"""
The deliverer: takes from the store what is due and hands it to the targets.

Each target has one delivery under way at a time, in the order of the events. The next one, of any
target, begins when the one before is noted as delivered, or is slow: a plugin that blocks the
process then keeps nobody from noting what arrived. In a target's quiet hours only what is urgent is
taken, and the rest waits untouched until they are over.

What was under way when the process was killed comes last and alone, with pauses that grow, and so
does all else of its target until something ended there. After three kills in a row such a delivery
rests, after six all of its target do, until a person says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog
from structlog.contextvars import bound_contextvars

from gazelled.clock import Clock
from gazelled.delivery.health_book import HealthBook
from gazelled.delivery.policy import PolicyBook, TargetPolicy
from gazelled.delivery.selection import Selection
from gazelled.delivery.settlement import Arrived, Settlement
from gazelled.delivery.target_health import TargetChange, TargetHealth
from gazelled.delivery.turns import Turns
from gazelled.errors import StateError
from gazelled.model import Delivery
from gazelled.plugin import DeliveryDone, DeliveryFailure
from gazelled.store import PendingDelivery, Store

log = structlog.stdlib.get_logger(__name__)

# Nothing is polled, but the wall clock can be set back or forth while the timer runs.
_LONGEST_SLEEP = 3600.0
_WHILE_HELD = 1.0


class Deliverer:
    """
    Delivers until each delivery is done or given up.

    `send` tries one delivery: it returns when it is done, or raises `RetryLater` or `GiveUp`. It
    must end by itself, and raises `GiveUp` for a target that doesn't exist any more. `on_change` is
    called when a target begins to fail, is back, or lost a delivery; `on_try` with each try that
    ended, once that is on the disk; `arrived` is entered from the arrival of a delivery until then.
    """

    def __init__(
        self,
        store: Store,
        send: Callable[[Delivery], Awaitable[None]],
        clock: Clock,
        on_change: Callable[[TargetChange], Awaitable[None]],
        policies: Mapping[str, TargetPolicy] = MappingProxyType({}),
        on_try: Callable[[DeliveryDone | DeliveryFailure], None] = lambda _: None,
        *,
        arrived: Arrived = nullcontext,
    ) -> None:
        self._store = store
        self._send = send
        self._clock = clock
        self._woken = asyncio.Event()
        self._ending = False
        self._busy: set[str] = set()
        self._held: set[str] = set()
        self._freed = asyncio.Event()
        self._arranging = asyncio.Lock()
        self._alone = False
        self._turns = Turns()
        self._seen = clock.now()
        self._book = HealthBook(store, clock, on_change)
        self._policies = PolicyBook(policies, store)
        self._selection = Selection(store, self._book, self._policies)
        self._settlement = Settlement(
            store, self._book, self._policies, clock, self._show, arrived=arrived
        )
        self._on_try = on_try
        self._messages: dict[str, Delivery] = {}

    @property
    def health(self) -> Mapping[str, TargetHealth]:
        """The targets whose last try failed."""
        return self._book.rows

    async def load(self) -> None:
        """Read the health of the targets as the last process left it."""
        await self._book.load()

    def wake(self) -> None:
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
        Deliver what is due now; after a failure nothing more is sent to that target.

        It takes so many seconds of the world at most, which targets need whatever the clock says;
        what is under way then stays pending.
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
        await self._book.load()
        await self._book.record_kills()
        await self._policies.load(self._clock.now())
        try:
            async with asyncio.TaskGroup() as tasks:
                yield tasks
        except BaseExceptionGroup as group:
            # Only the store or `on_change` can fail in there; callers expect that as it is.
            raise group.exceptions[0] from None
        finally:
            self._busy.clear()
            self._freed.set()
            self._alone = False
            with suppress(StateError):  # it can't be kept then, and counts as a kill
                await self._store.outbox.clear_under_way()

    async def resume(self) -> int:
        """Try again what rests, since a person says so; return how many deliveries rested."""
        rested = len(await self._store.outbox.resting(1))
        await self._store.outbox.clear_kills()
        await self._book.clear_kills()
        self.wake()
        return rested

    async def forgive(self, target: str, *, works: bool = False) -> None:
        """Make due at once what waits for a target: it works, or its options have changed."""
        await self._book.load()
        if works:
            await self._book.record_success(target)
        else:
            await self._book.forgive(target)
        await self._store.outbox.make_due(target)
        self.wake()

    @asynccontextmanager
    async def held(self, targets: Collection[str], within: float) -> AsyncIterator[Collection[str]]:
        """
        Begin nothing for some targets meanwhile.

        Args:
            targets: The targets.
            within: The seconds of the world that what is under way there gets to end.

        Yields:
            The targets where something is still under way then.

        """
        self._held |= {*targets}
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    while self._busy & self._held:
                        self._freed.clear()
                        await self._freed.wait()
            yield self._busy & self._held
        finally:
            self._held.clear()
            self.wake()

    async def adopt_health(self, renamed: Mapping[str, str], targets: Collection[str]) -> None:
        """Let the health of targets follow another config: their new names by the old ones."""
        await self._book.load()
        await self._book.adopt(renamed, targets)

    async def adopt_policies(self, policies: Mapping[str, TargetPolicy]) -> None:
        """Deliver by the policies of another config from now on."""
        async with self._arranging:
            await self._policies.replace(policies, self._clock.now())
        self.wake()

    async def _begin_due(self, tasks: asyncio.TaskGroup, failed: set[str] | None = None) -> None:
        """Begin what is due at targets that aren't busy; those that fail are added to `failed`."""
        now = self._clock.now()
        if now < self._seen:
            await self._store.outbox.rebase_pauses(now)
            await self._book.rebase(now)
            await self._policies.rebase(now)
        self._seen = now
        if self._alone:
            return
        besides = self._busy | self._held | (failed or set())
        async with self._arranging:
            ready = await self._selection.ready(now, besides)
        for pending in ready:
            if pending.delivery.target not in self._held:  # since then
                self._begin(tasks, pending, failed)
        if self._busy or self._held:
            return
        suspect = await self._selection.alone(now, besides)
        if suspect is not None:
            self._alone = self._begin(tasks, suspect, failed)

    def _begin(
        self, tasks: asyncio.TaskGroup, pending: PendingDelivery, failed: set[str] | None
    ) -> bool:
        """Begin a delivery unless the limit of its target has no room for it; return whether."""
        target = pending.delivery.target
        if not self._policies.admits(pending.delivery, self._clock.now()):
            self.wake()  # from now on the line is closed
            return False
        self._busy.add(target)
        tasks.create_task(self._deliver(pending, failed), name=f"deliver to {target}")
        return True

    async def _next_due(self) -> datetime | None:
        if self._alone:
            return None
        if self._held:
            return self._clock.now() + timedelta(seconds=_WHILE_HELD)
        return await self._selection.next_time(self._clock.now(), self._busy)

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
        async with self._turns.next():
            known = {"request": request} if (request := pending.delivery.event.request) else {}
            with bound_contextvars(**known):  # as the look logged it that found the event
                works = await self._try(pending)
            if not works and failed is not None:
                failed.add(target)
        self._busy.discard(target)
        self._freed.set()
        self._alone = False
        self.wake()

    async def _try(self, pending: PendingDelivery) -> bool:
        """Try a delivery once; return whether the next one has any prospect."""
        delivery = await self._policies.message(pending.delivery, self._clock.now())
        if delivery is None:
            log.info("delivery.merged", target=pending.delivery.target, key=pending.delivery.key)
            return True
        if not await self._store.outbox.start(delivery, self._clock.now()):
            return True  # a person dropped it meanwhile
        self._messages[delivery.target] = delivery
        begun = self._clock.monotonic()
        try:
            await self._send(delivery)
        except Exception as error:  # noqa: BLE001 - a target's failure, whatever it is, is its own
            return await self._settlement.failed(pending, error)
        return await self._settlement.done(pending, self._clock.monotonic() - begun)

    def _show(self, outcome: DeliveryDone | DeliveryFailure) -> None:
        """Show how a try ended, with the message that was sent: it may be of several events."""
        sent = self._messages.pop(outcome.delivery.target, outcome.delivery)
        self._on_try(replace(outcome, delivery=sent))
