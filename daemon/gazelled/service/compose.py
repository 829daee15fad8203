"""The composition root: builds everything, in an order to be read, and owns all lifetimes."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from gazelled.clock import Clock
from gazelled.config import Config, credentials_digest
from gazelled.containment.loop_watcher import LoopWatcher
from gazelled.delivery import Deliverer
from gazelled.hooks import Bus
from gazelled.hooks.loading import PluginProblem
from gazelled.model import Answer, Delivery, StreamId
from gazelled.redact import Redactor
from gazelled.schedule import Scheduler
from gazelled.service.app import App
from gazelled.service.configuration.configured_targets import (
    TargetChanges,
    adopt_targets,
    record_targets,
)
from gazelled.service.control import server
from gazelled.service.destinations import PUBLIC
from gazelled.service.health_report import health_report
from gazelled.service.lock import own, socket_for
from gazelled.service.maintenance import adopt_state
from gazelled.service.monitoring.request_use import RequestUse
from gazelled.service.notices.heartbeat import Heartbeat
from gazelled.service.notices.sender import NoticeSender
from gazelled.service.outages.state_outage import OutageRecord, StateOutage
from gazelled.service.outages.unstored_arrivals import UnstoredArrivals
from gazelled.service.plugin_access import TorrentFiles
from gazelled.service.plugins.contexts import DaemonParts, plugin_contexts
from gazelled.service.plugins.happenings import Happenings
from gazelled.service.plugins.plugin_guard import PluginGuard
from gazelled.service.policies import make_policies
from gazelled.service.reloading.config_source import ConfigSource
from gazelled.service.reloading.listening import Listening, OnChange
from gazelled.service.reloading.reloader import Reloader
from gazelled.service.schema_drift import DriftMonitor
from gazelled.service.source_runs import SourceRuns
from gazelled.service.web.access.web_access import WebAccess
from gazelled.service.web.feed_server import WebServer
from gazelled.service.web.web_site import WebSite
from gazelled.service.wiring import Wiring, heartbeats, schedule_sources
from gazelled.store import Store
from gazelled.store.policy.paused_watches import PausedWatches
from gazelled.tracker.answers.health import TrackerHealth
from gazelled.tracker.answers.torrent_files import file_page
from gazelled.tracker.client.composer import Composer
from gazelled.tracker.client.connect import open_dispatcher
from gazelled.tracker.client.downloads import Downloads
from gazelled.tracker.transport.proxies import proxy_environment
from gazelled.watches.catching_up import CatchUp

log = structlog.stdlib.get_logger(__name__)

_SALT = "salt"


@asynccontextmanager
async def open_app(
    config: Config,
    folder: Path,
    *,
    clock: Clock,
    redactor: Redactor,
    environ: Mapping[str, str] = os.environ,
    web: bool = True,
    spread: bool = True,
    source: ConfigSource | None = None,
) -> AsyncIterator[App]:
    """
    Own a state folder and put the daemon together; nothing is asked or delivered yet.

    Args:
        redactor: Where secrets that come to light go.
        web: Whether to serve what plugins publish.
        spread: Whether jobs get offsets, so that not everyone comes at once.
        source: Where the config is read again; None if it never is.

    Raises:
        StateError: If the folder can't be used.
        ConfigError: If something in the configuration can't be used after all.

    """
    redactor.add(*(secret.get_secret_value() for secret in config.secrets))
    async with _one_exception(), AsyncExitStack() as stack:
        owner, socket = stack.enter_context(own(folder)), socket_for(folder, environ)
        outages, store = OutageRecord(socket.parent), await _opened(stack, folder)
        target_changes = await _adopt(config, store, outages.arrivals, folder, clock.now())
        salt = await _salt(store) if spread else ""

        tracker, site, composer = config.tracker, config.tracker.site, Composer(store)
        # What a plugin says of its failure is kept, and passed on to other targets.
        bus = await stack.enter_async_context(
            Bus(folder=config.file.parent, scrub=redactor.scrub, registry=config.registry)
        )
        problems = bus.load_installed([target.plugin for target in config.targets.values()])

        # The deliverer and the app come last, and those before them call them back.
        def answered(answer: Answer) -> None:
            app.answered(answer)

        def wake() -> None:
            deliverer.wake()

        def committed() -> None:
            deliverer.wake()
            catcher.wake()

        def start(source: str) -> None:
            runs.start(StreamId(source))

        async def send(delivery: Delivery) -> None:
            await app.deliver(delivery)

        happenings = Happenings.of(store, bus, clock, redactor.scrub)
        notices = NoticeSender(site, config.notices.tell, store, clock, wake, redactor.scrub)
        guard = PluginGuard(folder, bus, notices, redactor.scrub)
        stack.enter_context(LoopWatcher(guard.blocked).watching())
        deliverer = Deliverer(
            store,
            send,
            clock,
            notices.target_changed,
            make_policies(config, bus),
            happenings.delivery_tried,
            arrived=outages.arrivals.until_stored,
        )
        drift_monitor = await stack.enter_async_context(
            DriftMonitor(
                site.timezone,
                "token" if tracker.bare_token else "cookie",
                store,
                notices.answers_changed,
                site.dialect,
            ).running()
        )
        health = TrackerHealth(
            clock,
            store,
            credentials=credentials_digest(tracker),
            spread=salt,
            on_change=happenings.after(notices.tracker_changed),
        )
        # The libraries of targets read it there: one rule for them and the tracker.
        stack.enter_context(proxy_environment(tracker.proxy, os.environ, off=tracker.proxies_off))
        dispatcher = await stack.enter_async_context(
            open_dispatcher(
                site,
                tracker.auth,
                clock,
                health,
                store=store,
                ca=tracker.ca,
                proxy=tracker.proxy,
                redactor=redactor,
                control=socket,
                first_after=owner.first_after(site.window),
                mark=lambda under_way: outage.guard(partial(owner.mark, under_way)),
                answered=answered,
                failed=lambda *failure: app.request_failed(*failure),  # noqa: PLW0108 - it comes last
                served=happenings.counters.served,
            )
        )
        use = await stack.enter_async_context(
            RequestUse(store, clock, lambda: dispatcher.sent).running()
        )
        outage = StateOutage(
            store,
            folder,
            clock,
            outages,
            hold=dispatcher.hold,
            notify=lambda notice: app.notify_at_once(notice),  # noqa: PLW0108 - made below
            send=notices.send,
        )
        downloads = Downloads(
            dispatcher.call,
            site,
            file_page(site, tracker.auth),
            folder / "downloads",
            store,
            clock,
            a_day=tracker.downloads_a_day,
        )
        files = await stack.enter_async_context(TorrentFiles(downloads).running())
        plugins = await stack.enter_async_context(
            plugin_contexts(
                DaemonParts(
                    config, folder, clock, redactor, store, bus, dispatcher, composer, wake, salt
                )
            )
        )
        wiring = Wiring(
            folder,
            clock,
            redactor,
            store,
            composer,
            dispatcher,
            notices,
            files,
            committed,
            await WebAccess.load(store, clock),
            await PausedWatches.load(store, clock),
        )
        destinations = wiring.destinations(config, bus, plugins.by_plugin)
        watcher = wiring.watcher(config, bus)
        scheduler = Scheduler(clock, start, salt=salt)
        stack.callback(scheduler.end)
        heartbeat = await Heartbeat.load(heartbeats(config, scheduler), store, clock)
        runs = SourceRuns(watcher, dispatcher, scheduler, store, heartbeat, clock)
        catcher = CatchUp(watcher, watcher.contiguous, site, dispatcher.call, clock, runs.gate.run)
        app = App(
            config=config,
            folder=folder,
            clock=clock,
            redactor=redactor,
            store=store,
            dispatcher=dispatcher,
            watcher=watcher,
            catcher=catcher,
            scheduler=scheduler,
            timetables=schedule_sources(watcher, scheduler, await store.last_runs()),
            bus=bus,
            plugins=plugins,
            destinations=destinations,
            deliverer=deliverer,
            notices=notices,
            heartbeat=heartbeat,
            drift_monitor=drift_monitor,
            downloads=downloads,
            composer=composer,
            runs=runs,
            happenings=happenings,
            plugin_guard=guard,
            wiring=wiring,
            request_use=use,
            access=wiring.access,
            outage=outage,
            started=clock.now(),
        )
        broken = await stack.enter_async_context(plugins.living())
        await _report(target_changes, [*problems, *broken], app)
        app.reloader = Reloader(app, source) if source else None
        await stack.enter_async_context(_serving(app, socket, listen=web))
        owner.describe(socket)
        yield app


async def _opened(stack: AsyncExitStack, folder: Path) -> Store:
    return await stack.enter_async_context(await Store.open(folder))


async def _adopt(
    config: Config, store: Store, arrivals: UnstoredArrivals, folder: Path, now: datetime
) -> TargetChanges:
    """Let the state know what has arrived, and follow the names in the config."""
    await arrivals.settle(store, now)
    await adopt_state(config, store)
    return await adopt_targets(config, store, folder, now)


async def _report(
    changes: TargetChanges,
    problems: Sequence[PluginProblem],
    app: App,
) -> None:
    """Load the health of targets; try those with other options; let others see what is wrong."""
    app.monitor.report = partial(health_report, app)
    app.runs.follow(partial(app.happenings.changes.announce, "watches"))
    await app.deliverer.load()
    for name in changes.changed:
        await app.deliverer.forgive(name)
    for removed in changes.removed:
        await app.notices.target_removed(removed)
    await record_targets(app.store, changes)
    await app.plugin_guard.begin()
    await app.notices.plugins_left_out(
        {
            problem.plugin: problem.message
            for problem in problems
            if problem.plugin not in app.plugin_guard.excluded
        }
    )


@asynccontextmanager
async def _serving(app: App, socket: Path, *, listen: bool) -> AsyncIterator[None]:
    """Get the targets ready; serve what they publish, the page, and the control socket."""
    for target in app.destinations.values():
        await app.bus.lifetimes.prepare(target.plugin, target.options, target.context)
    async with AsyncExitStack() as stack:
        pages = WebSite(app)
        stack.push_async_callback(pages.end)
        if listen:
            app.listening = _listening(app, pages)
            stack.push_async_callback(app.listening.end)
            await app.listening.begin(app.config.web.listen)
        serve = server.keep_serving if listen else server.serve
        await stack.enter_async_context(serve(app, socket, pages))
        yield


def _listening(app: App, pages: WebSite) -> Listening:
    """Return where what targets publish and the page are served."""

    def make(listen: str, on_change: OnChange) -> WebServer:
        return WebServer(
            app.folder / PUBLIC,
            listen,
            app.clock,
            on_change,
            handlers=app.bus.web.file,
            pages=pages,
        )

    return Listening(make, app.notices.web_changed)


@asynccontextmanager
async def _one_exception() -> AsyncIterator[None]:
    """Let the first exception out as it is, not in the groups that groups of tasks make of it."""
    try:
        yield
    except BaseExceptionGroup as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from first.__cause__


async def _salt(store: Store) -> str:
    salt = await store.get_kv(_SALT)
    if salt is None:
        salt = secrets.token_hex(16)
        await store.set_kv(_SALT, salt)
    return salt
