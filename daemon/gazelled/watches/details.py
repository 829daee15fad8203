"""Asks for what a list doesn't tell of its items, one by one and only where it matters."""

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
from gazelled.tracker.catalogue import Details
from gazelled.tracker.sites.site import Site
from gazelled.watches.attempts import Attempts
from gazelled.watches.crashes import crashed
from gazelled.watches.deciding import early
from gazelled.watches.seen import Seen
from gazelled.watches.streams.extract import extract
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


def curious(watches: Sequence[Watch], stream: Stream) -> list[Watch]:
    """Tell which watches look at what only details tell of what is new."""
    more = stream.listing.more.keys()
    return [watch for watch in watches if watch.kind.news_only and watch.match.names & more]


def wanting(watches: Sequence[Watch], seen: Seen) -> list[Item]:
    """
    Tell which new items some watch must know all about: all that the list tells of them fits.

    Args:
        watches: Those that look at details, and not for the first time.
        seen: What a look shows.

    """
    wanted: dict[str, Item] = {}
    for watch in watches:
        rule = watch.match.within(seen.stream.listing.fields)
        wanted |= {item.id: item for item in seen.fresh if rule.holds(item, seen.at)}
    return [*wanted.values()]


class DetailFetcher:
    """
    The details of items, each asked for once while it is remembered.

    Args:
        site: The site.
        ask: Asks the tracker.
        attempts: Counts how often that failed.

    """

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

        What the list tells of them stays: other watches decide on that, and details leave some out.

        Raises:
            TrackerError: As `of` does.

        """
        found: dict[str, Item] = {}
        if details := stream.listing.details:
            for item in items:
                if told := await self.of(item.id, details, stream.call.lane):
                    found[item.id] = _both(item, told)
        return found

    async def at_first(self, watches: Sequence[Watch], seen: Seen) -> Mapping[str, Item]:
        """
        Return what first looks may tell by their ids, with all that is told of it.

        Where they tell so many of the newest, what fits but for its details is asked for until
        enough fit with them.

        Args:
            watches: Those that look at details, and for the first time.
            seen: What the look shows.

        Raises:
            TrackerError: As `of` does.

        """
        found: dict[str, Item] = {}
        for watch in watches:
            rule = watch.match.within(seen.stream.listing.fields)
            first = watch.first
            most = max(first.last, MOST_LOOKED_AT) if first.last else 0
            fit = 0
            for item in reversed(early(replace(first, last=most), seen, rule)):
                told = await self.of_all([item], seen.stream)
                found |= told
                fit += any(watch.match.holds(each, seen.at) for each in told.values())
                if fit == first.last and first.since is None:
                    break
        return found

    async def settled(self, items: Iterable[str], stream: Stream) -> None:
        """Note that items of a stream were decided on, by their ids, with details or without."""
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
            if (
                await self._attempts.add_failure(name, apart=APART if at_once else timedelta(0))
                < MOST_TRIES
            ):
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


def _both(item: Item, told: Item) -> Item:
    """Add to an item what only its details tell."""
    listed = {name: value for name, value in item.fields.items() if value is not None}
    return replace(
        item,
        summary=item.summary or told.summary,
        tags=told.tags if item.tags is None else item.tags,
        size=told.size if item.size is None else item.size,
        fields={**told.fields, **listed},
    )


def _name(item: str, details: Details) -> str:
    return f"{details.action} {item}"
