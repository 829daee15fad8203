"""Why an item was never seen, as far as what is kept can show."""

from __future__ import annotations

from collections.abc import Sequence

from gazelled.explain.context import ExplainContext
from gazelled.explain.item_ref import ItemRef
from gazelled.explain.results import NotSeen
from gazelled.model import Position, StreamId
from gazelled.store import StreamState
from gazelled.text import either, local_minute
from gazelled.tracker.catalogue import Listing
from gazelled.tracker.client.upload_search import KEPT, current, load_learnt
from gazelled.tracker.decoding.payload import LARGEST
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch


async def reasons(context: ExplainContext, ref: ItemRef, watch: str = "") -> list[NotSeen]:
    """Return for each source that could list an item why it wasn't seen there."""
    unseen: list[NotSeen] = []
    for source, watches in context.watcher.sources.items():
        listing = next((member.listing for member in watches if member.listing), None)
        names = tuple(member.name for member in watches)
        if (watch and watch not in names) or listing is None:
            continue
        text = await _unreadable(context, source, ref)
        if not text and _can_list(listing, ref):
            text = await _reason(context, source, watches, listing, ref)
        if text:
            unseen.append(NotSeen(source, names, text))
    return unseen or [NotSeen("", (), _nobody_asks(context, ref, watch))]


def _can_list(listing: Listing, ref: ItemRef) -> bool:
    return any(
        ref.name.startswith(list_.prefix)
        and (list_.kind == ref.kind or not ref.kind)
        and (listing.order != "id" or ref.name.isdecimal())
        for list_ in listing.lists
    )


def _nobody_asks(context: ExplainContext, ref: ItemRef, watch: str) -> str:
    if watch:
        return f"{watch} requests nothing of that kind"
    actions = [
        name
        for name, action in context.terms.dialect.catalogue.items()
        if any(_can_list(listing, ref) for listing in action.listings)
    ]
    hint = f"; it would be in {either(actions)}" if ref.kind and actions else ""
    return f"no watch requests a list that could contain it{hint}"


async def _unreadable(context: ExplainContext, source: StreamId, ref: ItemRef) -> str:
    """Return which entry that may be meant could not be read, and why; empty if there is none."""
    unreadable = context.watcher.unreadable
    if skipped := await unreadable.about(source, ref.name):
        said, since = skipped
        return f"it could not be read at the look of {local_minute(since)}: {said}"
    if ref.name.isdecimal() and int(ref.name) >= LARGEST:
        entries = await unreadable.here(source)
        last = f"; the last look could not read {'; '.join(entries)}" if entries else ""
        return f"a number that large can't be read as an id{last}"
    return ""


async def _reason(
    context: ExplainContext,
    source: StreamId,
    watches: Sequence[Watch],
    listing: Listing,
    ref: ItemRef,
) -> str:
    stream = Stream(watches[0].call, listing)
    state = await context.store.streams.state(stream.name)
    due = context.next_looks.get(source)
    coming = f"; next look {local_minute(due)}" if due else ""
    if trouble := await context.watcher.troubles.of(source):
        coming += f"; its looks fail: {trouble}"
    if listing.remaining and (text := await _remaining(context, ref.name)):
        return text + coming
    if not state.begun:
        return f"there has been no look yet{coming}"
    if listing.order == "id":
        return await _position(context, stream, state, int(ref.name), coming)
    if listing.order == "time" and state.watermark is not None:
        return f"it was on no page up to {stream.place(state.watermark)}{coming}"
    return f"it wasn't in the list at the last look{coming}"


async def _remaining(context: ExplainContext, name: str) -> str:
    """Return what is known of who uploaded a torrent; empty if it wasn't listed yet."""
    learnt = current(load_learnt(await context.store.get_kv(KEPT)))
    if not name.isdecimal() or int(name) > learnt.top:
        return ""
    if learnt.is_mine(int(name)):
        return "it was found to be yours after the last look"
    if not learnt.awaits(int(name)):
        return "you did not upload it, or you did so anonymously"
    if learnt.complete:
        return "all your uploads that your profile counts are found, and it is none of them"
    return "its uploader is not known yet: gazelled requests one data set after the other"


async def _position(
    context: ExplainContext, stream: Stream, state: StreamState, number: int, coming: str
) -> str:
    """Return where an id stands in what was seen of a stream."""
    if state.watermark is None or number > state.watermark:
        seen = stream.place(state.watermark)
        return f"the list was read up to {seen}, and {number} comes after that{coming}"
    for low, high in await context.store.streams.gaps(stream.name):
        if float(low or 0) < number < float(high):
            start = stream.place(Position.parse(low))
            return f"it is in the gap between {start} and {high} that was missed"
    for low_id, high_id in (await context.store.streams.holes()).get(stream.name, ()):
        if low_id < number < high_id:
            return f"it is between {low_id} and {high_id}, where catching up is still in progress"
    if state.floor is not None and number < state.floor:
        return (
            f"it is older than everything in the first look, which started at {state.floor}:"
            " older items are not new"
        )
    if stream.listing.narrowed(stream.call.params):
        params = dict(stream.call.params).items() - dict(stream.listing.with_).items()
        query = " ".join(f"{name}={value}" for name, value in sorted(params))
        return f"the tracker's search for {query} doesn't list it, or it was deleted before a look"
    return "the tracker didn't list it at the last look: it may have been deleted before"
