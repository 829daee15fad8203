"""Asks for what a list doesn't tell of its items, one by one and only where it matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import structlog

from gazelled.errors import Broken, Refused, Stopped, TrackerError
from gazelled.model import Answer, Call, Item, Lane
from gazelled.tracker.catalogue import Details
from gazelled.tracker.site import Site
from gazelled.watches.deciding import Seen, early
from gazelled.watches.extract import extract
from gazelled.watches.look import Stream
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

MOST_KEPT = 200

MOST_TRIES = 3
"""How often an item is asked for whose details can't be had, before it is decided without them."""


def wanting(
    watches: Sequence[Watch], seen: Seen, begun: Collection[str], *, firsts: bool
) -> list[Item]:
    """
    Tell which items some watch must know all about: all that the list tells of them fits.

    Args:
        watches: The watches.
        seen: What a look shows.
        begun: The names of those that don't look for the first time.
        firsts: Whether the others count, too.

    """
    wanted: dict[str, Item] = {}
    for watch in watches:
        if watch.kind != "new" or not watch.match.names & seen.stream.listing.more.keys():
            continue
        rule = watch.match.within(seen.stream.listing.fields)
        if watch.name in begun:
            wanted |= {item.id: item for item in seen.fresh if rule.holds(item, seen.at)}
        elif firsts:
            wanted |= {item.id: item for item in early(watch, seen, rule)}
    return [*wanted.values()]


class Particulars:
    """
    The details of items, each asked for once while it is remembered.

    Args:
        site: The site.
        ask: Asks the tracker.

    """

    def __init__(self, site: Site, ask: Callable[[Call], Awaitable[Answer]]) -> None:
        self._site = site
        self._ask = ask
        self._kept: dict[tuple[str, str], Item | None] = {}
        self._failed: Counter[str] = Counter()
        self.asked = 0

    async def of(self, item: str, details: Details, lane: Lane) -> Item | None:
        """
        Return an item with all that is told of it; None when that isn't told, however often asked.

        Args:
            item: Its id.
            details: How to ask for it.
            lane: Who asks.

        Raises:
            TrackerError: If the tracker can't be asked, or answers with what can't be read.

        """
        key = (details.action, item)
        if key not in self._kept:
            self._kept[key] = await self._read(item, details, lane)
            while len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return self._kept[key]

    async def of_all(self, items: Sequence[Item], stream: Stream) -> Mapping[str, Item]:
        """
        Return items of a stream by their ids with all that is told of them, as far as it is.

        Raises:
            TrackerError: As `of` does.

        """
        found: dict[str, Item] = {}
        if details := stream.listing.details:
            for item in items:
                told = await self.of(item.id, details, stream.call.lane)
                found |= {item.id: told} if told else {}
        return found

    async def _read(self, item: str, details: Details, lane: Lane) -> Item | None:
        self.asked += 1
        try:
            answer = await self._ask(details.call(item, lane))
            found = self._item(details, answer)
        except Stopped:
            raise
        except TrackerError as problem:
            if isinstance(problem, Refused) and details.says_absent(problem):
                log.info("item.absent", item=item)
                return None
            self._failed[item] += lane is not Lane.PERSON  # who isn't asked to wait out an outage
            if self._failed[item] < MOST_TRIES:
                raise
            log.warning("item.unknown", item=item, reason=str(problem))
            return None
        self._failed.pop(item, None)
        return found

    def _item(self, details: Details, answer: Answer) -> Item | None:
        try:
            page = extract(details.listing, answer.payload, self._site)
        except Broken as problem:
            raise Broken(str(problem), raw=answer.raw) from None
        return page.items[0] if page.items else None
