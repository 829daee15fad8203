"""Sending again: what a watch told, or what its rule of now would have told."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gazelled.config.model import Watch
from gazelled.errors import ConfigError, RequestRefused
from gazelled.model import Event, EventKind, Item
from gazelled.rules import Decision
from gazelled.service.app import App
from gazelled.text import meant
from gazelled.watches.kinds.new import news_events

MOST = 100
_AGAIN = ":replay:"


async def replay(
    app: App, given: Mapping[str, object]
) -> AsyncGenerator[Mapping[str, object], None]:
    """
    List what would be sent again, or send it.

    Args:
        app: The daemon.
        given: `watch`; `since`, in seconds; `to`, a target, else all that the watch tells; `items`,
            ids, if not all; `as_now`, for what fits now and wasn't told, instead of what was;
            `send`, the keys of the events to send, as they were listed before.

    Yields:
        `events`, each with its `key` and title; the `targets`; how many were `sent`.

    Raises:
        ConfigError: If there is no such watch or target.
        Refused: If it is more than is sent at once.

    """
    watch, targets = _watch(app, str(given.get("watch", ""))), _targets(app, given)
    since, now = given.get("since"), app.clock.now()
    begin = now - timedelta(seconds=since if isinstance(since, int | float) else 0)
    told = [
        event
        for event in await app.store.archive.events_of(watch.name, begin)
        if event.kind is not EventKind.FIRST_LOOK
    ]
    if given.get("as_now"):
        events = await _fitting_now(app, watch, begin, told)
    else:
        events = [event for event in told if _AGAIN not in event.key.removeprefix(event.watch)]
    events = _about(events, given.get("items"))
    send = given.get("send")
    if isinstance(send, list):
        events = [event for event in events if event.key in send]
    if len(events) > MOST:
        raise RequestRefused(
            f"that would be {len(events)} messages, and at most {MOST} are sent at once; choose"
            " with --since or --item"
        )
    if isinstance(send, list):
        for event in events:
            again = f"{event.key}{_AGAIN}{now.isoformat()}"
            await app.store.outbox.add(replace(event, key=again, at=now), targets)
        app.deliverer.wake()
    lines = [
        {
            "key": event.key,
            "kind": event.kind.value,
            "title": event.title,
            "items": [item.id for item in event.items],
            "at": event.at.isoformat(timespec="seconds"),
        }
        for event in events
    ]
    sent = len(events) if isinstance(send, list) else 0
    yield {"events": app.redactor.scrub_foreign_data(lines), "targets": [*targets], "sent": sent}


def _watch(app: App, name: str) -> Watch:
    watch = app.config.watches.get(name)
    if watch is None:
        raise ConfigError(f'There is no watch "{name}"{meant(name, app.config.watches)}')
    return watch


def _targets(app: App, given: Mapping[str, object]) -> Sequence[str]:
    """Choose whom to tell."""
    to = str(given.get("to") or "")
    if to and to not in app.config.targets:
        raise ConfigError(f'There is no target "{to}"{meant(to, app.config.targets)}')
    return [to] if to else app.config.watches[str(given["watch"])].tell


async def _fitting_now(
    app: App, watch: Watch, begin: datetime, told: Collection[Event]
) -> list[Event]:
    """Make the events that weren't told, of kept items that fit the rule of now."""
    if watch.kind != "new":
        raise RequestRefused(f'--as-now is for kind = "new", and {watch.name} is "{watch.kind}"')
    news = {item.id for event in told if event.kind is EventKind.NEW for item in event.items}
    watches = [each for sharing in app.watcher.sources.values() for each in sharing]
    running = next(each for each in watches if each.name == watch.name)
    looks: dict[datetime, list[tuple[Item, Decision]]] = {}
    for kept in await app.store.archive.items(running.source, begin):
        decision = running.match.decide(kept.item, kept.at)
        if decision.verdict and kept.item.id not in news:
            looks.setdefault(kept.at, []).append((kept.item, decision))
    return [event for at, fitting in looks.items() for event in news_events(running, fitting, at)]


def _about(events: Sequence[Event], items: object) -> list[Event]:
    """Choose the events about some items; about any when none are named."""
    wanted = {str(each) for each in items} if isinstance(items, list) else set()
    return [
        event
        for event in events
        if not wanted
        or wanted & {name for item in event.items for name in (item.id, item.id.split(":")[0])}
    ]
