"""
What follows a try: done, refused for good, to be tried again, or a fault of the target itself.

What fails for a reason of its own is tried three times in its place; then it steps aside, and those
behind it go on. A fault of the target counts against no delivery, so it never ends one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

import structlog

from gazelled.clock import Clock
from gazelled.delivery import retry
from gazelled.delivery.health_book import HealthBook
from gazelled.delivery.policy import PolicyBook
from gazelled.errors import GiveUp, RetryLater, TargetFault
from gazelled.model import Delivery
from gazelled.plugin import DeliveryDone, DeliveryFailure
from gazelled.store import PendingDelivery, Settled, Store

Arrived = Callable[[Delivery], AbstractContextManager[object]]
"""Keeps in mind that a delivery has arrived, until the context ends."""

log = structlog.stdlib.get_logger(__name__)


class Settlement:
    """
    Writes how tries ended; each method returns whether the next one has any prospect.

    `show` is called with what was written, after that. `arrived` is entered for a delivery that a
    target has taken, until that is stored.
    """

    def __init__(
        self,
        store: Store,
        book: HealthBook,
        policies: PolicyBook,
        clock: Clock,
        show: Callable[[DeliveryDone | DeliveryFailure], None] = lambda _: None,
        *,
        arrived: Arrived = nullcontext,
    ) -> None:
        self._store = store
        self._book = book
        self._policies = policies
        self._clock = clock
        self._show = show
        self._arrived = arrived

    async def done(self, pending: PendingDelivery, took: float) -> bool:
        """Settle a delivery that arrived, after so many seconds."""
        delivery = pending.delivery
        log.info(
            "delivery.done", target=delivery.target, key=delivery.key, attempt=delivery.attempt
        )
        with self._arrived(delivery):
            await self._settle(delivery, "done")
        self._show(DeliveryDone(delivery, self._clock.now(), took))
        if await self._book.record_success(delivery.target):
            await self._store.outbox.make_due(delivery.target)
        return True

    async def failed(self, pending: PendingDelivery, error: Exception) -> bool:
        """Settle or postpone a delivery that failed with an error."""
        match error:
            case GiveUp():
                return await self._dead(pending, str(error), refused=True)
            case TargetFault():
                return await self._faulted(pending, str(error), error.after)
            case RetryLater():
                return await self._postponed(pending, str(error), error.after)
            case _:
                delivery = pending.delivery
                log.error(
                    "delivery.failed", target=delivery.target, key=delivery.key, exc_info=error
                )
                # Its text is nobody's sentence and may hold a secret.
                return await self._postponed(pending, type(error).__name__, None)

    async def _faulted(self, pending: PendingDelivery, error: str, after: float | None) -> bool:
        delivery = pending.delivery
        until = await self._book.record_fault(delivery.target, error, after)
        now = self._clock.now()
        log.warning(
            "target.failed",
            target=delivery.target,
            key=delivery.key,
            attempt=delivery.attempt,
            seconds=(until - now).total_seconds(),
            error=error,
        )
        await self._store.outbox.postpone(
            delivery, until, error, now, own=False, aside=pending.aside
        )
        self._show(DeliveryFailure(delivery, error, final=False, at=now, retry_at=until))
        return False

    async def _postponed(self, pending: PendingDelivery, error: str, after: float | None) -> bool:
        delivery, now = pending.delivery, self._clock.now()
        failures, since = pending.failures + 1, pending.failing_since or now
        if retry.hopeless((now - since).total_seconds(), failures):
            return await self._dead(pending, error, refused=False)
        seconds = retry.pause(failures, after)
        aside = failures >= retry.ASIDE
        await self._book.record_failure(
            pending,
            error,
            aside=aside,
            others=await self._store.outbox.is_followed(delivery),
            after=None if after is None else seconds,
        )
        log.warning(
            "delivery.postponed",
            target=delivery.target,
            key=delivery.key,
            attempt=delivery.attempt,
            seconds=seconds,
            aside=aside,
            error=error,
        )
        until = now + timedelta(seconds=seconds)
        await self._store.outbox.postpone(delivery, until, error, now, aside=aside)
        self._show(DeliveryFailure(delivery, error, final=False, at=now, retry_at=until))
        return aside and not pending.aside

    async def _dead(self, pending: PendingDelivery, error: str, *, refused: bool) -> bool:
        delivery = pending.delivery
        log.error(
            "delivery.given_up",
            target=delivery.target,
            key=delivery.key,
            attempt=delivery.attempt,
            error=error,
        )
        answers = await self._book.record_death(delivery, error, refused=refused)
        await self._settle(delivery, "dead", error)
        self._show(DeliveryFailure(delivery, error, final=True, at=self._clock.now()))
        if answers:
            await self._store.outbox.make_due(delivery.target)
        return True

    async def _settle(self, delivery: Delivery, state: Settled, error: str = "") -> None:
        now = self._clock.now()
        await self._store.outbox.settle(delivery, state, now, error)
        self._policies.record_sent(delivery, now)
