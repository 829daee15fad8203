"""What a source didn't list, found where numbers jump that are given one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from gazelled.model import Item
from gazelled.watches.findings import Unlisted
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch


def number_gaps(
    stream: Stream,
    ids: Collection[str],
    known: Collection[str],
    watches: Sequence[Watch],
    at: datetime,
) -> Iterator[tuple[Unlisted, tuple[str, str]]]:
    """
    Yield what a look didn't list, though it came since what was known before.

    With each stand the ids around it. What no watch wants to know of is left out.
    """
    for prefix, kind, page in stream.listing.numbered:
        listed, before = _numbers(prefix, ids), _numbers(prefix, known)
        if not listed or not before:
            continue
        low, high = max(before), min(listed)
        ends = f"{prefix}{low}", f"{prefix}{high}"
        # Where something known is listed, all that came later is listed, too.
        if high > low + 1 and (names := _interested(watches, prefix, kind, ends[1], at)):
            yield Unlisted(stream.name, names, kind, page, low, high, at), ends


def _interested(
    watches: Sequence[Watch], prefix: str, kind: str, id_: str, at: datetime
) -> tuple[str, ...]:
    stand_in = Item(id_, kind, "", fields={"type": prefix.rstrip(":")})
    return tuple(
        watch.name for watch in watches if watch.match.within({"type"}).holds(stand_in, at)
    )


def _numbers(prefix: str, ids: Iterable[str]) -> list[int]:
    rests = (id_.removeprefix(prefix) for id_ in ids if id_.startswith(prefix))
    return [int(rest) for rest in rests if rest.isdecimal()]
