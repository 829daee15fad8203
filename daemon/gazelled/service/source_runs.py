"""Runs of sources: when they begin, how they wait before another try, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from gazelled.clock import Clock
from gazelled.errors import (
    BadAnswer,
    RequestRefused,
    SourceError,
    StateUnavailable,
    TrackerError,
    TrackerUnavailable,
)
from gazelled.model import Call, Lane, StreamId
from gazelled.schedule import Scheduler
from gazelled.service.notices.heartbeat import Heartbeat
from gazelled.service.reloading.look_gate import LookGate
from gazelled.store import Store
from gazelled.tracker.answers.action_health import page_of
from gazelled.tracker.transport.dispatcher import Dispatcher
from gazelled.watches.plugins.source_listing import is_polled
from gazelled.watches.watcher import Watcher

log = structlog.stdlib.get_logger(__name__)

STOP_WITHIN = 10.0
TRY_AGAIN = 900.0
TRY_PART_AGAIN = 240.0
"""How long a source waits at most, in seconds, when only what it needs besides can't be had."""

A_MOMENT = 1.0


class SourceRuns:
    """
    The runs of the watches of each source, one at a time, and their waits before another try.

    Attributes:
        watcher: What runs the watches; that of another config is put there while nothing looks.
        gate: Through which looks begin.

    """

    def __init__(
        self,
        watcher: Watcher,
        dispatcher: Dispatcher,
        scheduler: Scheduler,
        store: Store,
        heartbeat: Heartbeat,
        clock: Clock,
    ) -> None:
        self.watcher = watcher
        self._health = dispatcher.health
        self._scheduler = scheduler
        self._store = store
        self._heartbeat = heartbeat
        self._clock = clock
        self.gate = LookGate()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waits: dict[str, tuple[asyncio.Task[None], datetime]] = {}
        self._ended: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def ending(self) -> AsyncIterator[None]:
        """End what runs at the end, however it comes."""
        try:
            yield
        finally:
            tasks = [task for task in self._tasks.values() if not task.done()]
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=STOP_WITHIN)

    def start(self, source: StreamId) -> None:
        """Begin to run the watches of a source, unless they are running already, or paused."""
        if source in self.watcher.sources and not self.watcher.active(source):
            log.debug("source.paused", source=source)
            return
        if self._is_running(source):
            log.debug("watch.run_skipped", source=source)
            return
        # Kept and cancelled at the end; a failed watch harms nobody else.
        task = asyncio.create_task(self._run_logged(source), name=f"watch {source}")
        self._tasks[source] = task

    async def run(self, source: StreamId, lane: Lane, *, due: bool | None = None) -> None:
        """Run the watches of a source once; raises a TrackerError if that can't be."""
        await self.gate.run(lambda: self._look(source, lane, due=due))

    async def _look(self, source: StreamId, lane: Lane, *, due: bool | None) -> None:
        if source not in self.watcher.sources:
            raise RequestRefused(f"No watch asks for {source} any more.")
        if not self.watcher.active(source):
            return  # it wasn't asked, so that it is due when it is resumed
        at = self._clock.now()
        try:
            await self.watcher.run(source, lane, due=due)
        except (RequestRefused, BadAnswer, SourceError):
            await self._store.mark_run(source, at)  # it was asked: a restart doesn't ask it again
            raise
        await self._store.mark_run(source, at)
        await self._heartbeat.looked()

    def follow(self, ended: Callable[[], None]) -> None:
        """Call a function whenever a run has ended and the next one is known."""
        self._ended = ended

    def next_run(self, source: StreamId) -> datetime | None:
        """Return when a source will really be asked next; None if others have to act first."""
        waits_until = self._waits[source][1] if source in self._waits else None
        if source not in self.watcher.sources or not self.watcher.active(source):
            return None
        due = waits_until or self._scheduler.next_run(source)
        if is_polled(self.watcher.sources[source]):
            return due
        if due is None or self._health.held_for() is None:
            return None
        paused = self._health.held_until()
        held = (paused[0] - self._clock.now()).total_seconds() if paused else 0.0
        held = max(held, self._health.actions.held_for(self._call(source)))
        in_queue = self._is_running(source) and waits_until is None
        soonest = self._clock.now() + timedelta(seconds=held)
        return soonest if held and in_queue else max(due, soonest)

    def held(self) -> set[StreamId]:
        """Return the sources that run and whose action rests."""
        actions = self._health.actions
        return {
            source
            for source in self.watcher.sources
            if self._is_running(source) and actions.held_for(self._call(source))
        }

    def wake(self, source: StreamId) -> bool:
        """End the wait of a source; return whether it waited."""
        return self._waits[source][0].cancel() if source in self._waits else False

    async def _run_logged(self, source: StreamId) -> None:
        try:
            while (seconds := await self._try(source)) is not None:
                await self._wait(source, seconds)
        except StateUnavailable:
            return  # the daemon stops while it can't be kept: that look is made again
        except Exception:
            log.exception("watch.crashed", source=source)
        finally:
            self._ended()

    async def _try(self, source: StreamId) -> float | None:
        """Run the watches of a source; return after how long again, None for when they are due."""
        try:
            await self.run(source, Lane.WATCH)
        except TrackerUnavailable as problem:
            if source not in self.watcher.sources:
                return None
            if problem.after is None or not problem.action:
                return TRY_AGAIN
            if problem.action == page_of(self._call(source)):
                return max(problem.after, A_MOMENT)
            return min(max(problem.after, A_MOMENT), TRY_PART_AGAIN)
        except TrackerError:
            return None
        return None

    async def _wait(self, source: StreamId, seconds: float) -> None:
        until = self._clock.now() + timedelta(seconds=seconds)
        # A task of its own: waking cancels the sleep and not the run.
        task = asyncio.create_task(self._clock.sleep(seconds), name=f"wait {source}")
        self._waits[source] = task, until
        self._ended()
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
            del self._waits[source]

    def _is_running(self, source: StreamId) -> bool:
        task = self._tasks.get(source)
        return task is not None and not task.done()

    def _call(self, source: StreamId) -> Call:
        return self.watcher.sources[source][0].call
