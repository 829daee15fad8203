"""A sign of life, when the config asks for one: `alive = "mon 08:00"` in `[notices]`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

from gazelled.clock import Clock
from gazelled.schedule import Timetable
from gazelled.service.notices import Sign, clock_time
from gazelled.store import Store

if TYPE_CHECKING:  # it is the one who has us
    from gazelled.service.app import App

_KEY = "alive"

# The wall clock can be set back or forth meanwhile.
_LONGEST_SLEEP = 3600.0


@dataclass(frozen=True, slots=True)
class Past:
    """
    What was when the last sign was given.

    Attributes:
        at: When that was.
        gaps: How many gaps there were.
        looks: How many looks there have been since.

    """

    at: datetime
    gaps: int
    looks: int = 0


class Heartbeat:
    """
    Counts what the daemon does, and says so from time to time.

    Args:
        timetable: When a sign is given; None for never.
        store: Keeps the count over restarts.
        clock: Time.
        past: What was when the last sign was given.

    """

    def __init__(self, timetable: Timetable | None, store: Store, clock: Clock, past: Past) -> None:
        self._timetable = timetable
        self._store = store
        self._clock = clock
        self._past = past

    @classmethod
    async def load(cls, timetable: Timetable | None, store: Store, clock: Clock) -> Self:
        """Count on from where an earlier daemon ended; see the class for the arguments."""
        data = json.loads(await store.get_kv(_KEY) or "null")
        if data is None:
            past = Past(clock.now(), (await store.counts())["gaps"])
        else:
            past = Past(**data | {"at": datetime.fromisoformat(data["at"])})
        return cls(timetable, store, clock, past)

    async def looked(self) -> None:
        """Count a look at a source."""
        if self._timetable is not None:
            await self._keep(replace(self._past, looks=self._past.looks + 1))

    async def run(self, app: App) -> None:
        """
        Send a status message whenever it is due, until cancelled.

        Args:
            app: The daemon, which tells how it is.

        """
        if self._timetable is None:
            return
        await self._keep(self._past)
        while True:
            past, now = self._past, self._clock.now()
            due = self._timetable.after(min(past.at, now))
            if due is None:
                return
            if due <= now:
                gaps = (await self._store.counts())["gaps"]
                await app.notices.alive(await _sign(app, past, gaps))
                await self._keep(Past(now, gaps, self._past.looks - past.looks))
            else:
                await self._clock.sleep(min((due - now).total_seconds(), _LONGEST_SLEEP))

    async def _keep(self, past: Past) -> None:
        self._past = past
        data = {"at": past.at.isoformat(), "gaps": past.gaps, "looks": past.looks}
        await self._store.set_kv(_KEY, json.dumps(data))


async def _sign(app: App, past: Past, gaps: int) -> Sign:
    told = [len(await app.store.archive.events_of(name, past.at)) for name in app.config.watches]
    troubles = {
        ", ".join(watch.name for watch in watches): await app.watcher.troubles.of(source)
        for source, watches in app.watcher.sources.items()
    }
    troubles |= {name: each.error for name, each in app.deliverer.health.items() if each.told}
    return Sign(
        since=past.at,
        watches=len(app.config.watches),
        looks=past.looks,
        told=sum(told),
        missed=max(gaps - past.gaps, 0),
        tracker=_tracker(app),
        failing={name: text for name, text in troubles.items() if text},
    )


def _tracker(app: App) -> str:
    health = app.dispatcher.health
    if health.stopped:
        return f"is stopped until you act: {health.stopped}"
    if health.failing_since:
        return f"hasn't answered since {clock_time(health.failing_since)}: {health.last_failure}"
    if failing := health.actions.failing:
        names = ", ".join(f"{each.name} since {clock_time(each.since)}" for each in failing)
        return f"can't answer {names}: {failing[0].text}"
    if health.last_answer:
        return f"answered {clock_time(health.last_answer)}"
    return "was not asked yet"
