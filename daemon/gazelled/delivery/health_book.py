"""The health of all targets that fail: kept in the store, and reported where that is due."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from gazelled.clock import Clock
from gazelled.delivery import retry, target_health
from gazelled.delivery.target_health import TargetChange, TargetHealth
from gazelled.model import Delivery
from gazelled.store import Store

log = structlog.stdlib.get_logger(__name__)

_KEY = "delivery.health"
_KILLED = "gazelled was killed while a message was being sent."


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

    @property
    def rows(self) -> Mapping[str, TargetHealth]:
        """The targets whose last try failed."""
        return self._rows

    async def load(self) -> None:
        self._rows = target_health.load(await self._store.get_kv(_KEY))

    async def record_kills(self) -> None:
        """Record that the last process was killed during all that is under way in the store."""
        now = self._clock.now()
        await self._store.outbox.rebase_pauses(now)
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
        if not self._rows:
            await self.load()
        rows = self._rows.items()
        self._rows = {target: replace(row, kills=0, killed_at=None) for target, row in rows}
        await self._save()

    async def record_success(self, target: str) -> None:
        row = self._rows.get(target)
        if row is None:
            return
        if row.told:
            change = TargetChange(target, failing=False, error=row.error, since=row.since)
            await self._on_change(replace(change, lost=row.lost))
        del self._rows[target]
        await self._save()

    async def record_failure(self, delivery: Delivery, error: str, *, lost: int = 0) -> None:
        """Record a failed try, and whether the delivery is given up."""
        old = self._rows.get(delivery.target, TargetHealth(since=self._clock.now()))
        failures = old.failures + 1
        row = replace(
            old, error=error, failures=failures, lost=old.lost + lost, kills=0, killed_at=None
        )
        failing = row.failures >= retry.TOLD
        given_up = delivery if lost and not old.lost else None
        if given_up or (failing and not old.told):
            await self._on_change(
                TargetChange(delivery.target, failing, error, row.since, given_up, row.lost)
            )
        await self._keep(delivery.target, replace(row, told=failing))

    def suspects(self) -> set[str]:
        """Return the targets at which a kill came last."""
        return {target for target, row in self._rows.items() if row.kills}

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
        await self._store.set_kv(_KEY, target_health.dump(self._rows))
