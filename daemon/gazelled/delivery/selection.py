"""
Which delivery comes next at which target, and when.

A target takes the head of its line, or what stepped aside there once its pause is over. One that
fails for everybody gets one message at a time. What was under way at a kill comes when nothing else
is due, alone. In quiet hours, and while its limit is used up, it takes only what is urgent.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from gazelled.delivery import retry
from gazelled.delivery.health_book import HealthBook
from gazelled.delivery.policy import PolicyBook
from gazelled.store import PendingDelivery, Store


class Selection:
    """Chooses from the outbox, by the health of the targets and their policies."""

    def __init__(self, store: Store, book: HealthBook, policies: PolicyBook) -> None:
        self._outbox = store.outbox
        self._book = book
        self._policies = policies

    async def ready(self, now: datetime, besides: Collection[str]) -> list[PendingDelivery]:
        """Return what may begin now, one for each target that isn't among `besides`."""
        still = await self._still(now)
        held = await self._policies.arrange(now, besides, still)
        closed = {*besides, *self._book.suspects(), *self._book.pauses(now)}
        return await self._due(now, closed, held)

    async def alone(self, now: datetime, besides: Collection[str]) -> PendingDelivery | None:
        """Return what may begin now when nothing else is under way: it may kill the process."""
        held = self._policies.closed(now)
        closed = {*besides, *self._book.waiting(now), *self._book.pauses(now)}
        if self._book.suspects() and (due := await self._due(now, closed, held)):
            return due[0]
        suspect = await self._suspect(closed, held)
        return suspect if suspect and suspect.due_at <= now else None

    async def next_time(self, now: datetime, busy: Collection[str]) -> datetime | None:
        """Return when something may begin beside the busy targets; None if nothing waits."""
        held, pauses = self._policies.closed(now), self._book.pauses(now)
        times = [*(hold.until for hold in held.values()), *pauses.values()]
        times += await self._policies.next_digests({*busy, *held, *await self._still(now)})
        if not busy:
            waiting = self._book.waiting(now)
            times += [row.alone_from(now) for row in waiting.values() if not row.rests]
            closed = {*waiting, *pauses}
            suspect = await self._suspect(closed, held)
            times += [suspect.due_at] if suspect else []
        else:
            closed = {*busy, *self._book.suspects(), *pauses}
        probes = await self._probes(closed, held)
        times += [now for pending in probes.values() if pending]
        due = await self._outbox.next_due(besides=closed | probes.keys(), urgent=held)
        return min([*times, *([due] if due else [])], default=None)

    async def _due(
        self, now: datetime, closed: Collection[str], held: Collection[str]
    ) -> list[PendingDelivery]:
        """Return what may begin now, one for each target that isn't closed."""
        probes = await self._probes(closed, held)
        ready = await self._outbox.due(now, besides={*closed, *probes}, urgent=held)
        return [*ready, *(pending for pending in probes.values() if pending)]

    async def _still(self, now: datetime) -> set[str]:
        """Return the targets that can't take a digest now: one that comes later has more in it."""
        still = {*self._book.pauses(now), *self._book.waiting(now)}
        for target in self._book.probed().keys() - still:
            if await self._outbox.oldest(target):
                still.add(target)
        return still

    async def _probes(
        self, closed: Collection[str], held: Collection[str]
    ) -> dict[str, PendingDelivery | None]:
        """
        Return the one message that each target gets that may fail for everybody.

        Where one stepped aside and nothing arrived since, what is new makes it due before itself:
        that keeps their order if the target is back.
        """
        probes: dict[str, PendingDelivery | None] = {}
        for target, row in self._book.uncertain().items():
            if target in closed:
                continue
            urgent = target in held
            first = await self._outbox.oldest(target, in_line=True, urgent=urgent)
            if first is None and not row.probed:
                continue
            oldest = await self._outbox.oldest(target, urgent=urgent)
            probes[target] = first if first and row.challenging else oldest
        return probes

    async def _suspect(
        self, besides: Collection[str], held: Collection[str]
    ) -> PendingDelivery | None:
        return await self._outbox.suspect(retry.KILLS_OF_ONE, besides=besides, urgent=held)
