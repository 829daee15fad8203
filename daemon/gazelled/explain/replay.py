"""What is sent again: what a watch reported, or what its rule of now would have reported."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from gazelled.errors import ConfigError, RequestRefused
from gazelled.explain.context import ExplainContext
from gazelled.explain.plugin_opinions import vetoes
from gazelled.model import AGAIN, Event, EventKind, Item
from gazelled.plugin.kinds import news_events
from gazelled.rules import Decision
from gazelled.text import either, missing
from gazelled.watches.seen import Seen
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch

MOST = 100


async def events_to_replay(
    context: ExplainContext,
    watch: str,
    window: timedelta,
    *,
    items: Collection[str] = (),
    as_now: bool = False,
    keys: Collection[str] | None = None,
) -> list[Event]:
    """
    Return the events that would be sent again.

    Args:
        window: How far to go back.
        items: The ids of the items they are about; empty for all.
        as_now: Whether to return what matches now and wasn't reported, instead of what was.
        keys: The keys of the events that were chosen; None for all.

    Raises:
        ConfigError: If there is no such watch.
        RequestRefused: If it is more than is sent at once.

    """
    name, begin = context.watch(watch).name, context.clock.now() - window
    reported = [
        event
        for event in await context.store.archive.events_of(name, begin)
        if event.kind is not EventKind.FIRST_LOOK
    ]
    if as_now:
        events = await _matching_now(context, name, begin, reported)
    else:
        events = [event for event in reported if AGAIN not in event.key.removeprefix(event.watch)]
    events = [
        event
        for event in events
        if (not items or is_about(event, items)) and (keys is None or event.key in keys)
    ]
    if len(events) > MOST:
        raise RequestRefused(
            f"this would be {len(events)} messages, and at most {MOST} are sent at once; narrow it"
            " down with --since or --item"
        )
    return events


def replay_targets(context: ExplainContext, watch: str, to: str) -> Sequence[str]:
    """Return the targets to send to: one, or all of the watch if none is named."""
    targets = context.config.targets
    if to and to not in targets:
        raise ConfigError(missing("target", to, targets))
    return [to] if to else context.watch(watch).tell


async def _matching_now(
    context: ExplainContext, name: str, begin: datetime, reported: Collection[Event]
) -> list[Event]:
    """
    Make the events that weren't reported, of kept items that match the rule of now.

    A kind of a plugin decides itself, look by look, on what it hasn't reported.
    """
    watch = context.watch(name)
    if not watch.kind.news_only:
        able = either(
            [f'"{kind.name}"' for kind in context.config.kinds.values() if kind.news_only]
        )
        text = f'--as-now is for kind = {able}, and {name} is "{watch.kind.name}"'
        raise RequestRefused(text)
    kinds = {*EventKind} if watch.plugin else {EventKind.NEW}
    news = {item.id for event in reported if event.kind in kinds for item in event.items}
    looks: dict[datetime, list[tuple[Item, Decision]]] = {}
    items = await context.store.archive.items(watch.source, begin)
    vetoed = await vetoes(context, watch.source, name, {stored.item.id for stored in items})
    for stored in items:
        item = context.terms.extensions.completed(stored.item)
        decision = watch.match.decide(item, stored.at)
        if decision.verdict and item.id not in news and item.id not in vetoed:
            looks.setdefault(stored.at, []).append((item, decision))
    return [
        event for at, matches in looks.items() for event in _events(context, watch, matches, at)
    ]


def _events(
    context: ExplainContext, watch: Watch, matches: Sequence[tuple[Item, Decision]], at: datetime
) -> Sequence[Event]:
    """Make the events of one look; raise KindError if the kind of a plugin fails."""
    if not (watch.plugin and watch.listing):
        return news_events(watch, matches, at)
    fresh = tuple(item for item, _ in matches)
    seen = Seen(Stream(watch.call, watch.listing), (), fresh, complete=False, at=at)
    return context.watcher.participants.kinds.decide(watch, seen, {}, first=False).events


def is_about(event: Event, items: Collection[str]) -> bool:
    """Return whether an event is about one of some items, or a revision of one."""
    names = {name for item in event.items for name in (item.id, item.id.split(":")[0])}
    return bool(names & set(items))
