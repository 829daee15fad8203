"""A sign of life, when the config asks for one: `alive = "mon 08:00"` in `[notices]`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from gazelled.clock import Clock
from gazelled.delivery import Deliverer
from gazelled.schedule import Timetable
from gazelled.store import Store
from gazelled.text import local_time
from gazelled.tracker.answers.health import TrackerHealth
from gazelled.tracker.key_values import load_json, save_json, stored_time
from gazelled.watches.watcher import Watcher

_KEY = "alive"

# The wall clock can be set back or forth meanwhile.
_LONGEST_SLEEP = 3600.0


@dataclass(frozen=True, slots=True)
class LastHeartbeat:
    """When the last heartbeat was, how many gaps there were then, and how many looks since."""

    at: datetime
    gaps: int
    looks: int = 0


class Heartbeat:
    """Counts what the daemon does since the last heartbeat, and sends one from time to time."""

    def __init__(
        self, timetable: Timetable | None, store: Store, clock: Clock, last: LastHeartbeat
    ) -> None:
        self._timetable = timetable
        self._store = store
        self._clock = clock
        self._last = last
        self._changed = asyncio.Event()

    def follow(self, timetable: Timetable | None) -> None:
        """Send heartbeats at the times of another config from now on."""
        self._timetable = timetable
        self._changed.set()

    @classmethod
    async def load(cls, timetable: Timetable | None, store: Store, clock: Clock) -> Self:
        """Count on from where an earlier daemon ended; see the class for the arguments."""
        last = await load_json(store, _KEY, _read)
        if last is None:
            last = LastHeartbeat(clock.now(), (await store.counts())["gaps"])
        return cls(timetable, store, clock, last)

    async def looked(self) -> None:
        if self._timetable is not None:
            await self._keep(replace(self._last, looks=self._last.looks + 1))

    async def run(self, send: Callable[[LastHeartbeat, int], Awaitable[None]]) -> None:
        if self._timetable is not None:
            await self._keep(self._last)
        while True:
            self._changed.clear()
            last, now = self._last, self._clock.now()
            due = self._timetable.after(min(last.at, now)) if self._timetable else None
            if due is None:
                await self._changed.wait()
            elif due <= now:
                gaps = (await self._store.counts())["gaps"]
                await send(last, max(gaps - last.gaps, 0))
                # Looks that were counted while it was sent belong to the next one.
                await self._keep(LastHeartbeat(now, gaps, self._last.looks - last.looks))
            else:
                seconds = min((due - now).total_seconds(), _LONGEST_SLEEP)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._clock.world(seconds)):
                        await self._changed.wait()

    async def _keep(self, last: LastHeartbeat) -> None:
        self._last = last
        await save_json(self._store, _KEY, asdict(last))


async def failing(watcher: Watcher, deliverer: Deliverer) -> Mapping[str, str]:
    """Return what is wrong, by the names of watches and targets."""
    errors = {
        ", ".join(watch.name for watch in watches): await watcher.troubles.of(source)
        for source, watches in watcher.sources.items()
    }
    errors |= {name: target.error for name, target in deliverer.health.items() if target.told}
    return {name: text for name, text in errors.items() if text}


def tracker_summary(health: TrackerHealth) -> str:
    """Return how the tracker is, to be read after its name."""
    if health.stopped:
        return f"is stopped until you act: {health.stopped}"
    if health.failing_since:
        return f"hasn't answered since {local_time(health.failing_since)}: {health.last_failure}"
    if broken := health.actions.failing:
        names = ", ".join(f"{action.name} since {local_time(action.since)}" for action in broken)
        return f"can't answer {names}: {broken[0].text}"
    if health.last_answer:
        return f"answered {local_time(health.last_answer)}"
    return "was not asked yet"


def _read(stored: Any) -> LastHeartbeat:  # noqa: ANN401 - JSON
    return LastHeartbeat(**stored | {"at": stored_time(stored["at"])})
