"""
The watcher: looks at streams, has each watch decide, commits all of it at once.

Watches that ask the same share a stream: one look serves them all. Items, events, deliveries
and the watermark are one transaction; nothing is told before it is committed.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from gazelled.clock import Clock
from gazelled.errors import (
    BadAnswer,
    GazelledError,
    RequestRefused,
    TrackerError,
    TrackerUnavailable,
)
from gazelled.model import Answer, Call, Event, Item, Lane, Position, StreamId
from gazelled.store import Gap, Hole, Look, Mark, Store, StreamState
from gazelled.tracker.catalogue import Details
from gazelled.tracker.sites.site import Site
from gazelled.watches.attempts import Tries
from gazelled.watches.catching_up import left
from gazelled.watches.costs import Costs
from gazelled.watches.crashes import Heard, crashed
from gazelled.watches.deciding import decide
from gazelled.watches.details import DetailFetcher, curious, wanting
from gazelled.watches.findings import Finding, Missed, Skipped, Trouble
from gazelled.watches.seen import Outcome, Seen
from gazelled.watches.sentinel import Sentinel, heralded
from gazelled.watches.source_failures import Troubles
from gazelled.watches.streams.look import Ask, Found, Placed, Stream, look, news
from gazelled.watches.streams.number_gaps import unlisted_by
from gazelled.watches.streams.progress import Progress
from gazelled.watches.streams.reach import Surveyor
from gazelled.watches.streams.recognition import Recognizer
from gazelled.watches.streams.unreadable_entries import UnreadableEntries
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

SLICE = 20
"""So many items are decided on and committed together when each must be asked for."""

LATE = timedelta(hours=1)
"""How long an upload may be missing in searches after it was made."""


@dataclass(frozen=True, slots=True)
class _Past:
    """
    What is known of a stream and its items.

    Attributes:
        before: How far it has been seen.
        known: Which of the items were seen before.
        begun: Which watches had their first look at it.
        restored: Whether ids of it were given again.
        newest: Whether no look that was asked for later, or meanwhile, was judged by.

    """

    before: StreamState
    known: Collection[str]
    begun: Mapping[str, Position | None]
    restored: bool = False
    newest: bool = True


class Watcher:
    """
    Runs watches.

    Attributes:
        sources: The watches that share a source, by its name.
        heralded: The sources that are asked only when the sentinel names something new.
        dense: How ids of the sources that are decided locally are asked for one by one.
        troubles: Which sources can't be asked or read.
        unreadable: Which entries of their answers can't be read.

    Args:
        watches: All of them.
        site: The site.
        store: The store.
        clock: The time of day.
        ask: Asks the tracker.
        committed: Called after each commit that may have made deliveries, or holes.
        notice: Makes a notice of what a look found out, which is committed with what was seen.
        on_trouble: Told when a source fails for reasons of its own, and when that is over, and of
            entries that can't be read.
        catch_up: So many ids are asked for one by one at most, where pages don't go so far.

    """

    def __init__(
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
    ) -> None:
        self._site = site
        self._store = store
        self._clock = clock
        self._asked = ask
        self._committed = committed
        self._notice = notice
        self._recognizer = Recognizer(store, clock)
        self._surveyor = Surveyor(store, self._recognizer, catch_up)
        # Two runs of a source at once, a person's and the schedule's, must not both see news.
        self._one_commit = asyncio.Lock()
        self._commits = 0
        # What was asked for first may be committed last: then nothing is compared with it.
        self._moments = itertools.count(1)
        self._judged: dict[StreamId, int] = {}
        self._ruled: set[str] = set()
        self.troubles = Troubles(store, clock, on_trouble)
        self.unreadable = UnreadableEntries(store, clock, on_trouble)
        self._tries = Tries(store, clock)
        self._costs = Costs(store)
        self._progress = Progress(store, clock)
        self._particulars = DetailFetcher(site, ask, self._tries)
        self._sentinel = Sentinel(ask, store, clock)
        sources: dict[StreamId, list[Watch]] = {}
        for watch in watches:
            sources.setdefault(watch.source, []).append(watch)
        self.sources: Mapping[StreamId, Sequence[Watch]] = sources
        self.dense: Mapping[StreamId, Details] = {
            name: watch.listing.details
            for name, each in sources.items()
            for watch in each
            if watch.kind.news_only and watch.listing and watch.listing.details
            if Stream(watch.call, watch.listing).dense
        }
        self.heralded = heralded(sources)

    async def run(
        self, source: StreamId, lane: Lane = Lane.WATCH, *, due: bool | None = None
    ) -> None:
        """
        Ask a source once and do for each of its watches what its kind says.

        Args:
            source: What is asked, as in `sources`.
            lane: Who asks.
            due: Whether its time has come, so that what the sentinel says will do; a person who
                asks wants to know all.

        Raises:
            TrackerError: If it could not be asked; whoever has to know has been told.

        """
        watches = self.sources[source]
        names = tuple(watch.name for watch in watches)
        heard = Heard(self._sentinel.share)
        try:
            due = lane is not Lane.PERSON if due is None else due
            await self._run(source, watches, lane, heard, due=due)
        except (RequestRefused, BadAnswer) as problem:
            await self.troubles.failed(source, names, problem)
            raise
        except TrackerUnavailable as problem:
            log.warning("watch.postponed", source=source, reason=str(problem))
            # It waits out outages; of an action that fails as a whole people know otherwise.
            if lane is Lane.WATCH and not problem.action:
                await self.troubles.failed(source, names, problem)
            raise
        except TrackerError as problem:
            log.warning("watch.postponed", source=source, reason=str(problem))
            raise
        except GazelledError:
            raise
        except Exception as error:
            log.exception("watch.crashed", source=source)
            crash = crashed(error, heard.raw)
            await self.troubles.failed(source, names, crash)
            raise crash from error
        await self.troubles.worked(source, names)

    async def holes(self) -> Mapping[StreamId, Sequence[Hole]]:
        """Tell the stretches of streams that are still to be asked for, by source."""
        holes = await self._store.streams.holes()
        return {source: each for source, each in holes.items() if source in self.sources}

    async def caught(
        self, source: StreamId, items: Sequence[Item], done: Hole, lost: Sequence[Hole]
    ) -> None:
        """
        Decide on items that were asked for one by one, and commit how far that came.

        Args:
            source: Their source.
            items: What was found, the oldest first.
            done: The ids around what was asked for.
            lost: Of these, the ids around each one that can't be had.

        """
        watches = self.sources[source]
        stream = self._stream(watches)
        gaps = [Gap(Position(low), Position(high)) for low, high in lost]
        async with self._one_commit:
            self._commits += 1
            before = await self._store.streams.state(source)
            past = await self._known(stream, before, items)
            begun = past.begun
            fresh = tuple(item for item in items if item.id not in past.known)
            seen = Seen(
                stream,
                fresh,
                fresh,
                complete=False,
                at=self._clock.now(),
                restored=past.restored,
            )
            news = [watch for watch in watches if watch.kind.news_only and watch.name in begun]
            events = [
                (event, watch.tell)
                for watch in news
                for event in decide(watch, seen.above(begun[watch.name]), {}, first=False).events
            ]
            look = Look(
                stream=source,
                add=[item.id for item in fresh],
                watermark=before.watermark,
                floor=before.floor,
                events=[*events, *(self._gap(stream, news, gap) for gap in gaps)],
                gaps=[gap.ends for gap in gaps],
                at=seen.at,
                items=fresh,
                holes=left((await self._store.streams.holes()).get(source, ()), done),
            )
            await self._store.commit_look(look)
        self._committed()
        await self._tries.done(_tried(source, number) for number in range(done.low + 1, done.high))

    async def failed(self, source: StreamId, number: int) -> int:
        """Count that an id could not be had; tell how often, until it is caught or lost."""
        return await self._tries.add(_tried(source, number))

    async def _run(
        self, source: StreamId, watches: Sequence[Watch], lane: Lane, ask: Ask, *, due: bool
    ) -> None:
        named = ""
        listing = next((watch.listing for watch in watches if watch.listing), None)
        if not due:
            self._sentinel.forget()
        if listing and source in self.heralded and due:
            named = await self._sentinel.names(source, listing.heralds, lane)
            quiet = not named and await self._can_wait(source, watches)
            await self._costs.named(source, asked=not quiet)
            if quiet:
                log.info("source.skipped", source=source)
                return
        if listing is None:
            await ask(replace(watches[0].call, lane=lane))
        elif not any(watch.kind.follows for watch in watches):
            await self._report(source, self._stream(watches, lane), watches, ask)
        else:
            await self._look(self._stream(watches, lane), watches, ask)
        for watch in watches:
            if not watch.kind.reads_items:
                log.info("watch.called", watch=watch.name, action=watch.call.action)
        if named:
            await self._sentinel.asked(source, named)

    async def _can_wait(self, source: StreamId, watches: Sequence[Watch]) -> bool:
        """Tell whether nothing but news is a reason to ask a source."""
        begun = await self._store.watches.begun(source)
        looked = all(watch.name in begun for watch in watches)
        return looked and not await self.troubles.of(source)

    def _stream(self, watches: Sequence[Watch], lane: Lane = Lane.WATCH) -> Stream:
        """Make the stream that watches share; those that only call see nothing of it."""
        listing = next(watch.listing for watch in watches if watch.listing)
        call = replace(watches[0].call, lane=lane, asked_at=self._clock.monotonic())
        return Stream(call, listing)

    async def _report(
        self, source: StreamId, stream: Stream, watches: Sequence[Watch], ask: Ask
    ) -> None:
        found = await look(stream, StreamState(source), self._site, ask)
        await self.unreadable.note(source, watches, found.odd)
        seen = Seen(stream, found.items, (), complete=found.complete, at=self._clock.now())
        for watch in watches:
            for event in decide(watch, seen, {}, first=False).events:
                log.info("watch.reported", watch=watch.name, items=len(found.items))
                await self._store.outbox.add(event, watch.tell, ran=source)
        self._committed()
        if stream.listing.order == "whole":
            await self._costs.pages(source, found.pages)

    async def _look(self, stream: Stream, watches: Sequence[Watch], ask: Ask) -> None:
        watches = [watch for watch in watches if watch.kind.reads_items]
        commits, asked_at = self._commits, next(self._moments)
        before = await self._store.streams.state(stream.name)
        begun = await self._store.watches.begun(stream.name)
        whole = any(watch.kind.compares_states for watch in watches)
        back_to = await self._back_to(stream, watches, begun)
        found = await look(
            stream,
            before,
            self._site,
            ask,
            recognise=partial(self._recognizer.seen, stream, before),
            whole=whole,
            back_to=back_to,
            progress=self._progress,
        )
        told_at = next(self._moments)
        await self.unreadable.note(stream.name, watches, found.odd)
        past = await self._known(stream, before, found.glimpses, begun)
        fresh = news(stream, found, past.known, before)
        items = found.items if _all_count(watches, begun) else ()
        seen = Seen(stream, items, fresh, complete=found.complete, at=self._clock.now())
        log.info("source.looked", source=stream.name, watches=len(watches), new=len(fresh))
        want = curious(watches, stream)
        wants = [watch for watch in want if watch.name in begun]
        joining = [watch for watch in want if watch.name not in begun]
        asked = 0
        size = SLICE if joining or wanting(wants, seen) else len(fresh)
        slices = [fresh[start : start + size] for start in range(0, len(fresh), size or 1)] or [()]
        for number, part in enumerate(slices, 1):
            last = number == len(slices)
            wanted = wanting(wants, replace(seen, fresh=tuple(part)))
            asked_before = self._particulars.asked
            detailed = {**await self._particulars.of_all(wanted, stream)}
            asked += self._particulars.asked - asked_before
            if last:
                detailed |= await self._particulars.at_first(joining, seen)
            async with self._one_commit:
                try:
                    if self._commits != commits:
                        past = await self._past(stream, found, asked_at)
                    if last and past.newest:
                        self._judged[stream.name] = told_at
                    await self._commit(stream, watches, found, past, detailed, part, last=last)
                finally:
                    self._committed()  # also when nobody waits for it any more: it is committed
            if want:
                ids = found.ids if last else [item.id for item in part]
                await self._particulars.settled(ids, stream)
        if found.pages > 1:
            await self._progress.done(stream.name)
        if whole or stream.listing.order == "whole":
            await self._costs.pages(stream.name, found.pages)
        if want:
            await self._costs.details(stream.name, asked)

    async def _back_to(
        self, stream: Stream, watches: Sequence[Watch], begun: Collection[str]
    ) -> datetime | None:
        """Tell how far back a look goes, whatever is known."""
        moments = [
            each.first.since for each in watches if each.first.since and each.name not in begun
        ]
        if begun and stream.listing.order == "id":
            now = self._clock.now()
            last = (await self._store.last_runs()).get(stream.name, now)
            moments.append(min(last, now) - LATE)  # what was late when it was looked at last
        return min(moments, default=None)

    async def _past(self, stream: Stream, found: Found, asked_at: int) -> _Past:
        """Tell what is known; it holds until the next commit."""
        before = await self._store.streams.state(stream.name)
        past = await self._known(stream, before, found.glimpses)
        if self._judged.get(stream.name, 0) < asked_at:
            return past
        log.info("source.overlapped", source=stream.name)
        # Whether what comes back is there is told by the newer look.
        comes_back = stream.listing.fleeting
        known = {*past.known, *(each for each in found.ids if each.startswith(comes_back))}
        return replace(past, known=known, newest=False)

    async def _known(
        self,
        stream: Stream,
        before: StreamState,
        entries: Sequence[Placed],
        begun: Mapping[str, Position | None] | None = None,
    ) -> _Past:
        """Tell which entries of a stream were seen before."""
        known = await self._recognizer.seen(stream, before, entries)
        begun = await self._store.watches.begun(stream.name) if begun is None else begun
        restored = await self._recognizer.restored(stream) is not None
        return _Past(before, known, begun, restored)

    async def _commit(
        self,
        stream: Stream,
        watches: Sequence[Watch],
        found: Found,
        past: _Past,
        detailed: Mapping[str, Item],
        part: Sequence[Item],
        *,
        last: bool,
    ) -> None:
        before, known, begun, newest = past.before, past.known, past.begun, past.newest
        self._commits += 1  # also if it fails: who comes next reads what there is
        items = found.items if _all_count(watches, begun) else ()
        seen = Seen(
            stream,
            items=tuple(detailed.get(item.id, item) for item in items),
            fresh=tuple(detailed.get(item.id, item) for item in part if item.id not in known),
            complete=found.complete,
            at=self._clock.now(),
            restored=past.restored,
        )
        events: list[tuple[Event, Sequence[str]]] = []
        marks: list[Mark] = []
        for watch in watches:
            first = watch.name not in begun
            if not (newest or first) and watch.kind.compares_states:
                continue
            if last or (watch.kind.news_only and not first):
                outcome = await self._decide(watch, seen, first=first)
                events += [(event, watch.tell) for event in outcome.events]
                marks += outcome.marks
        if not last:
            look = Look(
                stream=stream.name,
                add=[item.id for item in seen.fresh],
                watermark=before.watermark,
                floor=before.floor,
                events=events,
                at=seen.at,
                items=seen.fresh,
            )
            await self._store.commit_look(look)
            return
        news = [watch for watch in watches if watch.kind.news_only and watch.name in begun]
        reached = await self._surveyor.reach(
            stream, found, before, known, newest=newest, gaps=bool(news)
        )
        if reached.gap:
            events.append(self._gap(stream, news, reached.gap))
        if reached.restored:
            events.append(self._notice(reached.went_back(stream, watches, before, seen.at)))
        unlisted = await unlisted_by(self._store, stream, found.ids, news, seen.at)
        events += [self._notice(each) for each in unlisted.values()]
        rules = [(watch.name, watch.rule) for watch in watches if watch.name not in self._ruled]
        await self._store.commit_look(
            Look(
                stream=stream.name,
                add=[each for each in found.ids if reached.forget or each not in known],
                forget=[*reached.forget, *(await self._back(stream, found) if newest else ())],
                watermark=reached.watermark,
                floor=reached.floor,
                begun=[watch.name for watch in watches if watch.name not in begun],
                # What the look saw is known anyway, and its highest position may be absurd.
                above=found.lowest,
                events=events,
                gaps=[*unlisted, *([reached.gap.ends] if reached.gap else [])],
                at=seen.at,
                items=seen.fresh,
                marks=marks,
                holes=reached.holes,
                rules=rules,
            )
        )
        self._ruled.update(name for name, _ in rules)

    async def _decide(self, watch: Watch, seen: Seen, *, first: bool) -> Outcome:
        action = seen.stream.call.action
        if first:
            log.info(
                "watch.baseline_recorded", watch=watch.name, action=action, known=len(seen.items)
            )
        else:  # a thousand watches may share what is said of their source
            log.debug("watch.looked", watch=watch.name, action=action, new=len(seen.fresh))
        marks = await self._store.watches.marks(watch.name) if watch.kind.compares_states else {}
        return decide(watch, seen, marks, first=first)

    def _gap(
        self, stream: Stream, watches: Sequence[Watch], gap: Gap
    ) -> tuple[Event, Sequence[str]]:
        low, high = map(stream.place, gap)
        names = tuple(watch.name for watch in watches)
        log.warning("watch.missed", source=stream.name, low=low, high=high)
        return self._notice(Missed(stream.name, names, low, high, self._clock.now()))

    async def _back(self, stream: Stream, found: Found) -> list[str]:
        """Return the known ids that come back and are not there now, to be news again."""
        if not stream.listing.fleeting:
            return []
        here = {*found.ids}
        known = await self._store.streams.known_with(stream.name, stream.listing.fleeting)
        return [each for each in known if each not in here]


def _tried(source: StreamId, number: int) -> str:
    return f"{source} {number}"


def _all_count(watches: Sequence[Watch], begun: Collection[str]) -> bool:
    """Tell whether somebody looks at more than news: at states, or for the first time."""
    return any(not watch.kind.news_only or watch.name not in begun for watch in watches)
