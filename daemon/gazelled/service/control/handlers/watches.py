"""The control handlers of watches: running one, what it reported, forgetting what it knows."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta

from gazelled.errors import ConfigError
from gazelled.service.app import App
from gazelled.service.control import protocol
from gazelled.text import missing

LATELY = timedelta(days=30)
_FEW = 5


async def run(
    app: App, request: protocol.WatchRunRequest
) -> AsyncGenerator[protocol.WatchRunReply, None]:
    """Run a watch now."""
    name = request.name
    if name not in app.config.watches:
        raise ConfigError(missing("watch", name, app.config.watches))
    before = (await app.store.counts())["events"]
    await app.run_watch(name)
    yield protocol.WatchRunReply(name, (await app.store.counts())["events"] - before)


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
    yield protocol.WatchForgetReply(name, forgotten=not running, runs=running)
