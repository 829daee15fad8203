"""Finds what a source didn't list: where numbers jump that are given one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gazelled.model import Item
from gazelled.store import Store
from gazelled.watches.findings import Unlisted
from gazelled.watches.streams.look import Stream
from gazelled.watches.watch import Watch


@dataclass(frozen=True, slots=True)
class Jump:
    """
    Numbers that weren't listed.

    Attributes:
        prefix: How the ids begin.
        what: What they name.
        page: The page that shows it.
        low: The number before.
        high: The number after.

    """

    prefix: str
    what: str
    page: str
    low: int
    high: int

    @property
    def gap(self) -> tuple[str, str]:
        """The ids around them."""
        return f"{self.prefix}{self.low}", f"{self.prefix}{self.high}"

    def unlisted(self, stream: Stream, watches: Sequence[Watch], at: datetime) -> Unlisted | None:
        """Return what to tell of it; None if no watch wants to know of such."""
        kind = self.prefix.rstrip(":")
        stand_in = Item(self.gap[1], self.what, "", fields={"type": kind})
        names = tuple(
            watch.name for watch in watches if watch.match.within({"type"}).holds(stand_in, at)
        )
        if not names:
            return None
        return Unlisted(stream.name, names, self.what, self.page, self.low, self.high, at)


async def unlisted_by(
    store: Store, stream: Stream, ids: Sequence[str], watches: Sequence[Watch], at: datetime
) -> Mapping[tuple[str, str], Unlisted]:
    """
    Return what came though a look didn't list it, by the ids around it.

    Args:
        store: The store.
        stream: The stream.
        ids: What the look found.
        watches: Those that want to know of news there.
        at: When it looked.

    """
    prefixes = [prefix for prefix, _, _ in stream.listing.numbered]
    if not (prefixes and watches):
        return {}
    known = await store.streams.known_with(stream.name, prefixes)
    found = {jump.gap: jump.unlisted(stream, watches, at) for jump in jumps(stream, ids, known)}
    return {gap: each for gap, each in found.items() if each}


def jumps(stream: Stream, ids: Iterable[str], known: Collection[str]) -> list[Jump]:
    """
    Find what a look didn't list, though it came since the one before.

    Args:
        stream: The stream.
        ids: What the look found.
        known: What was known before.

    """
    ids = [*ids]
    found = []
    for prefix, what, page in stream.listing.numbered:
        listed, before = _numbers(prefix, ids), _numbers(prefix, known)
        # Where something known is listed, all that came later is listed, too.
        if listed and before and min(listed) > max(before) + 1:
            found.append(Jump(prefix, what, page, max(before), min(listed)))
    return found


def _numbers(prefix: str, ids: Iterable[str]) -> list[int]:
    found = (each.removeprefix(prefix) for each in ids if each.startswith(prefix))
    return [int(each) for each in found if each.isdecimal()]
