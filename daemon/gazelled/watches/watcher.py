"""
The watcher: looks at streams, decides what fits, commits all of it at once.

Watches that ask the same share a stream: one look serves them all. Items, events, deliveries
and the watermark are one transaction; nothing is told before it is committed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import structlog

from gazelled.clock import Clock
from gazelled.errors import Broken, Refused, TrackerError, Unavailable
from gazelled.model import Answer, Call, Event, Item, Lane
from gazelled.rules import Decision
from gazelled.store import Look, StreamState
from gazelled.tracker.site import Site
from gazelled.watches.events import first_look_event, news_events
from gazelled.watches.look import Found, Stream, look, news
from gazelled.watches.watch import Missed, Trouble, Watch

log = structlog.stdlib.get_logger(__name__)


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

    async def begun(self, stream: str) -> set[str]:
        """Tell which watches had their first look at a stream."""

    async def commit_look(self, look: Look) -> None:
        """Commit all that a look changes, or nothing."""


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
        missed: Makes the notice of a gap, which is committed with what was seen around it.
        on_trouble: Told when a source fails for reasons of its own, and when that is over.

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
        missed: Callable[[Missed], tuple[Event, Sequence[str]]],
        on_trouble: Callable[[Trouble], Awaitable[None]],
    ) -> None:
        self._site = site
        self._keeper = keeper
        self._clock = clock
        self._ask = ask
        self._committed = committed
        self._missed = missed
        self._on_trouble = on_trouble
        # Two runs of a source at once, a person's and the schedule's, must not both see news.
        self._one_commit = asyncio.Lock()
        self._ruled: set[str] = set()
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
        except Unavailable as problem:
            log.warning("watch.postponed", source=source, reason=str(problem))
            if lane is Lane.WATCH:  # it waits out outages, so others do get answers
                await self._failed(source, watches, problem)
            raise
        except TrackerError as problem:
            log.warning("watch.postponed", source=source, reason=str(problem))
            raise
        await self._worked(source, watches)

    async def trouble(self, source: str) -> str:
        """Tell what is wrong with a source; nothing when all is well."""
        kept = await self._recall(source)
        return str(kept["text"]) if kept else ""

    async def _look(self, stream: Stream, watches: Sequence[Watch]) -> None:
        found = await look(stream, await self._keeper.stream(stream.name), self._site, self._ask)
        if found.odd:
            log.warning("answer.odd", source=stream.name, entries=found.odd)
        async with self._one_commit:
            try:
                await self._commit(stream, watches, found)
            finally:
                self._committed()  # also when nobody waits for it any more: it is committed

    async def _commit(self, stream: Stream, watches: Sequence[Watch], found: Found) -> None:
        before = await self._keeper.stream(stream.name)
        known = await self._keeper.known(stream.name, [item.id for item in found.items])
        fresh = news(stream, found, known, before)
        begun = await self._keeper.begun(stream.name)
        events: list[tuple[Event, Sequence[str]]] = [
            (event, watch.tell)
            for watch in watches
            for event in self._decide(watch, stream, found, fresh, first=watch.name not in begun)
        ]
        if found.gap:
            low, high = map(stream.place, found.gap)
            names = tuple(watch.name for watch in watches)
            log.warning("watch.missed", source=stream.name, low=low, high=high)
            events.append(self._missed(Missed(stream.name, names, low, high, self._clock.now())))
        gone = await self._gone(stream, found)
        rules = [(watch.name, watch.rule) for watch in watches if watch.name not in self._ruled]
        await self._keeper.commit_look(
            Look(
                stream=stream.name,
                add=[item.id for item in found.items if item.id not in known],
                forget=gone,
                watermark=found.watermark(before),
                floor=found.floor(before),
                begun=[watch.name for watch in watches if watch.name not in begun],
                events=events,
                gaps=[found.gap] if found.gap else [],
                at=self._clock.now(),
                items=fresh,
                rules=rules,
            )
        )
        self._ruled.update(name for name, _ in rules)

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
            decision = watch.match.decide(item, now)
            if decision.verdict:
                fitting.append((item, decision))
                say, verdict = looked.info, "item.matched"
            else:  # most watches pass most items: a line for each would be all that one reads
                say, verdict = looked.debug, "item.passed"
            clauses = [(clause.text, clause.holds) for clause in decision.clauses]
            say(verdict, item=item.id, title=item.title, clauses=clauses)
        return news_events(watch.name, fitting, now, stream.listing.fleeting)

    async def _gone(self, stream: Stream, found: Found) -> list[str]:
        """Return the known ids that come back and are not there now, to be news again."""
        possible = stream.listing.fleeting
        if not possible:
            return []
        here = {item.id for item in found.items}
        known = await self._keeper.known(stream.name, possible)
        return [each for each in possible if each in known and each not in here]

    async def _failed(self, source: str, watches: Sequence[Watch], problem: TrackerError) -> None:
        """Note that a source has a trouble; a crash on the way makes it told again as the same."""
        names = tuple(watch.name for watch in watches)
        kind = type(problem).__name__
        log.warning("watch.failed", source=source, watches=names, kind=kind, reason=str(problem))
        kept = await self._recall(source)
        since = self._clock.now().isoformat()
        if kept and kept["kind"] == kind:
            since = str(kept["since"])
        trouble = {"kind": kind, "text": str(problem), "since": since}
        await self._keeper.remember(_trouble(source), json.dumps(trouble))
        await self._on_trouble(Trouble(source, names, problem, datetime.fromisoformat(since)))

    async def _worked(self, source: str, watches: Sequence[Watch]) -> None:
        kept = await self._recall(source)
        if kept:
            names = tuple(watch.name for watch in watches)
            since = datetime.fromisoformat(str(kept["since"]))
            await self._on_trouble(Trouble(source, names, None, since))
            await self._keeper.remember(_trouble(source), None)

    async def _recall(self, source: str) -> Mapping[str, object]:
        found = json.loads(await self._keeper.recall(_trouble(source)) or "{}")
        return found if isinstance(found, dict) else {}


def _trouble(source: str) -> str:
    return f"trouble:{source}"
