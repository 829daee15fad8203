"""What a source didn't list, found where numbers jump that are given one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gazelled.model import Item
from gazelled.watches.findings import Unlisted
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch


@dataclass(frozen=True, slots=True)
class NumberGap:
    """
    Numbers that weren't listed: those between `low` and `high`, of ids that begin with `prefix`.

    `what` is what they name, `page` the page that shows it.
    """

    prefix: str
    what: str
    page: str
    low: int
    high: int

    @property
    def ends(self) -> tuple[str, str]:
        return f"{self.prefix}{self.low}", f"{self.prefix}{self.high}"

    def finding(self, stream: Stream, watches: Sequence[Watch], at: datetime) -> Unlisted | None:
        """Return what to report of it; None if no watch wants to know of such."""
        stand_in = Item(self.ends[1], self.what, "", fields={"type": self.prefix.rstrip(":")})
        names = tuple(
            watch.name for watch in watches if watch.match.within({"type"}).holds(stand_in, at)
        )
        if not names:
            return None
        return Unlisted(stream.name, names, self.what, self.page, self.low, self.high, at)


def number_gaps(stream: Stream, ids: Collection[str], known: Collection[str]) -> list[NumberGap]:
    """Return what a look didn't list, though it came since what was known before."""
    gaps = []
    for prefix, what, page in stream.listing.numbered:
        listed, before = _numbers(prefix, ids), _numbers(prefix, known)
        # Where something known is listed, all that came later is listed, too.
        if listed and before and min(listed) > max(before) + 1:
            gaps.append(NumberGap(prefix, what, page, max(before), min(listed)))
    return gaps


def _numbers(prefix: str, ids: Iterable[str]) -> list[int]:
    rests = (id_.removeprefix(prefix) for id_ in ids if id_.startswith(prefix))
    return [int(rest) for rest in rests if rest.isdecimal()]
