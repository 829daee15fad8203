"""The control handlers of the history: searching it, and following it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import cast

from gazelled.errors import ConfigError, GazelledError
from gazelled.model import Event
from gazelled.plugin import event_json
from gazelled.service.app import App
from gazelled.service.control.event_replies import EventsReply, TailReply
from gazelled.service.control.protocol import (
    EventsRequest,
    Hint,
    TailRequest,
)
from gazelled.service.maintenance import KEEP_EVENTS
from gazelled.text import missing

_PAUSE = 1.0
_MOST = 100
_LONGEST = 100 * 365 * 86400.0


async def events(app: App, request: EventsRequest) -> AsyncGenerator[Hint | EventsReply, None]:
    """
    Return the events of a watch or of all, some at a time.

    What is older than the store's is read from the targets that keep events, such as journals.
    """
    now = app.clock.now()
    since = now - timedelta(seconds=min(request.since, _LONGEST))
    older: list[Mapping[str, object]] = []
    if since < now - KEEP_EVENTS:
        problems: list[str] = []
        older = await _kept_by_targets(app, since, now - KEEP_EVENTS, request, problems)
        for problem in problems:
            yield Hint(problem)
    if not older:
        await check_watch(app, request.watch)
    keys = {event["event_key"] for event in older}
    for start in range(0, len(older), _MOST):
        yield EventsReply(tuple(older[start : start + _MOST]))
    number = 0
    while stored := await app.store.archive.events_after(
        number, since=since, watch=request.watch, kind=request.kind, most=_MOST
    ):
        number = stored[-1][0]
        yield EventsReply(tuple(_data(app, event) for _, event in stored if event.key not in keys))


async def tail(app: App, request: TailRequest) -> AsyncGenerator[TailReply, None]:
    """Return events as they are written, until the daemon ends."""
    await check_watch(app, request.watch)
    archive, number = app.store.archive, request.after
    if number is None:
        number = await archive.last_event()
        yield TailReply(number)
    while not app.stopping.is_set():
        while stored := await archive.events_after(number, watch=request.watch):
            number = stored[-1][0]
            yield TailReply(number, tuple(_data(app, event) for _, event in stored))
        with suppress(TimeoutError):
            async with asyncio.timeout(_PAUSE):
                await app.stopping.wait()


async def _kept_by_targets(
    app: App, since: datetime, until: datetime, request: EventsRequest, problems: list[str]
) -> list[Mapping[str, object]]:
    """Return what targets keep of a time, the oldest first; what is wrong goes to the problems."""
    by_key: dict[str, Mapping[str, object]] = {}
    keepers = 0
    for target, destination in app.destinations.items():
        try:
            history = await app.bus.targets.history(
                destination.plugin, destination.options, destination.context, since, until
            )
        except GazelledError as error:
            problems.append(f"{target}: its events can't be read: {app.redactor.scrub(str(error))}")
            continue
        keepers += history is not None
        unreadable = 0
        for event in history or ():
            try:
                if _is_wanted(event, request, since, until):
                    by_key[str(event["event_key"])] = _scrubbed(app, event)
            except (ArithmeticError, LookupError, TypeError, ValueError):
                unreadable += 1
        if unreadable:
            problems.append(f"{target}: {unreadable} of its events can't be read: left out")
    if not keepers:
        problems.append(
            f"Events are stored for {KEEP_EVENTS.days} days; a target with the plugin journal "
            "keeps them longer."
        )
    return sorted(by_key.values(), key=lambda event: datetime.fromisoformat(str(event["at"])))


def _is_wanted(
    event: Mapping[str, object], request: EventsRequest, since: datetime, until: datetime
) -> bool:
    """Return whether a target's event was requested; what is none raises what is caught above."""
    watch, kind, _ = event["watch"], event["kind"], event["title"]
    fits = not request.watch or f"{watch}:".startswith(f"{request.watch}:")
    is_in_time = since <= datetime.fromisoformat(str(event["at"])) < until
    return fits and request.kind in {"", kind} and is_in_time


async def check_watch(app: App, watch: str) -> None:
    """Raise ConfigError if there is no such watch, nor was there any that reported something."""
    names = {*app.config.watches, *app.config.resting}
    names |= {name.partition(":")[0] for name in names}
    if not watch or watch in names or await app.store.archive.events_after(0, watch=watch, most=1):
        return
    raise ConfigError(missing("watch", watch, names))


def _data(app: App, event: Event) -> Mapping[str, object]:
    return _scrubbed(app, event_json(event))


def _scrubbed(app: App, event: Mapping[str, object]) -> Mapping[str, object]:
    """Return an event without secrets: a watch has the tracker's words, a notice gazelled's."""
    scrub = app.redactor.scrub_foreign_data if event["watch"] else app.redactor.scrub_data
    return cast("Mapping[str, object]", scrub(event))
