"""
The watcher: runs the watches of a source, and decides on what is caught up.

Watches that ask the same share a source: one look serves them all.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

import structlog
from structlog.contextvars import bound_contextvars

from gazelled.clock import Clock
from gazelled.errors import (
    BadAnswer,
    GazelledError,
    KindError,
    RequestRefused,
    SourceError,
    TrackerError,
    TrackerUnavailable,
)
from gazelled.model import Answer, Call, Event, Item, Lane, StreamId
from gazelled.store import Hole, Store, StreamState
from gazelled.tracker.catalogue import Details
from gazelled.tracker.sites.site import Site
from gazelled.watches.attempts import Attempts
from gazelled.watches.costs import Costs
from gazelled.watches.details import DetailFetcher
from gazelled.watches.findings import Finding, Skipped, Trouble
from gazelled.watches.plugins.enrichment import ItemEnrichment
from gazelled.watches.plugins.participants import NOBODY, Participants
from gazelled.watches.plugins.undecided import KindFailures
from gazelled.watches.seen import Seen
from gazelled.watches.sentinel import Sentinel, heralded
from gazelled.watches.source_failures import SourceFailures, crashed
from gazelled.watches.streams.caught_up import CaughtUp
from gazelled.watches.streams.look import AskTracker, look
from gazelled.watches.streams.overlaps import Overlaps
from gazelled.watches.streams.reach import Surveyor
from gazelled.watches.streams.recognition import Recognizer
from gazelled.watches.streams.stream import Stream
from gazelled.watches.streams.stream_look import LookContext, StreamLook
from gazelled.watches.streams.unfinished_looks import UnfinishedLooks
from gazelled.watches.streams.unreadable_entries import UnreadableEntries
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)


class Watcher:
    """
    Runs watches.

    Attributes:
        sources: The watches that share a source, by its name.
        heralded: The sources that are asked only when the sentinel names something new.
        contiguous: How ids of the sources that are decided locally are asked for one by one.
        ask: Asks the tracker, or a source of a plugin.
        troubles: Which sources can't be asked or read.
        unreadable: Which entries of their answers can't be read.
        participants: The plugins that take part.

    Args:
        committed: Called after each commit that may have made deliveries, or holes.
        notice: Makes a notice of what a look found out, which is committed with what was seen.
        on_trouble: Called when a source fails for reasons of its own, when that is over, and with
            entries that can't be read.
        catch_up: So many ids are asked for one by one at most, where pages don't go so far.
        participants: The plugins that add fields to items, and veto or annotate what is reported.
        is_paused: Returns whether a watch is paused, by its name.

    """

    def __init__(  # noqa: PLR0913 - the composition root hands in all that it calls
        self,
        watches: Sequence[Watch],
        site: Site,
        store: Store,
        clock: Clock,
        *,
        ask: Callable[[Call], Awaitable[Answer]],
        committed: Callable[[], None],
        notice: Callable[[Finding], tuple[Event, Sequence[str]]],
        on_trouble: Callable[[Trouble | Skipped], Awaitable[None]],
        catch_up: int = 0,
        participants: Participants = NOBODY,
        is_paused: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.ask = ask
        self._is_paused = is_paused
        self._store = store
        self._clock = clock
        self.troubles = SourceFailures(store, clock, on_trouble)
        self.unreadable = UnreadableEntries(store, clock, on_trouble)
        self._sentinel = Sentinel(ask, store, clock)
        self._attempts = Attempts(store, clock)
        self.participants = participants
        recognizer = Recognizer(store, clock)
        self._context = LookContext(
            site,
            store,
            clock,
            committed,
            notice,
            Overlaps(),
            recognizer,
            Surveyor(store, recognizer, catch_up),
            DetailFetcher(site, ask, self._attempts),
            self.unreadable,
            UnfinishedLooks(store, clock),
            Costs(store),
            ItemEnrichment(participants, store, clock),
            participants,
            KindFailures(store, self.troubles),
        )
        sources: dict[StreamId, list[Watch]] = {}
        for watch in watches:
            sources.setdefault(watch.source, []).append(watch)
        self.sources: Mapping[StreamId, Sequence[Watch]] = sources
        self.contiguous: Mapping[StreamId, Details] = {
            source: watch.listing.details
            for source, sharing in sources.items()
            for watch in sharing
            if watch.kind.news_only and watch.listing and watch.listing.details
            if Stream(watch.call, watch.listing).contiguous_ids
        }
        self.heralded = heralded(sources)

    def active(self, source: StreamId) -> Sequence[Watch]:
        """Return the watches of a source that aren't paused."""
        return [watch for watch in self.sources[source] if not self._is_paused(watch.name)]

    async def run(
        self, source: StreamId, lane: Lane = Lane.WATCH, *, due: bool | None = None
    ) -> None:
        """
        Ask a source once and do for each of its watches what its kind says; paused ones rest.

        `due` is whether its time has come, so that what the sentinel says will do; a person who
        asks wants to know all.

        Raises:
            TrackerError: If it could not be asked; whoever has to know has been told.

        """
        watches = self.active(source)
        if not watches:
            return
        names = tuple(watch.name for watch in watches)
        last_answer = b""

        async def ask(call: Call) -> Answer:
            nonlocal last_answer
            answer = await self._sentinel.share(call)
            last_answer = answer.raw
            return answer

        due = lane is not Lane.PERSON if due is None else due
        try:
            await self._run(source, watches, lane, ask, due=due)
        except (RequestRefused, BadAnswer, SourceError) as problem:
            await self.troubles.failed(source, names, problem)
            raise
        except TrackerError as problem:
            log.warning("watch.postponed", source=source, reason=str(problem))
            unavailable = isinstance(problem, TrackerUnavailable) and not problem.action
            # It waits out outages; of an action that fails as a whole people know otherwise.
            if lane is Lane.WATCH and unavailable:
                await self.troubles.failed(source, names, problem)
            raise
        except GazelledError:
            raise
        except Exception as error:
            log.exception("watch.crashed", source=source)
            crash = crashed(error, last_answer)
            await self.troubles.failed(source, names, crash)
            raise crash from error
        await self.troubles.worked(source, names)

    async def holes(self) -> Mapping[StreamId, Sequence[Hole]]:
        """Return the stretches of streams that are still to be asked for, by source."""
        holes = await self._store.streams.holes()
        return {
            source: stretches
            for source, stretches in holes.items()
            if source in self.sources and self.active(source)
        }

    async def caught(
        self, source: StreamId, items: Sequence[Item], done: Hole, lost: Sequence[Hole]
    ) -> None:
        """Decide on what was caught up, and commit it; `Catcher` describes the arguments."""
        context = self._context
        caught_up = CaughtUp(context, self._stream(self.sources[source]), done, lost)
        # Paused meanwhile, they report what was asked for already.
        await caught_up.commit(self.active(source) or self.sources[source], items)
        await self._attempts.forget(_id_of(source, id_) for id_ in range(done.low + 1, done.high))

    async def failed(self, source: StreamId, number: int) -> int:
        return await self._attempts.add_failure(_id_of(source, number))

    async def _run(
        self, source: StreamId, watches: Sequence[Watch], lane: Lane, ask: AskTracker, *, due: bool
    ) -> None:
        named = None
        listing = next((watch.listing for watch in watches if watch.listing), None)
        if not due:
            self._sentinel.forget()  # a person wants to know how it is now
        elif listing and source in self.heralded:
            named = await self._sentinel.news_for(source, listing.announced_by, lane)
            skips = not named and await self._can_wait(source, watches)
            await self._context.costs.named(source, asked=not skips)
            if skips:
                log.info("source.skipped", source=source)
                return
        await self._ask(source, watches, lane, ask)
        if named:
            await self._sentinel.asked(source, named)

    async def _ask(
        self, source: StreamId, watches: Sequence[Watch], lane: Lane, ask: AskTracker
    ) -> None:
        if not any(watch.listing for watch in watches):
            await ask(replace(watches[0].call, lane=lane))
        elif not any(watch.kind.follows for watch in watches):
            stream = self._stream(watches, lane)
            with bound_contextvars(request=stream.call.request):
                await self._report(source, stream, watches, ask)
        else:
            readers = [watch for watch in watches if watch.kind.reads_items]
            stream = self._stream(watches, lane)
            with bound_contextvars(request=stream.call.request):
                await StreamLook(self._context, stream, readers, ask).run()
        for watch in watches:
            if not watch.kind.reads_items:
                log.info("watch.called", watch=watch.name, action=watch.call.action)

    async def _can_wait(self, source: StreamId, watches: Sequence[Watch]) -> bool:
        """Return whether nothing but news is a reason to ask a source."""
        begun = (await self._store.streams.state(source)).watches
        looked = all(watch.name in begun for watch in watches)
        if not looked or await self.troubles.of(source):
            return False
        return not await self._context.kind_failures.is_waiting(watches)

    def _stream(self, watches: Sequence[Watch], lane: Lane = Lane.WATCH) -> Stream:
        """Return the stream that watches share; those that only call see nothing of it."""
        listing = next(watch.listing for watch in watches if watch.listing)
        asked_at, request = self._clock.monotonic(), secrets.token_hex(4)
        call = replace(watches[0].call, lane=lane, asked_at=asked_at, request=request)
        return Stream(call, listing)

    async def _report(
        self, source: StreamId, stream: Stream, watches: Sequence[Watch], ask: AskTracker
    ) -> None:
        context = self._context
        result = await look(stream, StreamState(source), context.site, ask)
        await self.unreadable.note(source, watches, result.odd)
        computed = context.participants.extensions.with_computed
        items, at = tuple(map(computed, result.items)), self._clock.now()
        seen = Seen(stream, items, (), complete=result.complete, at=at)
        if context.enrichment.takes_part:
            pools = context.enrichment.pools(watches, seen, (), is_last=True)
            enriched = (await context.enrichment.of(stream, pools, at, storable=False)).items
            items = tuple(computed(enriched.get(item.id, item)) for item in items)
            seen = replace(seen, items=items)
        vetoes = context.vetoes(stream, storable=False)
        failed: dict[str, KindError] = {}
        for watch in watches:
            try:
                outcome = vetoes.decide(watch, seen, {}, first=False)
                while vetoes.are_open:
                    await vetoes.ask()
                    outcome = vetoes.decide(watch, seen, {}, first=False)
            except KindError as failure:
                failed[watch.name] = failure
                continue
            for event in outcome.events:
                log.info("watch.reported", watch=watch.name, items=len(result.entries))
                named = replace(event, request=stream.call.request)
                await self._store.outbox.add(named, watch.tell, ran=source)
        await self._context.kind_failures.report(watches, failed)
        self._context.committed()
        if stream.listing.order == "whole":
            for key, value in self._context.costs.pages(source, result.pages).items():
                await self._store.set_kv(key, value)


def _id_of(source: StreamId, number: int) -> str:
    return f"{source} {number}"
