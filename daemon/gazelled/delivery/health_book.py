"""The health of all targets that fail: kept in the store, and reported where that is due."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from gazelled.clock import Clock
from gazelled.delivery import retry, target_health
from gazelled.delivery.target_health import KEY, TargetChange, TargetHealth
from gazelled.model import Delivery
from gazelled.store import PendingDelivery, Store

log = structlog.stdlib.get_logger(__name__)

_KILLED = "gazelled was killed while a message was being sent."


async def adopt_health(store: Store, renamed: Mapping[str, str], targets: Collection[str]) -> None:
    """
    Hand what is known of renamed targets to their new names, and forget what no target has.

    Nothing may be under way.

    Args:
        store: The state.
        renamed: The new names by the old ones.
        targets: The targets that there are.

    """
    rows = target_health.load(await store.get_kv(KEY))
    adopted = _adopted(rows, renamed, targets)
    if adopted != rows:
        await store.set_kv(KEY, target_health.dump(adopted))


def _adopted(
    rows: Mapping[str, TargetHealth], renamed: Mapping[str, str], targets: Collection[str]
) -> dict[str, TargetHealth]:
    by_name = {renamed.get(name, name): row for name, row in rows.items()}
    return {name: row for name, row in by_name.items() if name in targets}


class HealthBook:
    """
    Records tries at targets, and calls `on_change` when one begins to fail, is back, or lost some.

    What is worth reporting is reported before the store moves on, so that a crash repeats it
    rather than swallows it.
    """

    def __init__(
        self, store: Store, clock: Clock, on_change: Callable[[TargetChange], Awaitable[None]]
    ) -> None:
        self._store = store
        self._clock = clock
        self._on_change = on_change
        self._rows: dict[str, TargetHealth] = {}
        self._loaded = False

    @property
    def rows(self) -> Mapping[str, TargetHealth]:
        """The targets whose last try failed."""
        return self._rows

    async def load(self) -> None:
        """Read what is stored, if that wasn't done yet."""
        if self._loaded:
            return
        rows = target_health.load(await self._store.get_kv(KEY))
        if not self._loaded:  # by another task meanwhile
            self._rows, self._loaded = rows, True

    async def adopt(self, renamed: Mapping[str, str], targets: Collection[str]) -> None:
        """Do what `adopt_health` does, while deliveries to other targets go on."""
        adopted = _adopted(self._rows, renamed, targets)
        if adopted != self._rows:
            self._rows = adopted
            await self._save()

    async def record_kills(self) -> None:
        """Record that the last process was killed during all that is under way in the store."""
        now = self._clock.now()
        await self._store.outbox.rebase_pauses(now)
        await self.rebase(now)
        for pending in await self._store.outbox.under_way():
            delivery, kills = pending.delivery, pending.kills + 1
            log.error("delivery.killed", target=delivery.target, key=delivery.key, kills=kills)
            old = self._rows.get(delivery.target, TargetHealth(since=now))
            row = replace(old, error=_KILLED, kills=old.kills + 1, killed_at=now)
            if kills == retry.KILLS_OF_ONE or row.kills == retry.KILLS_OF_TARGET:
                change = TargetChange(delivery.target, failing=True, error=_KILLED, since=now)
                await self._on_change(replace(change, rests=delivery, all_rest=row.rests))
            await self._keep(delivery.target, row)
            until = now + timedelta(seconds=retry.pause_after_kill(kills))
            await self._store.outbox.record_kill(delivery, until, now, _KILLED)

    async def clear_kills(self) -> None:
        """Forget all kills: a person says that what rests can be tried."""
        await self.load()
        rows = self._rows.items()
        self._rows = {target: replace(row, kills=0, killed_at=None) for target, row in rows}
        await self._save()

    async def rebase(self, now: datetime) -> None:
        """Begin the pauses of targets now that began in the future: the clock was wrong."""
        rows = {target: row.rebased(now) for target, row in self._rows.items()}
        if rows != self._rows:
            self._rows = rows
            await self._save()

    async def record_success(self, target: str) -> bool:
        """Record that a message arrived; return whether nothing did, of anything, until then."""
        row = self._rows.get(target)
        if row is None:
            return False
        if row.told:
            change = TargetChange(target, failing=False, error=row.error, since=row.since)
            await self._on_change(replace(change, lost=row.lost))
        del self._rows[target]
        await self._save()
        return row.probed

    async def record_failure(
        self,
        pending: PendingDelivery,
        error: str,
        *,
        aside: bool,
        others: bool,
        after: float | None,
    ) -> None:
        """Record a try that failed for now; see `TargetHealth.failed`."""
        target, now = pending.delivery.target, self._clock.now()
        if pending.aside and target not in self._rows:
            return  # the target works for others
        row = self._begun(target, error).failed(now, aside=aside, others=others, after=after)
        failing = row.failures >= retry.TOLD
        await self._keep(target, await self._reported(target, row) if failing else row)

    async def record_fault(self, target: str, error: str, after: float | None) -> datetime:
        """Record that a target is at fault; return when it is tried again."""
        now = self._clock.now()
        row = self._begun(target, error).faulted(now, after)
        until = row.retry_at or now
        failing = row.failures >= retry.TOLD_OF_FAULT or (until - now).total_seconds() >= retry.LONG
        await self._keep(target, await self._reported(target, row) if failing else row)
        return until

    async def record_death(self, delivery: Delivery, error: str, *, refused: bool) -> bool:
        """
        Record a delivery that is dead: refused for good, or after a week of failures of its own.

        Return whether others may have failed only since the target didn't answer, as it does now.
        """
        target = delivery.target
        old = self._begun(target, error)
        row = replace(old, failures=old.failures + 1, lost=old.lost + 1)
        row = row.reached() if refused else row
        if not old.lost:
            change = TargetChange(target, failing=False, error=error, since=row.since, lost=1)
            await self._on_change(replace(change, given_up=delivery, refused=refused))
        if refused and row.failures >= retry.TOLD:
            row = await self._reported(target, row, refused=True)
        await self._keep(target, row)
        return refused and old.probed

    async def forgive(self, target: str) -> None:
        """Forget why nothing was tried at a target: its options have changed."""
        row = self._rows.get(target)
        if row is None or row.kills:
            return
        if row.told or row.lost:
            await self._keep(target, replace(row.reached(), failures=0))
        else:
            del self._rows[target]
            await self._save()

    def _begun(self, target: str, error: str) -> TargetHealth:
        """Return a row of failures that goes on with an error, or begins with it."""
        old = self._rows.get(target, TargetHealth(since=self._clock.now()))
        return replace(old, error=error, kills=0, killed_at=None)

    async def _reported(
        self, target: str, row: TargetHealth, *, refused: bool = False
    ) -> TargetHealth:
        """Report a target that fails, unless it was reported; return its row with that."""
        if row.told:
            return row
        change = TargetChange(target, failing=True, error=row.error, since=row.since)
        await self._on_change(replace(change, lost=row.lost, refused=refused, fault=row.fault))
        return replace(row, told=True)

    def suspects(self) -> set[str]:
        """Return the targets at which a kill came last."""
        return {target for target, row in self._rows.items() if row.kills}

    def pauses(self, now: datetime) -> dict[str, datetime]:
        """Return the targets at which nothing is tried for now, and until when."""
        return {
            target: row.retry_at
            for target, row in self._rows.items()
            if row.retry_at is not None and row.retry_at > now
        }

    def probed(self) -> dict[str, TargetHealth]:
        """Return the targets at which one message at a time is tried."""
        return {target: row for target, row in self._rows.items() if row.probed}

    def uncertain(self) -> dict[str, TargetHealth]:
        """Return those, and the targets at which nothing arrived since one stepped aside."""
        return {target: row for target, row in self._rows.items() if row.probed or row.stepped}

    def waiting(self, now: datetime) -> dict[str, TargetHealth]:
        """Return the targets at which nothing is tried yet after a kill, or nothing at all."""
        return {
            target: row
            for target, row in self._rows.items()
            if row.kills and (row.rests or row.alone_from(now) > now)
        }

    async def _keep(self, target: str, row: TargetHealth) -> None:
        self._rows[target] = row
        await self._save()

    async def _save(self) -> None:
        await self._store.set_kv(KEY, target_health.dump(self._rows))
