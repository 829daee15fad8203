"""
The watcher: looks at streams, decides what fits, commits all of it at once.

Watches that ask the same share a stream: one look serves them all. Items, events, deliveries
and the watermark are one transaction; nothing is told before it is committed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from gazelled.clock import Clock
from gazelled.errors import Broken, Refused, TrackerError
from gazelled.model import Answer, Call, Event, Item, Lane
from gazelled.rules import Decision, Match
from gazelled.store import Look, StreamState
from gazelled.tracker.catalogue import Listing
from gazelled.tracker.site import Site
from gazelled.watches.events import first_look_event, news_events
from gazelled.watches.look import Found, Stream, look, news

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watch:
    """
    A configured interest.

    Attributes:
        name: Its name.
        call: What it asks.
        listing: How the answer is read as items; None for a watch that only calls.
        match: Which items fit.
        tell: The targets that are told.
        about: What it is for, in its owner's words.

    """

    name: str
    call: Call
    listing: Listing | None
    match: Match
    tell: tuple[str, ...] = ()
    about: str = ""

    @property
    def source(self) -> str:
        """What it shares with other watches: the call."""
        return str(self.call)


class Keeper(Protocol):
    """The part of the store that the watcher needs."""

    async def recall(self, key: str) -> str | None:
        """Return what was remembered last."""

    async def remember(self, key: str, value: str | None) -> None:
        """Keep a text; None forgets it."""

    async def stream(self, name: str) -> StreamState:
        """Tell how far a stream has been seen."""

    async def known(self, stream: str, ids: Sequence[str]) -> set[str]:
        """Return those of the ids that are known."""

    async def begun(self, watch: str, stream: str) -> bool:
        """Tell whether a watch had its first look at a stream."""

    async def commit_look(self, look: Look) -> None:
        """Commit all that a look changes, or nothing."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """
    A change of whether a source can be asked and read.

    Attributes:
        source: What is asked.
        watches: Whose source it is.
        problem: What is wrong; None when it is over.
        gap: The ends of what was missed, if that is the trouble.

    """

    source: str
    watches: tuple[str, ...]
    problem: TrackerError | None
    gap: tuple[str, str] | None = None


class Watcher:
    """
    Runs watches.

    Args:
        watches: All of them.
        site: The site.
        keeper: The store.
        clock: The time of day.
        ask: Asks the tracker.
        committed: Called after each commit that may have made deliveries.
        on_trouble: Told when a source fails for reasons of its own, when that is over, and of
            gaps.

    """

    def __init__(
        self,
        watches: Sequence[Watch],
        site: Site,
        keeper: Keeper,
        clock: Clock,
        *,
        ask: Callable[[Call], Awaitable[Answer]],
        committed: Callable[[], None],
        on_trouble: Callable[[Trouble], Awaitable[None]],
    ) -> None:
        self._site = site
        self._keeper = keeper
        self._clock = clock
        self._ask = ask
        self._committed = committed
        self._on_trouble = on_trouble
        sources: dict[str, list[Watch]] = {}
        for watch in watches:
            sources.setdefault(watch.source, []).append(watch)
        self.sources: Mapping[str, Sequence[Watch]] = sources

    async def run(self, source: str, lane: Lane = Lane.WATCH) -> None:
        """
        Ask a source once and do for each of its watches what its kind says.

        Args:
            source: What is asked, as in `sources`.
            lane: Who asks.

        Raises:
            TrackerError: If it could not be asked; whoever has to know has been told.

        """
        watches = self.sources[source]
        call = replace(watches[0].call, lane=lane)
        listing = next((watch.listing for watch in watches if watch.listing), None)
        try:
            if listing is None:
                await self._ask(call)
                for watch in watches:
                    log.info("watch.called", watch=watch.name, action=call.action)
            else:
                listers = [watch for watch in watches if watch.listing]
                await self._look(Stream(call, listing), listers)
        except (Refused, Broken) as problem:
            await self._failed(source, watches, problem)
            raise
        except TrackerError as problem:
            log.warning("watch.postponed", source=source, reason=str(problem))
            raise
        await self._worked(source, watches)

    async def _look(self, stream: Stream, watches: Sequence[Watch]) -> None:
        before = await self._keeper.stream(stream.name)
        found = await look(stream, before, self._site, self._ask)
        known = await self._keeper.known(stream.name, [item.id for item in found.items])
        fresh = news(stream, found, known, before)
        begun = [watch for watch in watches if await self._keeper.begun(watch.name, stream.name)]
        events = [
            (event, watch.tell)
            for watch in watches
            for event in self._decide(watch, stream, found, fresh, first=watch not in begun)
        ]
        gaps = [found.gap] if found.gap else []
        gone = await self._gone(stream, found)
        await self._keeper.commit_look(
            Look(
                stream=stream.name,
                add=[item.id for item in found.items if item.id not in known],
                forget=gone,
                watermark=found.watermark,
                floor=found.floor,
                begun=[watch.name for watch in watches if watch not in begun],
                events=events,
                gaps=gaps,
            )
        )
        if events:
            self._committed()
        if found.gap:
            names = tuple(watch.name for watch in watches)
            await self._on_trouble(Trouble(stream.name, names, None, found.gap))

    def _decide(
        self, watch: Watch, stream: Stream, found: Found, fresh: Sequence[Item], *, first: bool
    ) -> list[Event]:
        now = self._clock.now()
        looked = log.bind(watch=watch.name, action=stream.call.action)
        if first:
            looked.info("watch.looked_first", known=len(found.items))
            newest_first = sorted(found.items, key=stream.position, reverse=True)
            event = first_look_event(
                watch.name, watch.about, stream.name, watch.match, newest_first, now
            )
            return [event]
        looked.info("watch.looked", new=len(fresh))
        fitting: list[tuple[Item, Decision]] = []
        for item in fresh:
            decision = watch.match.decide(item)
            clauses = [(clause.text, clause.holds) for clause in decision.clauses]
            heard = looked.bind(item=item.id, title=item.title, clauses=clauses)
            if decision.verdict:
                heard.info("item.matched")
                fitting.append((item, decision))
            else:
                heard.info("item.passed")
        return news_events(watch.name, fitting, now)

    async def _gone(self, stream: Stream, found: Found) -> list[str]:
        """Return the known ids that come back and are not there now, to be news again."""
        here = {item.id for item in found.items}
        possible = stream.listing.fleeting
        known = await self._keeper.known(stream.name, possible)
        return [each for each in possible if each in known and each not in here]

    async def _failed(self, source: str, watches: Sequence[Watch], problem: TrackerError) -> None:
        names = tuple(watch.name for watch in watches)
        log.warning("watch.failed", source=source, watches=names, reason=str(problem))
        if await self._keeper.recall(_trouble(source)) != str(problem):
            await self._keeper.remember(_trouble(source), str(problem))
            await self._on_trouble(Trouble(source, names, problem))

    async def _worked(self, source: str, watches: Sequence[Watch]) -> None:
        if await self._keeper.recall(_trouble(source)) is not None:
            await self._keeper.remember(_trouble(source), None)
            names = tuple(watch.name for watch in watches)
            await self._on_trouble(Trouble(source, names, None))


def _trouble(source: str) -> str:
    return f"trouble:{source}"
