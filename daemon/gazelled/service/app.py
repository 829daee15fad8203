"""The daemon: its parts, put together by `gazelled.service.compose`, and its life."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.delivery import Deliverer
from gazelled.errors import GiveUp, TargetFault, TrackerError
from gazelled.hooks import Bus
from gazelled.model import Answer, Delivery, Lane, StreamId
from gazelled.redact import Redactor
from gazelled.schedule import Scheduler, Timetable
from gazelled.service.destinations import Destination
from gazelled.service.maintenance import maintain, maintain_forever
from gazelled.service.notices.heartbeat import Heartbeat, LastHeartbeat, failing, tracker_summary
from gazelled.service.notices.sender import NoticeSender
from gazelled.service.notices.texts import account_taken, account_taken_over, heartbeat
from gazelled.service.plugins.contexts import PluginContexts
from gazelled.service.plugins.happenings import Happenings
from gazelled.service.plugins.plugin_guard import PluginGuard
from gazelled.service.schema_drift import DriftMonitor
from gazelled.service.sd_notify import Notifier
from gazelled.service.source_runs import SourceRuns
from gazelled.service.web.feed_server import WebServer
from gazelled.store import Store
from gazelled.text import local_time
from gazelled.tracker.answers.torrent_files import DOWNLOAD
from gazelled.tracker.catalogue import SNAPSHOT, Vocabulary, read_vocabulary
from gazelled.tracker.client.composer import Composer
from gazelled.tracker.client.downloads import Downloads
from gazelled.tracker.login.ownership import AccountTaken
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.dispatcher import Dispatcher
from gazelled.watches.catching_up import CatchUp
from gazelled.watches.watcher import Watcher

log = structlog.stdlib.get_logger(__name__)

DELIVERED_WITHIN = 3.0
DRAIN_WITHIN = 300.0
CATCH_UP_WITHIN = 600.0
JOBS_WITHIN = 300.0
CLAIM_EVERY = 60.0
HEARTBEAT = 60.0
LATE = 300.0
STORE_WITHIN = 30.0


@dataclass(eq=False)
class App:
    """
    All parts of the daemon, or of a command that owns the state for a moment: not `serving`.

    `web` is None when nothing is published; the ontology is the site's words, as far as known.
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
    plugins: PluginContexts
    destinations: Mapping[str, Destination]
    deliverer: Deliverer
    notices: NoticeSender
    heartbeat: Heartbeat
    drift_monitor: DriftMonitor
    downloads: Downloads
    composer: Composer
    runs: SourceRuns
    happenings: Happenings
    plugin_guard: PluginGuard
    started: datetime
    web: WebServer | None = None
    ontology: Vocabulary = SNAPSHOT
    serving: bool = False
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def answered(self, answer: Answer) -> None:
        """Hand an answer to the plugins; learn the words of the site from it."""
        if answer.call.form or answer.call.action == DOWNLOAD:
            return  # a file holds the passkey, and neither answers anybody else
        self.bus.observers.answered(answer)
        self.drift_monitor.see(answer)
        if answer.call.action == "ontology":
            with suppress(ValueError):
                self.ontology = read_vocabulary(answer.payload)

    async def deliver(self, delivery: Delivery) -> None:
        """Hand a delivery to its target's plugin; raise as that does."""
        if delivery.target not in self.config.targets:
            raise GiveUp(f"There is no target {delivery.target} in the config any more.")
        destination = self.destinations.get(delivery.target)
        if destination is None:
            raise TargetFault(f"The plugin of {delivery.target} is left out; see gazelled check.")
        await self.bus.targets.deliver(
            destination.plugin, delivery, destination.options, destination.context
        )

    async def forever(self, notifier: Notifier) -> None:
        async with self.runs.ending(), asyncio.TaskGroup() as group:
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
            self.plugins.jobs.begin()
            self.serving = True
            notifier.ready()
            log.info("daemon.started", watches=len(self.config.watches), folder=str(self.folder))
            await self.stopping.wait()
            notifier.stopping()
            log.info("daemon.stop_requested")
            self.scheduler.end()
            self.plugins.jobs.end()
            # A message that is cut off may arrive nevertheless, and is sent again.
            self.deliverer.end()
            await asyncio.wait(background[:1], timeout=DELIVERED_WITHIN)
            for task in background:
                task.cancel()
        log.info("daemon.stopped")

    async def _own_account(self, notifier: Notifier) -> None:
        """Own the account as soon as nobody else does, and send nothing until then."""
        since: datetime | None = None
        while True:
            try:
                await self.dispatcher.session.claim()
            except AccountTaken as taken:
                self.dispatcher.stand_by(taken)
                if since is None:
                    since = self.clock.now()
                    log.warning("standby.entered", reason=str(taken))
                    await self.notices.send(account_taken(self.site.name, str(taken), since))
                    self.happenings.account_changed(str(taken), since)
                    self._show(notifier)
            else:
                self.dispatcher.take_over()
                if since is not None:
                    log.warning("standby.left")
                    await self.notices.send(account_taken_over(self.site.name, since))
                    self.happenings.account_changed("", self.clock.now())
                    since = None
                    self._show(notifier)
            await self.clock.sleep(CLAIM_EVERY)

    def _show(self, notifier: Notifier) -> None:
        notifier.status(self.redactor.scrub(self.summary()))

    async def _send_heartbeat(self, last: LastHeartbeat, missed: int) -> None:
        events = [
            len(await self.store.archive.events_of(name, last.at)) for name in self.config.watches
        ]
        notice = heartbeat(
            self.site.name,
            last.at,
            watches=len(self.config.watches),
            looks=last.looks,
            events=sum(events),
            missed=missed,
            tracker=tracker_summary(self.dispatcher.health),
            failing=await failing(self.watcher, self.deliverer),
        )
        await self.notices.send(notice)

    async def once(self) -> bool:
        """Do every watch that is due or never ran, deliver, and end; return whether that worked."""
        now = self.clock.now()
        last_runs = await self.store.last_runs()
        well = True
        for source, timetable in self.timetables.items():
            last = last_runs.get(source)
            due = now if last is None else timetable.first(last, now)
            if due is None or due > now + timedelta(seconds=LATE):
                continue
            try:
                await self.runs.run(StreamId(source), Lane.PERSON, due=True)
            except TrackerError:
                well = False
        if well:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.clock.world(CATCH_UP_WITHIN)):
                    await self.catcher.once()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.clock.world(JOBS_WITHIN)):
                await self.plugins.jobs.run_due()
        await self.deliverer.drain(DRAIN_WITHIN)
        await maintain(self.store, self.clock, *self.configured())
        return well and not self.deliverer.health

    async def resume(self) -> list[str]:
        """
        Ask the tracker again at once, whatever held it up: a person has said so.

        Those watches are returned that are due at once, since their source waited or could not
        be read.
        """
        held = self.runs.held()  # before the resume ends what holds them
        await self.dispatcher.resume()
        self.catcher.resume()
        due: list[str] = []
        for source, watches in self.watcher.sources.items():
            waited = self.runs.wake(source) or source in held
            if not self.serving or not (waited or await self.watcher.troubles.of(source)):
                continue
            if not waited:
                self.runs.start(source)
            due += [watch.name for watch in watches]
        return due

    async def run_watch(self, name: str) -> None:
        """Run a watch now, because a person says so."""
        source = next(
            source
            for source, watches in self.watcher.sources.items()
            if any(watch.name == name for watch in watches)
        )
        await self.runs.run(source, Lane.PERSON)

    def left_out(self) -> Mapping[str, str]:
        """Return why plugins were not loaded."""
        problems = self.config.registry.problems()
        return {problem.plugin: problem.message for problem in problems}

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
        interval = notifier.watchdog_interval or HEARTBEAT
        while True:
            self.scheduler.look_again()
            self.plugins.jobs.look_again()
            await asyncio.sleep(0)  # lets it start what a sleep of the machine made late
            stuck = self.stuck() or await self._stuck_store()
            if stuck:
                log.error("daemon.stalled", what=stuck)
            else:
                notifier.watchdog()
            self._show(notifier)
            await asyncio.sleep(interval)

    def summary(self) -> str:
        health = self.dispatcher.health
        if health.elsewhere:
            return f"Standing by. {health.elsewhere}"
        if health.stopped:
            return f"{self.site.name}: stopped until you act. {health.stopped}"
        times = {
            name: self.runs.next_run(name) for name in map(StreamId, self.scheduler.next_runs())
        }
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
        last = f"answered {local_time(answered)}" if answered else "no request sent yet"
        return f"Watching {len(self.config.watches)}; {self.site.name} {last}{coming}"
