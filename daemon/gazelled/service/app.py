"""The daemon: its parts, put together by `gazelled.service.compose`, and its life."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.delivery import Deliverer
from gazelled.errors import (
    BadAnswer,
    GiveUp,
    RequestRefused,
    RetryLater,
    TrackerError,
    TrackerUnavailable,
)
from gazelled.hooks import Bus
from gazelled.model import Answer, Delivery, Lane, StreamId
from gazelled.plugin import Context, PluginConfig
from gazelled.redact import Redactor
from gazelled.schedule import Scheduler, Timetable
from gazelled.service.maintenance import maintain, maintain_forever
from gazelled.service.notices.heartbeat import Heartbeat, LastHeartbeat, failing, tracker_summary
from gazelled.service.notices.sender import NoticeSender
from gazelled.service.notices.texts import HeartbeatReport, heartbeat
from gazelled.service.schema_drift import DriftMonitor
from gazelled.service.sd_notify import Notifier
from gazelled.service.standby import own_account
from gazelled.service.waits import Waits
from gazelled.service.web.feed_server import WebServer
from gazelled.store import Store
from gazelled.text import local_time
from gazelled.tracker.answers.action_health import page_of
from gazelled.tracker.answers.torrent_files import DOWNLOAD
from gazelled.tracker.catalogue import SNAPSHOT, Vocabulary, read_vocabulary
from gazelled.tracker.client.downloads import Downloads
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.dispatcher import Dispatcher
from gazelled.watches.catching_up import CatchUp
from gazelled.watches.watcher import Watcher

log = structlog.stdlib.get_logger(__name__)

STOP_WITHIN = 10.0
DELIVERED_WITHIN = 3.0
DRAIN_WITHIN = 300.0
CATCH_UP_WITHIN = 600.0
HEARTBEAT = 60.0
LATE = 300.0
TRY_AGAIN = 900.0
TRY_PART_AGAIN = 240.0
"""How long a source waits at most, in seconds, when only what it needs besides can't be had."""

A_MOMENT = 1.0
STORE_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Destination:
    """
    A target made ready.

    Attributes:
        plugin: The name of its plugin.
        options: Its options.
        context: What the plugin may use.

    """

    plugin: str
    options: PluginConfig
    context: Context


