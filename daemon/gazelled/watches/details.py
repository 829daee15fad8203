"""Asks for what a list doesn't tell of its items, one by one and only where it matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import structlog

from gazelled.errors import Broken, Refused, Stopped, TrackerError
from gazelled.model import Answer, Call, Item, Lane
from gazelled.tracker.catalogue import Details
from gazelled.tracker.site import Site
from gazelled.watches.extract import extract

log = structlog.stdlib.get_logger(__name__)

MOST_KEPT = 200

MOST_TRIES = 3
"""How often an item is asked for whose details can't be had, before it is decided without them."""


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

    async def all(self, items: Sequence[Item], details: Details, lane: Lane) -> list[Item]:
        """
        Return items with all that is told of them; those that aren't there stay as they are.

        Raises:
            TrackerError: As `of` does.

        """
        return [await self.of(item.id, details, lane) or item for item in items]

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
