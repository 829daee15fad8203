"""Why an item was never seen, as far as what is kept tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from gazelled.explain.item_ref import ItemRef
from gazelled.model import Position, StreamId
from gazelled.service.app import App
from gazelled.store import StreamState
from gazelled.text import either
from gazelled.tracker.catalogue import Listing
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.decoding.payload import LARGEST
from gazelled.watches.streams.look import Stream
from gazelled.watches.watch import Watch

Reason = Mapping[str, object]


async def reasons(app: App, thing: ItemRef, watch: str = "") -> list[Reason]:
    """
    Tell for each source where an item could be why it wasn't seen there.

    Args:
        app: The daemon.
        thing: The item.
        watch: The only watch that matters; empty for all.

    """
    found: list[Reason] = []
    for source, watches in app.watcher.sources.items():
        listing = next((each.listing for each in watches if each.listing), None)
        names = [each.name for each in watches]
        if (watch and watch not in names) or listing is None:
            continue
        text = await _unreadable(app, source, thing)
        if not (text or _possible(listing, thing)):
            continue
        text = text or await _why(app, source, watches, listing, thing)
        found.append({"stream": source, "watches": names, "text": text})
    return found or [{"stream": "", "watches": [], "text": _nobody_asks(thing, watch)}]


def _possible(listing: Listing, thing: ItemRef) -> bool:
    """Tell whether a list can have such an item."""
    return any(
        thing.name.startswith(source.prefix)
        and (source.kind == thing.kind or not thing.kind)
        and (listing.order != "id" or thing.name.isdecimal())
        for source in listing.sources
    )


def _nobody_asks(thing: ItemRef, watch: str) -> str:
    if watch:
        return f"{watch} asks for nothing of that kind"
    actions = [
        name
        for name, action in ACTIONS.items()
        if any(_possible(listing, thing) for listing in action.listings)
    ]
    asks = f"; it would be in {either(actions)}" if thing.kind and actions else ""
    return f"no watch asks where it could be{asks}"


async def _unreadable(app: App, source: StreamId, thing: ItemRef) -> str:
    """Return which entry that may be meant could not be read, and why; nothing if none."""
    skipped = await app.watcher.unreadable.about(source, thing.name)
    if skipped is None and thing.name.isdecimal() and int(thing.name) >= LARGEST:
        here = await app.watcher.unreadable.here(source)
        last = f"; the last look could not read {'; '.join(here)}" if here else ""
        return f"a number that large can't be read as an id{last}"
    if skipped is None:
        return ""
    said, since = skipped
    return f"it could not be read when it was looked at {since.astimezone():%F %H:%M}: {said}"


async def _why(
    app: App, source: StreamId, watches: Sequence[Watch], listing: Listing, thing: ItemRef
) -> str:
    stream = Stream(watches[0].call, listing)
    state = await app.store.streams.state(stream.name)
    coming = _coming(app, source)
    if trouble := await app.watcher.troubles.of(source):
        coming += f"; its looks fail: {trouble}"
    if not state.begun:
        return f"it hasn't been looked at yet{coming}"
    if listing.order == "id":
        return await _placed(app, stream, state, int(thing.name), coming)
    if listing.order == "time" and state.watermark is not None:
        return f"it was on no page up to {stream.place(state.watermark)}{coming}"
    return f"it wasn't in the list when that was looked at last{coming}"


async def _placed(app: App, stream: Stream, state: StreamState, number: int, coming: str) -> str:
    """Say where an id stands in what was seen of a stream."""
    if state.watermark is None or number > state.watermark:
        seen = stream.place(state.watermark)
        return f"it is seen up to {seen} and {number} comes after that{coming}"
    for low, high in await app.store.streams.gaps(stream.name):
        if float(low or 0) < number < float(high):
            from_ = stream.place(Position.parse(low))
            return f"it lies in what was missed between {from_} and {high}"
    for start, end in (await app.store.streams.holes()).get(stream.name, ()):
        if start < number < end:
            return f"it lies between {start} and {end}, which is still being caught up"
    if state.floor is not None and number < state.floor:
        return (
            f"it is older than all that the first look saw, which was from {state.floor} on:"
            " what is older is no news"
        )
    if stream.listing.narrowed(stream.call.params):
        params = dict(stream.call.params).items() - dict(stream.listing.with_).items()
        asked = " ".join(f"{name}={value}" for name, value in sorted(params))
        return f"the tracker's search for {asked} doesn't list it, or it was deleted before a look"
    return "the tracker didn't list it when that was looked at: it may have been deleted before"


def _coming(app: App, source: StreamId) -> str:
    due: datetime | None = app.scheduler.next_runs().get(source) if app.serving else None
    return f"; next look {due.astimezone():%F %H:%M}" if due else ""
