"""The control handlers of watches: running one, what it reported, forgetting what it knows."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta

import structlog

from gazelled.errors import ConfigError, RequestRefused
from gazelled.model import StreamId
from gazelled.service.app import App
from gazelled.service.control import protocol
from gazelled.service.control.requests import watch_requests
from gazelled.text import missing

log = structlog.stdlib.get_logger(__name__)

LATELY = timedelta(days=30)
_FEW = 5


async def run(
    app: App, request: protocol.WatchRunRequest
) -> AsyncGenerator[protocol.WatchRunReply, None]:
    """Run a watch now."""
    name = request.name
    if name not in app.config.watches:
        raise ConfigError(missing("watch", name, app.config.watches))
    if app.wiring.paused.is_paused(name):
        raise RequestRefused(f"{name} is paused; gazelled watch resume {name} ends that")
    before = (await app.store.counts())["events"]
    await app.run_watch(name)
    yield protocol.WatchRunReply(name, (await app.store.counts())["events"] - before)


async def pause(
    app: App, request: watch_requests.WatchPauseRequest
) -> AsyncGenerator[watch_requests.WatchPauseReply, None]:
    """Ask nothing for a watch until it is resumed, over restarts too."""
    name = _known(app, request.name)
    changed = await app.wiring.paused.pause(name)
    if changed:
        log.info("watch.paused", watch=name)
        app.happenings.changes.announce("watches")
    yield watch_requests.WatchPauseReply(name, paused=True, changed=changed)


async def resume(
    app: App, request: watch_requests.WatchResumeRequest
) -> AsyncGenerator[watch_requests.WatchPauseReply, None]:
    """Ask for a paused watch again, at once."""
    name = _known(app, request.name)
    changed = await app.wiring.paused.resume(name)
    if changed:
        log.info("watch.resumed", watch=name)
        app.happenings.changes.announce("watches")
        for source in _sources_of(app, name) if app.serving else ():
            app.runs.start(source)
    yield watch_requests.WatchPauseReply(name, paused=False, changed=changed)


def _known(app: App, name: str) -> str:
    """Return the name of a watch, or of several that `each` has made; raise ConfigError if none."""
    if not _sources_of(app, name):
        raise ConfigError(missing("watch", name, app.config.watches))
    return name


def _sources_of(app: App, name: str) -> list[StreamId]:
    return [
        source
        for source, watches in app.watcher.sources.items()
        if any(name in {watch.name, watch.name.partition(":")[0]} for watch in watches)
    ]


async def told(
    app: App, request: protocol.WatchToldRequest
) -> AsyncGenerator[protocol.WatchToldReply, None]:
    """Return what a watch reported lately, the newest first."""
    events = await app.store.archive.events_of(request.name, app.clock.now() - LATELY)
    newest = tuple(
        protocol.ToldEvent(event.at, app.redactor.scrub_foreign(event.title))
        for event in reversed(events[-_FEW:])
    )
    yield protocol.WatchToldReply(newest, len(events))


async def forget(
    app: App, request: protocol.WatchForgetRequest
) -> AsyncGenerator[protocol.WatchForgetReply, None]:
    """Forget what a watch knows, and those that `each` made of it, unless it still runs here."""
    name = request.name
    running = any(watch.partition(":")[0] == name for watch in app.config.watches)
    for watch in () if running else await app.store.watches.names():
        if watch.partition(":")[0] == name:
            await app.store.watches.forget(watch)
            await app.wiring.paused.resume(watch)
    yield protocol.WatchForgetReply(name, forgotten=not running, runs=running)
