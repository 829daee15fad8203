"""Watches that a person has paused: they are kept in the state, so that a restart resumes none."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Self

from gazelled.clock import Clock
from gazelled.store.kv import KeyValueStore

KEY = "paused-watches"


class PausedWatches:
    """The paused watches; one that `each` has made is paused by its own name or that of all."""

    def __init__(self, store: KeyValueStore, clock: Clock, paused: dict[str, datetime]) -> None:
        self._store = store
        self._clock = clock
        self._paused = paused

    @classmethod
    async def load(cls, store: KeyValueStore, clock: Clock) -> Self:
        """Read which watches are paused."""
        data = json.loads(await store.get_kv(KEY) or "{}")
        return cls(store, clock, {name: datetime.fromisoformat(at) for name, at in data.items()})

    def since(self, watch: str) -> datetime | None:
        """Return since when a watch is paused; None if it isn't."""
        return self._paused.get(watch) or self._paused.get(watch.partition(":")[0])

    def is_paused(self, watch: str) -> bool:
        return self.since(watch) is not None

    async def pause(self, watch: str) -> bool:
        """Pause a watch; return whether it wasn't paused before."""
        if self.is_paused(watch):
            return False
        self._paused[watch] = self._clock.now()
        await self._write()
        return True

    async def resume(self, watch: str) -> bool:
        """End the pause of a watch; return whether it was paused."""
        names = {watch, watch.partition(":")[0]} & self._paused.keys()
        for name in names:
            del self._paused[name]
        if names:
            await self._write()
        return bool(names)

    async def _write(self) -> None:
        data = {name: at.isoformat() for name, at in self._paused.items()}
        await self._store.set_kv(KEY, json.dumps(data) if data else None)
