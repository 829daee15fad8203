"""The control handlers of the history: searching it, and following it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import timedelta

from gazelled.errors import ConfigError
from gazelled.model import Event
from gazelled.service.app import App
from gazelled.service.control.codec import redacted
from gazelled.service.control.protocol import (
    EventsReply,
    EventsRequest,
    TailReply,
    TailRequest,
)
from gazelled.text import missing

_PAUSE = 1.0


async def events(app: App, request: EventsRequest) -> AsyncGenerator[EventsReply, None]:
    """Return the stored events of a watch or of all, some at a time."""
    await _check_watch(app, request.watch)
    since = app.clock.now() - timedelta(seconds=request.since)
    number = 0
    while stored := await app.store.archive.events_after(
        number, since=since, watch=request.watch, kind=request.kind
    ):
        number = stored[-1][0]
        yield EventsReply(tuple(_clean(app, event) for _, event in stored))


async def tail(app: App, request: TailRequest) -> AsyncGenerator[TailReply, None]:
    """Return events as they are written, until the daemon ends."""
    await _check_watch(app, request.watch)
    archive, number = app.store.archive, request.after
    if number is None:
        number = await archive.last_event()
        yield TailReply(number)
    while not app.stopping.is_set():
        while stored := await archive.events_after(number, watch=request.watch):
            number = stored[-1][0]
            yield TailReply(number, tuple(_clean(app, event) for _, event in stored))
        with suppress(TimeoutError):
            async with asyncio.timeout(_PAUSE):
                await app.stopping.wait()


async def _check_watch(app: App, watch: str) -> None:
    """Raise ConfigError if there is no such watch, nor was there any that reported something."""
    names = {*app.config.watches, *app.config.resting}
    names |= {name.partition(":")[0] for name in names}
    if not watch or watch in names or await app.store.archive.events_after(0, watch=watch, most=1):
        return
    raise ConfigError(missing("watch", watch, names))


def _clean(app: App, event: Event) -> Event:
    """Take secrets out: what a watch reports are the tracker's words, a notice is gazelled's."""
    scrub = app.redactor.scrub_foreign_data if event.watch else app.redactor.scrub_data
    return redacted(event, scrub)
