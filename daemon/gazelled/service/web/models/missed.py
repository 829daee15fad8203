"""What could not be seen of the tracker's lists, and what is still being caught up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gazelled.model import Position, StreamId
from gazelled.watches.streams.stream import Stream

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App


@dataclass(frozen=True, slots=True)
class MissedRange:
    """
    A range of a source that was missed, or that gazelled still requests, item by item.

    Attributes:
        watches: The watches of the source; none if it isn't in the config any more.
        above: Where it begins; empty for the beginning of the source.
        below: Where it ends.
        catching_up: Whether it is still being requested.

    """

    source: str
    watches: tuple[str, ...]
    above: str
    below: str
    catching_up: bool


async def missed_ranges(app: App, only: StreamId | None = None) -> tuple[MissedRange, ...]:
    """Return what was missed of all sources or of one, and what is being caught up."""
    ranges: list[MissedRange] = []
    for source, gaps in (await app.store.streams.all_gaps()).items():
        if only in {None, source}:
            names = _names(app, source)
            ranges += [
                MissedRange(
                    source,
                    names,
                    _place(app, source, low),
                    _place(app, source, high),
                    catching_up=False,
                )
                for low, high in gaps
            ]
    for source, holes in (await app.store.streams.holes()).items():
        if only in {None, source}:
            names = _names(app, source)
            ranges += [
                MissedRange(source, names, str(hole.low), str(hole.high), catching_up=True)
                for hole in holes
            ]
    return tuple(ranges)


def _place(app: App, source: StreamId, text: str) -> str:
    """Return a place as people read it; as it is stored if the source isn't in the config."""
    watches = app.watcher.sources.get(source, ())
    listing = next((watch.listing for watch in watches if watch.listing), None)
    if not text or listing is None:
        return text
    return Stream(watches[0].call, listing).place(Position.parse(text))


def _names(app: App, source: StreamId) -> tuple[str, ...]:
    return tuple(watch.name for watch in app.watcher.sources.get(source, ()))
