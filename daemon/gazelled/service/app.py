"""The daemon: its parts, put together by `gazelled.service.compose`, and its life."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from gazelled import __version__
from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.config.document.config_files import Stamp
from gazelled.delivery import Deliverer
from gazelled.errors import (
    GiveUp,
    RequestRefused,
    StateUnavailable,
    TargetFault,
    TrackerError,
)
from gazelled.hooks import Bus
from gazelled.model import Answer, Call, Delivery, Lane, StreamId
from gazelled.redact import Redactor
from gazelled.schedule import Scheduler, Timetable
from gazelled.service.destinations import Destination
from gazelled.service.maintenance import maintain, maintain_forever
from gazelled.service.monitoring.monitor import Monitor
from gazelled.service.monitoring.request_use import RequestUse
from gazelled.service.notices.heartbeat import Heartbeat, LastHeartbeat, failing, tracker_summary
from gazelled.service.notices.ping import Ping
from gazelled.service.notices.sender import NoticeSender
from gazelled.service.notices.silences import silence_notices
from gazelled.service.notices.texts import (
    Notice,
    account_taken,
    account_taken_over,
    heartbeat,
)
from gazelled.service.outages.state_outage import StateOutage
from gazelled.service.plugins.contexts import PluginContexts
from gazelled.service.plugins.happenings import Happenings
from gazelled.service.plugins.plugin_guard import PluginGuard
from gazelled.service.reloading.listening import Listening
from gazelled.service.reloading.reload_reply import ReloadReply, Reloads
from gazelled.service.schema_drift import DriftMonitor
from gazelled.service.source_runs import SourceRuns
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.service.systemd.status_line import keep_status_line
from gazelled.service.web.access.web_access import WebAccess
from gazelled.service.web.feed_server import WebServer
from gazelled.service.web.live.changes import TIME
from gazelled.service.wiring import Wiring
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
MOST_NAMED = 3
"""So many watches that look next are named, of all that share a request."""


@dataclass(eq=False)
class App:
    """
    All parts of the daemon, or of a command that owns the state for a moment: not `serving`.

    The ontology is the site's words, as far as known; `restart_needed` the config on disk that was
    read last, and the keys of it that are used from the next start on; `refused` the one that the
    last reload refused, with its first problem and when that was.
    """

    config: Config
    folder: Path
    clock: Clock
    redactor: Redactor
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
    wiring: Wiring
    request_use: RequestUse
    access: WebAccess
    outage: StateOutage
    started: datetime
    listening: Listening | None = None
    ontology: Vocabulary = SNAPSHOT
    serving: bool = False
    control_problem: str = ""
    monitor: Monitor = field(default_factory=Monitor)
    reloader: Reloads | None = None
    restart_needed: tuple[Stamp, Sequence[str]] = ((), ())
    refused: tuple[Stamp, str, datetime] | None = None
    notifier: Notifier = field(default_factory=lambda: Notifier({}))
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def answered(self, answer: Answer) -> None:
        """Hand an answer to the plugins; learn the words of the site from it."""
        self.request_use.count()
        self.happenings.changes.announce("tracker", "watches")
        if answer.call.form or answer.call.action == DOWNLOAD:
            return  # a file holds the passkey, and neither answers anybody else
        self.bus.observers.answered(answer)
        self.drift_monitor.see(answer)
        if answer.call.action == "ontology":
            with suppress(ValueError):
                self.ontology = read_vocabulary(answer.payload)

    def request_failed(self, call: Call, error: str, seconds: float | None) -> None:
        """Show plugins a request that failed, and that is sent again after some seconds or not."""
        self.request_use.count()
        self.happenings.request_failed(call, error, seconds)

    @property
    def site(self) -> Site:
        """The site, with the limit that holds."""
        return self.config.tracker.site

    @property
    def web(self) -> WebServer | None:
        """What serves the page and what targets publish; None if nothing is to listen."""
        return self.listening.server if self.listening else None

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

    async def reload(self, *, notify: bool = True) -> ReloadReply:
        """
        Read the config again and use it, unless something is wrong with it.

        Args:
            notify: Whether the targets of notices learn of a config that is refused.

        Raises:
            RequestRefused: If the config isn't read again, as by a command that owns the state.

        """
        if self.reloader is None:
            raise RequestRefused("No daemon runs here, only a command; its config is read once.")
        return await self.reloader.reload(notify=notify)

    async def notify_at_once(self, notice: Notice) -> bool:
        """Send a notice past the state; return whether it reached anybody."""
        event = self.notices.event(notice)
        names = self.config.notices.tell
        tries = [self.deliver(Delivery(event, name)) for name in names]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        for name, outcome in zip(names, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                log.warning("notice.failed", target=name, error=self.redactor.scrub(str(outcome)))
        return any(outcome is None for outcome in outcomes)

    async def forever(self, notifier: Notifier) -> None:
        """Serve until `stopping` is set; raise StateUnavailable for one that isn't waited out."""
        try:
            await self._serve(notifier)
        except* StateUnavailable:
            if not self.stopping.is_set():  # else it is what could not be kept any more
                raise
        log.info("daemon.stopped")

    async def _serve(self, notifier: Notifier) -> None:
        self.outage.on_change = partial(self.happenings.changes.announce, "tracker")
        self.notifier = notifier
        ping = Ping(lambda: self.config, self.monitor.report, self.clock)
        async with self.runs.ending(), asyncio.TaskGroup() as group:
            background = [
                group.create_task(self.deliverer.run(), name="deliverer"),
                group.create_task(self._feed_watchdog(notifier, ping), name="watchdog"),
                group.create_task(ping.run(), name="ping"),
                group.create_task(
                    maintain_forever(
                        self.store, self.clock, self.configured, self._notify_of_silences
                    ),
                    name="upkeep",
                ),
                group.create_task(self.catcher.run(), name="catching up"),
                group.create_task(self.heartbeat.run(self._send_heartbeat), name="heartbeat"),
                group.create_task(self._own_account(), name="account"),
                group.create_task(self._keep_status_line(notifier), name="status line"),
                group.create_task(self.outage.run(), name="state"),
            ]
            self.scheduler.begin()
            self.plugins.jobs.begin()
            self.serving = True
            self.ready.set()
            notifier.ready()
            log.info(
                "daemon.started",
                version=__version__,
                config=str(self.config.file),
                watches=len(self.config.watches),
                folder=str(self.folder),
            )
            self.log_idleness()
            await self.stopping.wait()
            notifier.stopping()
            log.info("daemon.stop_requested")
            self.outage.end()
            if self.reloader:
                await self.reloader.end()
            self.scheduler.end()
            self.plugins.jobs.end()
            # A message that is cut off may arrive nevertheless, and is sent again.
            self.deliverer.end()
            await asyncio.wait(background[:1], timeout=DELIVERED_WITHIN)
            for task in background:
                task.cancel()

    async def _own_account(self) -> None:
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
            else:
                self.dispatcher.take_over()
                if since is not None:
                    log.warning("standby.left")
                    await self.notices.send(account_taken_over(self.site.name, since))
                    self.happenings.account_changed("", self.clock.now())
                    since = None
                await self._until_lost()
                continue
            await self.clock.sleep(CLAIM_EVERY)

    async def _until_lost(self) -> None:
        """Wait while the account is owned, or for the next beat of the watchdog."""
        with self.happenings.changes.followed() as follower:
            while TIME not in await follower.next() and not self.dispatcher.session.taken:
                continue

    async def _keep_status_line(self, notifier: Notifier) -> None:
        await keep_status_line(
            notifier,
            self.happenings.changes,
            lambda: self.redactor.scrub(self.summary()),
            self.monitor.report,
        )

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

    async def _notify_of_silences(self) -> None:
        failing = (await self.watcher.troubles.failing()).keys()
        watches, now = self.config.watches.values(), self.clock.now()
        for notice in await silence_notices(self.store, watches, failing, now):
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
        await self._notify_of_silences()
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
        await self.outage.unless_begun(self.runs.run(source, Lane.PERSON))

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

    async def _feed_watchdog(self, notifier: Notifier, ping: Ping) -> None:
        interval = notifier.watchdog_interval or HEARTBEAT
        while True:
            self.scheduler.look_again()
            self.plugins.jobs.look_again()
            await asyncio.sleep(0)  # lets it start what a sleep of the machine made late
            stuck = self.stuck() or await self._stuck_store()
            if stuck and not self.outage.problem:  # everything is held then
                log.error("daemon.stalled", what=stuck)
            else:
                notifier.watchdog()
            ping.look()
            self.happenings.changes.announce(TIME)
            await asyncio.sleep(interval)

    def coming(self) -> tuple[str, datetime] | None:
        """Return the first names of the watches that look next, and when; None if none will."""
        times = {
            name: self.runs.next_run(name) for name in map(StreamId, self.scheduler.next_runs())
        }
        runs = {name: at for name, at in times.items() if at is not None}
        if not runs:
            return None
        source = min(runs, key=lambda name: runs[name])
        names = [watch.name for watch in self.watcher.sources[source]]
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        return f"{', '.join(names[:MOST_NAMED])}{more}", runs[source]

    def log_idleness(self) -> None:
        """Log that no watch runs, if it is so."""
        if not self.config.watches:
            log.warning("watches.emptied")

    def summary(self) -> str:
        health = self.dispatcher.health
        if outage := self.outage.summary():
            return outage
        if health.elsewhere:
            return f"Standing by. {health.elsewhere}"
        if health.stopped:
            return f"{self.site.name}: stopped until you act. {health.stopped}"
        upcoming = self.coming()
        coming = f"; next {upcoming[0]} {local_time(upcoming[1])}" if upcoming else ""
        if health.failing_since:
            since = local_time(health.failing_since)
            return f"{self.site.name} hasn't answered since {since} ({health.last_failure}){coming}"
        if broken := [action.name for action in health.actions.failing]:
            coming = f"; failing: {', '.join(broken)}{coming}"
        answered = health.last_answer
        if not self.config.watches:
            last = f"; {self.site.name} answered {local_time(answered)}" if answered else ""
            return f"No watch runs, so nothing is requested{last}{coming}"
        last = f"answered {local_time(answered)}" if answered else "no request sent yet"
        return f"Watching {len(self.config.watches)}; {self.site.name} {last}{coming}"
