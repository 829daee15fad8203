"""The composition root: builds everything, in an order to be read, and owns all lifetimes."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

import structlog

from gazelled.clock import Clock
from gazelled.config import Config, credentials_digest
from gazelled.containment.loop_watcher import LoopWatcher
from gazelled.delivery import Deliverer
from gazelled.errors import BadAnswer
from gazelled.hooks import Bus
from gazelled.hooks.loading import PluginProblem
from gazelled.model import Answer, Delivery, StreamId
from gazelled.redact import Redactor
from gazelled.schedule import Scheduler, Timetable
from gazelled.service.app import App
from gazelled.service.configuration.configured_targets import (
    TargetChanges,
    adopt_targets,
    record_targets,
)
from gazelled.service.control import server
from gazelled.service.destinations import PUBLIC, make_destinations
from gazelled.service.lock import own, socket_for
from gazelled.service.maintenance import adopt_state, save_unreadable
from gazelled.service.notices.heartbeat import Heartbeat
from gazelled.service.notices.sender import NoticeSender
from gazelled.service.plugin_access import TorrentFiles
from gazelled.service.plugins.contexts import DaemonParts, plugin_contexts
from gazelled.service.plugins.happenings import Happenings
from gazelled.service.plugins.look_participants import look_participants
from gazelled.service.plugins.plugin_guard import PluginGuard
from gazelled.service.plugins.source_polls import SourcePolls
from gazelled.service.policies import make_policies
from gazelled.service.schema_drift import DriftMonitor
from gazelled.service.source_runs import SourceRuns
from gazelled.service.web.feed_server import WebServer
from gazelled.store import Store
from gazelled.tracker.answers.health import TrackerHealth
from gazelled.tracker.answers.torrent_files import file_page
from gazelled.tracker.client.composer import Composer
from gazelled.tracker.client.connect import open_dispatcher
from gazelled.tracker.client.downloads import Downloads
from gazelled.tracker.transport.proxies import proxy_environment
from gazelled.watches.catching_up import CatchUp
from gazelled.watches.findings import Skipped, Trouble
from gazelled.watches.sentinel import SENTINEL
from gazelled.watches.watcher import Watcher

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
) -> AsyncIterator[App]:
    """
    Own a state folder and put the daemon together; nothing is asked or delivered yet.

    Args:
        redactor: Where secrets that come to light go.
        web: Whether to serve what plugins publish.
        spread: Whether jobs get offsets, so that not everyone comes at once.

    Raises:
        StateError: If the folder can't be used.
        ConfigError: If something in the configuration can't be used after all.

    """
    redactor.add(*(secret.get_secret_value() for secret in config.secrets))
    async with _one_exception(), AsyncExitStack() as stack:
        owner = stack.enter_context(own(folder))
        store = await stack.enter_async_context(await Store.open(folder))
        target_changes = await _adopt(config, store, folder, clock.now())
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
        socket = socket_for(folder, environ)
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
                mark=owner.mark,
                answered=answered,
                failed=happenings.request_failed,
            )
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
        destinations = make_destinations(
            config,
            folder,
            site,
            bus,
            files,
            contexts=plugins.by_plugin,
            record_parts=store.outbox.record_parts,
            notify=notices.about_deliveries(
                {watch.name: watch.tell for watch in config.watches.values()}
            ),
        )

        watcher = Watcher(
            [*config.watches.values()],
            site,
            store,
            clock,
            ask=SourcePolls(
                composer.composing(dispatcher.call), config, bus, clock, redactor.scrub
            ).ask,
            committed=committed,
            notice=notices.of_source,
            on_trouble=_on_trouble(folder, notices, redactor),
            catch_up=tracker.catch_up,
            participants=look_participants(bus, redactor.scrub),
        )
        catcher = CatchUp(watcher, watcher.contiguous, site, dispatcher.call, clock)
        scheduler = Scheduler(clock, start, salt=salt)
        stack.callback(scheduler.end)
        heartbeat = await Heartbeat.load(
            scheduler.timetable("alive", [alive]) if (alive := config.notices.alive) else None,
            store,
            clock,
        )
        runs = SourceRuns(watcher, dispatcher, scheduler, store, heartbeat, clock)
        app = App(
            config=config,
            folder=folder,
            clock=clock,
            redactor=redactor,
            site=site,
            store=store,
            dispatcher=dispatcher,
            watcher=watcher,
            catcher=catcher,
            scheduler=scheduler,
            timetables=_timetables(watcher, scheduler, await store.last_runs()),
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
            started=clock.now(),
        )
        problems += await stack.enter_async_context(plugins.living())
        await _report(target_changes, problems, app)
        await stack.enter_async_context(_publishing(app, listen=web))
        await stack.enter_async_context(server.serve(app, socket))
        owner.describe(socket)
        yield app


async def _adopt(config: Config, store: Store, folder: Path, now: datetime) -> TargetChanges:
    """Let the state follow the names of watches and targets in the config."""
    await adopt_state(config, store)
    return await adopt_targets(config, store, folder, now)


async def _report(
    changes: TargetChanges,
    problems: Sequence[PluginProblem],
    app: App,
) -> None:
    """Load the health of targets; try those with other options; report what is missing."""
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
async def _publishing(app: App, *, listen: bool) -> AsyncIterator[None]:
    """Get the targets ready, and serve what they publish."""
    for target in app.destinations.values():
        await app.bus.lifetimes.prepare(target.plugin, target.options, target.context)
    publish = any(target.options.publishes for target in app.destinations.values())
    if not (listen and (publish or any((app.folder / PUBLIC).iterdir()))):
        yield
        return
    address = app.config.web.listen
    app.web = WebServer(
        app.folder / PUBLIC,
        address,
        app.clock,
        app.notices.web_changed,
        handlers=app.bus.web.file,
    )
    async with app.web.running():
        yield


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


def _on_trouble(
    folder: Path, notices: NoticeSender, redactor: Redactor
) -> Callable[[Trouble | Skipped], Awaitable[None]]:
    """Return what keeps an answer that can't be read, and notifies of a source's trouble."""

    async def on_trouble(trouble: Trouble | Skipped) -> None:
        if isinstance(trouble, Trouble) and isinstance(trouble.problem, BadAnswer):
            await asyncio.to_thread(
                save_unreadable, folder, trouble.source, trouble.problem, redactor
            )
        await notices.source_changed(trouble)

    return on_trouble


def _timetables(
    watcher: Watcher,
    scheduler: Scheduler,
    last_runs: Mapping[str, datetime],
) -> Mapping[str, Timetable]:
    """Schedule every source: it is due whenever one of its watches is, or one it speaks for."""
    timetables: dict[str, Timetable] = {}
    for source, watches in watcher.sources.items():
        spoken_for = watcher.heralded if source == SENTINEL else ()
        due = [*watches, *(watch for name in spoken_for for watch in watcher.sources[name])]
        schedules = [watch.schedule for watch in due]
        timetables[source] = scheduler.timetable(source, schedules)
        scheduler.add(source, schedules, last_runs.get(source))
    return timetables


async def _salt(store: Store) -> str:
    salt = await store.get_kv(_SALT)
    if salt is None:
        salt = secrets.token_hex(16)
        await store.set_kv(_SALT, salt)
    return salt