@dataclass(eq=False)
class App:
    """
    All parts of the daemon.

    Attributes:
        folder: The state folder.
        timetables: The timetable of each source.
        destinations: The targets that can be delivered to.
        web: Serves what targets publish; None when nothing is published.
        ontology: The words of the site, as far as they are known.
        serving: Whether this is the daemon, and not a command that owns the state for a moment.

    """

    config: Config
    folder: Path
    clock: Clock
    redactor: Redactor
    site: Site
    store: Store
    dispatcher: Dispatcher
    watcher: Watcher
    catcher: CatchUp
    scheduler: Scheduler
    timetables: Mapping[str, Timetable]
    bus: Bus
    destinations: Mapping[str, Destination]
    deliverer: Deliverer
    notices: NoticeSender
    heartbeat: Heartbeat
    drift_monitor: DriftMonitor
    downloads: Downloads
    started: datetime
    web: WebServer | None = None
    ontology: Vocabulary = SNAPSHOT
    serving: bool = False
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _runs: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _waits: Waits = field(init=False)

    def __post_init__(self) -> None:
        """Make what needs the other parts."""
        self._waits = Waits(self.clock)

    def answered(self, answer: Answer) -> None:
        """Hand an answer to the plugins; learn the words of the site from it."""
        if answer.call.action == DOWNLOAD:
            return  # a file holds the passkey, and answers nobody else
        self.bus.answered(answer)
        self.drift_monitor.see(answer)
        if answer.call.action == "ontology":
            with suppress(ValueError):
                self.ontology = read_vocabulary(answer.payload)

    async def deliver(self, delivery: Delivery) -> None:
        """
        Hand a delivery to its target's plugin.

        Raises:
            RetryLater: If it failed for now.
            GiveUp: If it can never succeed, or the target is gone from the config.

        """
        if delivery.target not in self.config.targets:
            raise GiveUp(f"There is no target {delivery.target} in the config any more.")
        destination = self.destinations.get(delivery.target)
        if destination is None:
            raise RetryLater(f"The plugin of {delivery.target} is left out; see gazelled check.")
        # What a plugin says of its failure is kept, and passed on to other targets.
        try:
            await self.bus.deliver(
                destination.plugin, delivery, destination.options, destination.context
            )
        except RetryLater as error:
            raise RetryLater(self.redactor.scrub(str(error)), after=error.after) from None
        except GiveUp as error:
            raise GiveUp(self.redactor.scrub(str(error))) from None

    async def forever(self, notifier: Notifier) -> None:
        """Run until told to stop."""
        async with self._ending_runs(), asyncio.TaskGroup() as group:
            background = [
                group.create_task(self.deliverer.run(), name="deliverer"),
                group.create_task(self._feed_watchdog(notifier), name="watchdog"),
                group.create_task(
                    maintain_forever(self.store, self.clock, *self.configured()), name="upkeep"
                ),
                group.create_task(self.catcher.run(), name="catching up"),
                group.create_task(self.heartbeat.run(self._send_heartbeat), name="heartbeat"),
                group.create_task(self._own_account(notifier), name="account"),
            ]
            self.scheduler.begin()
            self.serving = True
            notifier.ready()
            log.info("daemon.started", watches=len(self.config.watches), folder=str(self.folder))
            await self.stopping.wait()
            notifier.stopping()
            log.info("daemon.stop_requested")
            self.scheduler.end()
            # A message that is cut off may arrive nevertheless, and is sent again.
            self.deliverer.end()
            await asyncio.wait(background[:1], timeout=DELIVERED_WITHIN)
            for task in background:
                task.cancel()
        log.info("daemon.stopped")

    async def _own_account(self, notifier: Notifier) -> None:
        def show() -> None:
            notifier.status(self.redactor.scrub(self.summary()))

        await own_account(self.dispatcher, self.notices, self.site.name, self.clock, show)

    async def _send_heartbeat(self, last: LastHeartbeat, missed: int) -> None:
        events = [
            len(await self.store.archive.events_of(name, last.at)) for name in self.config.watches
        ]
        report = HeartbeatReport(
            since=last.at,
            watches=len(self.config.watches),
            looks=last.looks,
            events=sum(events),
            missed=missed,
            tracker=tracker_summary(self.dispatcher.health),
            failing=await failing(self.watcher, self.deliverer),
        )
        await self.notices.send(heartbeat(self.site.name, report))

    @asynccontextmanager
    async def _ending_runs(self) -> AsyncIterator[None]:
        """End the runs of watches at the end, however it comes."""
        try:
            yield
        finally:
            runs = [task for task in self._runs.values() if not task.done()]
            for task in runs:
                task.cancel()
            if runs:
                await asyncio.wait(runs, timeout=STOP_WITHIN)

    async def once(self) -> bool:
        """
        Do every watch that is due or never ran, deliver, and end.

        Returns:
            Whether all of it went well.

        """
        now = self.clock.now()
        last_runs = await self.store.last_runs()
        well = True
        for source, timetable in self.timetables.items():
            last = last_runs.get(source)
            due = now if last is None else timetable.first(last, now)
            if due is None or due > now + timedelta(seconds=LATE):
                continue
            try:
                await self._run(StreamId(source), Lane.PERSON, due=True)
            except TrackerError:
                well = False
        if well:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.clock.world(CATCH_UP_WITHIN)):
                    await self.catcher.once()
        await self.deliverer.drain(DRAIN_WITHIN)
        await maintain(self.store, self.clock, *self.configured())
        return well and not self.deliverer.health

    def start(self, source: StreamId) -> None:
        """Begin to run the watches of a source, unless they are running already."""
        running = self._runs.get(source)
        if running and not running.done():
            log.debug("watch.run_skipped", source=source)
            return
        # Kept in `_runs` and cancelled at the end; a failed watch harms nobody else.
        task = asyncio.create_task(self._run_logged(source), name=f"watch {source}")
        self._runs[source] = task

    async def _run_logged(self, source: StreamId) -> None:
        try:
            while (seconds := await self._try(source)) is not None:
                await self._waits.wait(source, seconds)
        except Exception:
            log.exception("watch.crashed", source=source)

    async def _try(self, source: StreamId) -> float | None:
        """Run the watches of a source; return after how long again, None for when they are due."""
        try:
            await self._run(source, Lane.WATCH)
        except TrackerUnavailable as problem:
            if problem.after is None or not problem.action:
                return TRY_AGAIN
            if problem.action == self._page(source):
                return max(problem.after, A_MOMENT)
            return min(max(problem.after, A_MOMENT), TRY_PART_AGAIN)
        except TrackerError:
            return None
        return None

    def _page(self, source: StreamId) -> str:
        return page_of(self.watcher.sources[source][0].call)

    def next_run(self, source: StreamId) -> datetime | None:
        """Return when a source will really be asked next; None if others have to act first."""
        health = self.dispatcher.health
        due = self._waits.until(source) or self.scheduler.next_runs().get(source)
        if due is None or health.held_for() is None:
            return None
        call, paused = self.watcher.sources[source][0].call, health.held_until()
        held = (paused[0] - self.clock.now()).total_seconds() if paused else 0.0
        held = max(held, health.actions.held_for(call))
        in_queue = self._runs_now(source) and not self._waits.until(source)
        soonest = self.clock.now() + timedelta(seconds=held)
        return soonest if held and in_queue else max(due, soonest)

    def _runs_now(self, source: StreamId) -> bool:
        run = self._runs.get(source)
        return run is not None and not run.done()

    async def resume(self) -> list[str]:
        """
        Ask the tracker again at once, whatever held it up: a person has said so.

        Returns:
            The watches that are due at once, since their source waited or could not be read.

        """
        actions, sources = self.dispatcher.health.actions, self.watcher.sources
        held = {name for name, each in sources.items() if actions.held_for(each[0].call)}
        await self.dispatcher.resume()
        self.catcher.resume()
        due: list[str] = []
        for source, watches in sources.items():
            waited = self._waits.wake(source) or (source in held and self._runs_now(source))
            if not self.serving or not (waited or await self.watcher.troubles.of(source)):
                continue
            if not waited:
                self.start(source)
            due += [watch.name for watch in watches]
        return due

    async def _run(self, source: StreamId, lane: Lane, *, due: bool | None = None) -> None:
        at = self.clock.now()
        try:
            await self.watcher.run(source, lane, due=due)
        except (RequestRefused, BadAnswer):
            await self.store.mark_run(source, at)  # it was asked: a restart doesn't ask it again
            raise
        await self.store.mark_run(source, at)
        await self.heartbeat.looked()

    async def run_watch(self, name: str) -> None:
        """
        Run a watch now, because a person says so.

        Raises:
            TrackerError: If the tracker can't be asked.

        """
        source = next(
            source
            for source, watches in self.watcher.sources.items()
            if any(watch.name == name for watch in watches)
        )
        await self._run(source, Lane.PERSON)

    def configured(self) -> tuple[Collection[StreamId], Collection[str]]:
        """Return the sources and the watches that there are, those that rest, too."""
        resting = {name: watch.source for name, watch in self.config.resting.items()}
        sources = self.watcher.sources.keys() | resting.values()
        return sources, self.config.watches.keys() | resting.keys()

    def stuck(self) -> str:
        """Return what has stalled; nothing when all is well."""
        long_under_way = self.dispatcher.overdue()
        if long_under_way:
            return f"the request {long_under_way}"
        now = self.clock.now()
        runs = {} if self.stopping.is_set() else self.scheduler.next_runs()
        for source, due in runs.items():
            if due < now - timedelta(seconds=LATE):
                return f"the schedule of {source}"
        return ""

    async def _stuck_store(self) -> str:
        try:
            async with asyncio.timeout(STORE_WITHIN):
                await self.store.outbox.next_due()
        except TimeoutError:
            return f"the disk of {self.folder}"
        return ""

    async def _feed_watchdog(self, notifier: Notifier) -> None:
        """Feed the watchdog while everything moves."""
        interval = notifier.watchdog_interval or HEARTBEAT
        while True:
            self.scheduler.look_again()
            await asyncio.sleep(0)  # lets it start what a sleep of the machine made late
            stuck = self.stuck() or await self._stuck_store()
            if stuck:
                log.error("daemon.stalled", what=stuck)
            else:
                notifier.watchdog()
            notifier.status(self.redactor.scrub(self.summary()))
            await asyncio.sleep(interval)

    def summary(self) -> str:
        """Return the state of the daemon in a line."""
        health = self.dispatcher.health
        if health.elsewhere:
            return f"Standing by. {health.elsewhere}"
        if health.stopped:
            return f"{self.site.name}: stopped until you act. {health.stopped}"
        times = {name: self.next_run(name) for name in map(StreamId, self.scheduler.next_runs())}
        runs = {name: at for name, at in times.items() if at is not None}
        source = min(runs, key=lambda name: runs[name], default=None)
        names = [watch.name for watch in self.watcher.sources[source]] if source else []
        coming = f"; next {', '.join(names)} {local_time(runs[source])}" if source else ""
        if health.failing_since:
            since = local_time(health.failing_since)
            return f"{self.site.name} hasn't answered since {since} ({health.last_failure}){coming}"
        if broken := [action.name for action in health.actions.failing]:
            coming = f"; failing: {', '.join(broken)}{coming}"
        answered = health.last_answer
        last = f"answered {local_time(answered)}" if answered else "not asked yet"
        return f"Watching {len(self.config.watches)}; {self.site.name} {last}{coming}"
