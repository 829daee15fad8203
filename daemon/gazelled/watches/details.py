"""Details that a list doesn't have, asked for one item at a time and only where they matter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from gazelled.errors import (
    ActionRequired,
    BadAnswer,
    RequestRefused,
    TrackerError,
    TrackerUnavailable,
)
from gazelled.model import Answer, Call, Item, Lane
from gazelled.plugin.kinds import early_items
from gazelled.tracker.catalogue import Details
from gazelled.tracker.sites.site import Site
from gazelled.watches.attempts import Attempts
from gazelled.watches.seen import Seen
from gazelled.watches.source_failures import crashed
from gazelled.watches.streams.items import extract
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

MOST_KEPT = 200

MOST_TRIES = 3
"""How often an item is asked for whose details can't be had, before it is decided without them."""

APART = timedelta(minutes=15)
"""What a person is told at once may be an outage; only after this time it counts as another try."""

MOST_LOOKED_AT = 50
"""How many items a first look asks for to find the newest that fit; more if it wants more."""


def needs_details(watches: Sequence[Watch], stream: Stream) -> list[Watch]:
    """Return the watches whose rules look at what only the details of new items have."""
    more = stream.listing.more.keys()
    return [watch for watch in watches if watch.kind.news_only and watch.match.names & more]


def items_in_question(watches: Sequence[Watch], seen: Seen) -> list[Item]:
    """Return the new items that fit some watch as far as the list describes them."""
    wanted: dict[str, Item] = {}
    for watch in watches:
        rule = watch.match.within(seen.stream.listing.fields)
        wanted |= {item.id: item for item in seen.fresh if rule.holds(item, seen.at)}
    return [*wanted.values()]


class DetailFetcher:
    """Asks for details of items, once for each while it is remembered; `asked` counts."""

    def __init__(
        self, site: Site, ask: Callable[[Call], Awaitable[Answer]], attempts: Attempts
    ) -> None:
        self._site = site
        self._ask = ask
        self._attempts = attempts
        self._kept: dict[tuple[str, str], Item | None] = {}
        self.asked = 0

    async def of(self, item: str, details: Details, lane: Lane) -> Item | None:
        """
        Return an item with its details; None when they can't be had, however often asked.

        Raises:
            TrackerError: If the tracker can't be asked, or its answer can't be read.

        """
        key = (details.action, item)
        if key not in self._kept:
            self._kept[key] = await self._read(item, details, lane)
            while len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return self._kept[key]

    async def of_all(self, items: Sequence[Item], stream: Stream) -> Mapping[str, Item]:
        """
        Return items of a stream by their ids with their details, as far as these can be had.

        What the list has of them stays: other watches decide on that, and details leave some out.
        """
        detailed: dict[str, Item] = {}
        if details := stream.listing.details:
            for item in items:
                if more := await self.of(item.id, details, stream.call.lane):
                    detailed[item.id] = _both(item, more)
        return detailed

    async def at_first(self, watches: Sequence[Watch], seen: Seen) -> Mapping[str, Item]:
        """
        Return what first looks of some watches may report, by its ids and with its details.

        Where they report so many of the newest, what fits but for its details is asked for until
        enough fit with them.
        """
        detailed: dict[str, Item] = {}
        for watch in watches:
            rule = watch.match.within(seen.stream.listing.fields)
            first = watch.first
            most = max(first.last, MOST_LOOKED_AT) if first.last else 0
            fit = 0
            for item in reversed(early_items(replace(first, last=most), seen, rule)):
                more = await self.of_all([item], seen.stream)
                detailed |= more
                fit += any(watch.match.holds(one, seen.at) for one in more.values())
                if fit == first.last and first.since is None:
                    break
        return detailed

    async def settled(self, items: Iterable[str], stream: Stream) -> None:
        """Note that items of a stream were decided on, with details or without."""
        if details := stream.listing.details:
            await self._attempts.forget(_name(item, details) for item in items)

    async def _read(self, item: str, details: Details, lane: Lane) -> Item | None:
        name = _name(item, details)
        if await self._attempts.failures(name) >= MOST_TRIES:
            return None  # others held up what was decided without it
        self.asked += 1
        try:
            # Others share the look, and wait for it.
            answer = await self._ask(replace(details.call(item, lane), dispensable=True))
            return self._item(details, answer)
        except ActionRequired:
            raise
        except TrackerError as problem:
            if isinstance(problem, RequestRefused) and details.says_absent(problem):
                log.info("item.not_found", item=item)
                return None
            at_once = lane is Lane.PERSON and isinstance(problem, TrackerUnavailable)
            apart = APART if at_once else timedelta(0)
            if await self._attempts.add_failure(name, apart=apart) < MOST_TRIES:
                raise
            log.warning("item.details_failed", item=item, reason=str(problem))
            return None

    def _item(self, details: Details, answer: Answer) -> Item | None:
        try:
            page = extract(details.listing, answer.payload, self._site)
        except BadAnswer as problem:
            raise BadAnswer(str(problem), raw=answer.raw) from None
        except Exception as error:
            log.exception("item.details_crashed", action=details.action)
            raise crashed(error, answer.raw) from error
        return page.items[0] if page.items else None


def _both(item: Item, details: Item) -> Item:
    listed = {name: value for name, value in item.fields.items() if value is not None}
    return replace(
        item,
        summary=item.summary or details.summary,
        tags=details.tags if item.tags is None else item.tags,
        size=details.size if item.size is None else item.size,
        fields={**details.fields, **listed},
    )


def _name(item: str, details: Details) -> str:
    return f"{details.action} {item}"
