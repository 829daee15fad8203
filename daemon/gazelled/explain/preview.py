"""What a preview shows: what a watch reported, what it could report, or a sample."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gazelled.errors import RequestRefused
from gazelled.explain.context import ExplainContext
from gazelled.explain.replay import is_about
from gazelled.explain.why import KEPT_FOR
from gazelled.model import Event, EventKind
from gazelled.plugin import sample_events
from gazelled.plugin.kinds import news_events
from gazelled.watches.watch import Watch

_LATELY = timedelta(days=7)


async def event_to_preview(
    context: ExplainContext, watch: Watch, kind: str = "", item: str = "", *, sample: bool = False
) -> tuple[Event, bool]:
    """
    Return the event to show, and whether it is a sample.

    It is the last event that the watch reported, or else one of the last stored item that fits its
    rule, or else a sample.

    Args:
        kind: The kind of the event; empty for any but the first look.
        item: The id of an item that it is about; empty for any.
        sample: Whether to return a sample in any case.

    Raises:
        RequestRefused: If nothing is stored about the item.

    """
    if not sample:
        if event := await _reported(context, watch, kind, item) or await _of_item(
            context, watch, kind, item
        ):
            return event, False
        if item:
            raise RequestRefused(
                f"nothing about {item} is stored for {watch.name}; without --item another event, or"
                " a sample, is shown"
            )
    return _sample(context, watch, kind), True


async def _reported(context: ExplainContext, watch: Watch, kind: str, item: str) -> Event | None:
    since = context.clock.now() - KEPT_FOR
    fitting = [
        event
        for event in await context.store.archive.events_of(watch.name, since)
        if (event.kind == kind if kind else event.kind is not EventKind.FIRST_LOOK)
        and (not item or is_about(event, [item]))
    ]
    return fitting[-1] if fitting else None


async def _of_item(context: ExplainContext, watch: Watch, kind: str, item: str) -> Event | None:
    """Make the event of a stored item, as if it were new."""
    if not watch.kind.news_only or kind not in {"", EventKind.NEW}:
        return None
    now = context.clock.now()
    archive = context.store.archive
    if item:
        stored = [seen for seen in await archive.item(item) if seen.stream == watch.source]
    else:
        stored = await archive.items(watch.source, now - _LATELY)
    for seen in reversed(stored):
        whole = context.terms.extensions.completed(seen.item)
        decision = watch.match.decide(whole, seen.at)
        if decision.verdict or item:
            return news_events(watch, [(whole, decision)], seen.at)[0]
    return None


def _sample(context: ExplainContext, watch: Watch, kind: str) -> Event:
    """Return a sample, as if the watch had reported it."""
    wanted = kind or (EventKind.RAISED if watch.kind.raises else watch.kind.name)
    samples = sample_events(context.terms.extensions.samples)
    event = next((event for event in samples if event.kind == wanted), samples[0])
    if not event.watch:
        return event
    key = f"{watch.name}:{event.key.partition(':')[2]}"
    return replace(event, key=key, watch=watch.name, also=())
