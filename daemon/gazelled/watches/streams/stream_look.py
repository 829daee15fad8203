"""
A look at a stream, from its first page to its last commit.

Items, marks, events, deliveries, watermark: all that a look changes is one transaction, and nothing
is reported before it is committed. Only where details must be asked for, one item at a time, new
items are committed in slices, so that a crash repeats little.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from gazelled.clock import Clock
from gazelled.errors import KindError
from gazelled.model import Event, Item
from gazelled.store import (
    Enrichment,
    Gap,
    LookTransaction,
    MarkChanges,
    Store,
    StreamState,
)
from gazelled.tracker.sites.site import Site
from gazelled.watches.costs import Costs
from gazelled.watches.deciding import mark_scope
from gazelled.watches.details import DetailFetcher, items_in_question, needs_details
from gazelled.watches.findings import Finding, Missed, WentBack
from gazelled.watches.plugins.enrichment import ItemEnrichment
from gazelled.watches.plugins.participants import Participants
from gazelled.watches.plugins.undecided import KindFailures, LookFailures
from gazelled.watches.plugins.vetoes import LookVetoes
from gazelled.watches.seen import Seen
from gazelled.watches.streams.look import AskTracker, LookResult, look, news
from gazelled.watches.streams.number_gaps import number_gaps
from gazelled.watches.streams.overlaps import Overlaps
from gazelled.watches.streams.reach import Reach, Surveyor
from gazelled.watches.streams.recognition import Recognizer
from gazelled.watches.streams.stream import Stream
from gazelled.watches.streams.unfinished_looks import UnfinishedLooks
from gazelled.watches.streams.unreadable_entries import UnreadableEntries
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

SLICE = 20
"""So many items are decided on and committed together when each must be asked for."""

LATE = timedelta(hours=1)
"""How long an upload may be missing in searches after it was made."""


@dataclass(frozen=True, slots=True)
class LookContext:
    """
    What looks have in common.

    `committed` is called after each commit that may have made deliveries, or holes; `notice` makes
    a notice of what a look found out, which is committed with what was seen; `ruled` are the
    watches whose rules were committed by this process.
    """

    site: Site
    store: Store
    clock: Clock
    committed: Callable[[], None]
    notice: Callable[[Finding], tuple[Event, Sequence[str]]]
    overlaps: Overlaps
    recognizer: Recognizer
    surveyor: Surveyor
    details: DetailFetcher
    unreadable: UnreadableEntries
    unfinished: UnfinishedLooks
    costs: Costs
    enrichment: ItemEnrichment
    participants: Participants
    kind_failures: KindFailures
    ruled: set[str] = field(default_factory=set)

    def vetoes(self, stream: Stream, *, storable: bool = True) -> LookVetoes:
        """Return what plugins say of what one look reports; nothing yet."""
        return LookVetoes(self.participants, self.store, self.clock, stream, storable=storable)

    def missed(
        self, stream: Stream, watches: Sequence[Watch], gap: Gap, at: datetime
    ) -> tuple[Event, Sequence[str]]:
        low, high = map(stream.place, gap)
        log.warning("watch.missed", source=stream.name, low=low, high=high)
        names = tuple(watch.name for watch in watches)
        return self.notice(Missed(stream.name, names, low, high, at))


@dataclass(frozen=True, slots=True)
class _Known:
    """
    What is known of a stream and of what a look found there; it holds until the next commit.

    `newest` is whether states may be compared with what was seen, and the watermark moved to it.
    """

    before: StreamState
    ids: Collection[str]
    restored: bool
    newest: bool = True

    @property
    def storable(self) -> bool:
        """Whether what plugins gave and said of an id is about the item that has it now."""
        return self.before.begun and not self.restored


class StreamLook:
    """One look at a stream, for the watches that read its items."""

    _result: LookResult
    _known: _Known
    _vetoes: LookVetoes
    _failures: LookFailures

    def __init__(
        self, context: LookContext, stream: Stream, watches: Sequence[Watch], ask: AskTracker
    ) -> None:
        self._context = context
        self._stream = stream
        self._watches = watches
        self._ask = ask
        self._turn = context.overlaps.begin(stream.name)
        self._noted_gap = False
        self._compares = any(watch.kind.compares_states for watch in watches)
        # Those that look at what only details show of new items.
        self._need_details = needs_details(watches, stream)

    async def run(self) -> None:
        """Turn pages, and commit what they show."""
        context, stream = self._context, self._stream
        before = await context.store.streams.state(stream.name)
        self._result = result = await look(
            stream,
            before,
            context.site,
            self._ask,
            recognise=partial(context.recognizer.seen, stream, before),
            whole=self._compares,
            back_to=self._back_to(before),
            unfinished=context.unfinished,
        )
        self._turn.answered()
        await context.unreadable.note(stream.name, self._watches, result.odd)
        restored = await context.recognizer.restored(stream) is not None
        self._known = _Known(before, result.seen, restored)
        self._vetoes = context.vetoes(stream, storable=self._known.storable)
        self._failures = await context.kind_failures.begin(self._watches, stream.name)
        fresh = news(stream, result, result.seen, before)
        log.info("source.looked", source=stream.name, watches=len(self._watches), new=len(fresh))
        await self._commit_slices(fresh)
        await context.kind_failures.report(self._watches, self._failures.failed)

    def _back_to(self, before: StreamState) -> datetime | None:
        """Return how far back to look, whatever is known."""
        moments = [
            watch.first.since
            for watch in self._watches
            if watch.first.since and watch.name not in before.watches
        ]
        if before.watches and self._stream.listing.order == "id":
            now = self._context.clock.now()
            last = min(before.asked_at or now, now)
            moments.append(last - LATE)  # what was late when it was looked at last
        return min(moments, default=None)

    async def _commit_slices(self, fresh: Sequence[Item]) -> None:
        """Ask for the details that matter, decide and commit, a slice of what is new at a time."""
        context, fetcher = self._context, self._context.details
        begun = [watch for watch in self._need_details if self._has_begun(watch)]
        joining = [watch for watch in self._need_details if not self._has_begun(watch)]
        seen = self._seen(fresh, {})
        asks = bool(joining or items_in_question(begun, seen)) or context.enrichment.takes_part
        requested = 0
        for part, is_last in _slices(fresh, SLICE if asks else len(fresh)):
            before = fetcher.asked
            wanted = items_in_question(begun, replace(seen, fresh=tuple(part)))
            detailed = {**await fetcher.of_all(wanted, self._stream)}
            requested += fetcher.asked - before
            if is_last:
                detailed |= await fetcher.at_first(joining, seen)
            rows = await self._enrich(part, detailed, is_last=is_last)
            values = await self._last_values(requested) if is_last else None
            while not await self._commit(part, detailed, rows, values):
                await self._vetoes.ask()
            if self._need_details:
                ids = self._result.ids if is_last else [item.id for item in part]
                await fetcher.settled(ids, self._stream)

    async def _enrich(
        self, part: Sequence[Item], detailed: dict[str, Item], *, is_last: bool
    ) -> list[Enrichment]:
        """Add what plugins give to items, and return what is to be written down of it."""
        enrichment, known = self._context.enrichment, self._known
        if not enrichment.takes_part:
            return []
        seen = self._seen(part, detailed)
        pools = enrichment.pools(self._watches, seen, known.before.watches, is_last=is_last)
        enriched = await enrichment.of(self._stream, pools, seen.at, storable=known.storable)
        detailed |= enriched.items
        return enriched.rows

    async def _last_values(self, requested: int) -> dict[str, str | None]:
        """Return what to keep at the end: that the look is finished, and what it cost."""
        context, stream, pages = self._context, self._stream, self._result.pages
        values: dict[str, str | None] = {}
        if pages > 1:
            values |= await context.unfinished.discarded(stream.name)
        if self._compares or stream.listing.order == "whole":
            values |= context.costs.pages(stream.name, pages)
        if self._need_details:
            values |= await context.costs.details(stream.name, requested)
        return values

    async def _commit(
        self,
        part: Sequence[Item],
        detailed: Mapping[str, Item],
        rows: Sequence[Enrichment],
        last_values: dict[str, str | None] | None,
    ) -> bool:
        """
        Decide on a slice of new items, those with details given by their ids, and commit it.

        It is not committed, and False is returned, if plugins are to be asked about it before.

        `rows` is what plugins gave, and `last_values` what to keep with the last slice, which ends
        the look; None for others.
        """
        overlaps, store = self._context.overlaps, self._context.store
        # From looking up what is known to the commit nobody else may make it known.
        async with overlaps.committing:
            try:
                if self._turn.is_outdated:
                    self._known = await self._look_up()
                is_last = last_values is not None
                seen = self._seen(part, detailed)
                transaction = self._new_transaction(seen)
                await self._decide_all(seen, transaction, is_last=is_last)
                if self._vetoes.are_open:
                    return False
                self._turn.note_commit(judges=is_last and self._known.newest)
                await self._complete(transaction, is_last=is_last)
                transaction.values |= last_values or {}
                transaction.enrichments += rows
                self._vetoes.write(transaction)
                if transaction.changes(self._known.before):
                    await store.commit_look(transaction)
                self._failures.committed()
                self._context.ruled.update(transaction.rules)
                return True
            finally:
                # Also when nobody waits for it any more: it is committed nevertheless.
                self._context.committed()

    async def _look_up(self) -> _Known:
        """Look up what is known, since another look may have committed something meanwhile."""
        context, stream = self._context, self._stream
        before = await context.store.streams.state(stream.name)
        ids = await context.recognizer.seen(stream, before, self._result.entries)
        restored = await context.recognizer.restored(stream) is not None
        if self._turn.is_newest:
            return _Known(before, ids, restored)
        log.info("source.overlapped", source=stream.name)
        # Whether what comes back is there is reported by the newer look.
        comes_back = stream.listing.recurring
        ids |= {id_ for id_ in self._result.ids if id_.startswith(comes_back)}
        return _Known(before, ids, restored, newest=False)

    def _has_begun(self, watch: Watch) -> bool:
        return watch.name in self._known.before.watches

    def _is_early_for(self, watch: Watch) -> bool:
        """Return whether news can't be distinguished from what is only seen late."""
        return self._result.learning and watch.kind.news_only and not self._has_begun(watch)

    def _seen(self, part: Sequence[Item], detailed: Mapping[str, Item]) -> Seen:
        """Return what the look shows to watches, with a slice of what is new."""
        # Reading items is work for nothing where all watches look at news only.
        counts = any(
            not watch.kind.news_only or not self._has_begun(watch) for watch in self._watches
        )
        items = self._result.items if counts else ()
        computed = self._context.participants.extensions.with_computed
        return Seen(
            self._stream,
            items=tuple(computed(detailed.get(item.id, item)) for item in items),
            fresh=tuple(
                computed(detailed.get(item.id, item))
                for item in part
                if item.id not in self._known.ids
            ),
            complete=self._result.complete,
            at=self._context.clock.now(),
            restored=self._known.restored,
        )

    def _new_transaction(self, seen: Seen) -> LookTransaction:
        before = self._known.before
        return LookTransaction(
            self._stream.name,
            seen.at,
            before.watermark,
            before.floor,
            known=[item.id for item in seen.fresh],
            items=[*seen.fresh],
            request=self._stream.call.request,
        )

    async def _decide_all(self, seen: Seen, transaction: LookTransaction, *, is_last: bool) -> None:
        """Add what each watch makes of what was seen."""
        for watch in self._watches:
            first = not self._has_begun(watch)
            outdated = watch.kind.compares_states and not (self._known.newest or first)
            if outdated or self._is_early_for(watch):
                continue
            if is_last or (watch.kind.news_only and not first):
                await self._decide(watch, seen, transaction, first=first)

    async def _complete(self, transaction: LookTransaction, *, is_last: bool) -> None:
        """Add what a look finds out beside items."""
        if not self._noted_gap:
            self._noted_gap = True
            await self._add_gap(transaction)
        if is_last:
            await self._finish(transaction)

    async def _decide(
        self, watch: Watch, seen: Seen, transaction: LookTransaction, *, first: bool
    ) -> None:
        action = self._stream.call.action
        if first:
            log.info(
                "watch.baseline_recorded", watch=watch.name, action=action, known=len(seen.items)
            )
        else:  # a thousand watches may share what is said of their source
            log.debug("watch.looked", watch=watch.name, action=action, new=len(seen.fresh))
        compares = watch.kind.compares_states
        scope = mark_scope(watch, self._stream) if compares else ""
        marks = await self._context.store.watches.marks(watch.name, scope) if compares else {}
        try:
            outcome = self._vetoes.decide(
                watch, self._failures.with_waiting(watch, seen), marks, first=first
            )
        except KindError as failure:
            self._failures.note(watch, seen, transaction, failure)
            return
        self._failures.settle(watch, transaction)
        transaction.events += [(event, watch.tell) for event in outcome.events]
        if compares:
            transaction.marks.append(MarkChanges(watch.name, scope, outcome.marks))

    async def _add_gap(self, transaction: LookTransaction) -> None:
        """
        Add what lies behind the pages, with the first slice.

        After its commit, what the look itself made known would look like the end of the gap: to
        its own last slice, and to the next look if the process ends before that.
        """
        context, known, begun = self._context, self._known, self._reporting()
        if not begun:
            return
        gap, transaction.holes = await context.surveyor.behind(
            self._stream, self._result, known.before, known.ids
        )
        if gap:
            at = context.clock.now()
            transaction.events.append(context.missed(self._stream, begun, gap, at))
            transaction.gaps.append(gap.ends)

    def _reporting(self) -> list[Watch]:
        """Return to whom gaps matter: who reports what is new, and did so before."""
        return [w for w in self._watches if w.kind.news_only and self._has_begun(w)]

    async def _finish(self, transaction: LookTransaction) -> None:
        """Add how far the stream has been seen; it ends the look."""
        context, result, known = self._context, self._result, self._known
        reach = await context.surveyor.reach(
            self._stream, result, known.before, known.ids, newest=known.newest
        )
        transaction.watermark, transaction.floor = reach.watermark, reach.floor
        transaction.known = [id_ for id_ in result.ids if reach.forget or id_ not in known.ids]
        transaction.forgotten = [*reach.forget, *await self._gone_for_now()]
        transaction.begun = [
            w.name
            for w in self._watches
            if not (self._has_begun(w) or self._is_early_for(w) or w.name in self._failures.failed)
        ]
        # What the look saw is known anyway, and its highest position may be an absurd one.
        transaction.above = result.lowest
        transaction.rules = {w.name: w.rule for w in self._watches if w.name not in context.ruled}
        at = context.clock.now()
        if reach.restored:
            transaction.events.append(self._went_back(reach, at))
        await self._add_number_gaps(transaction, self._reporting(), at)

    def _went_back(self, reach: Reach, at: datetime) -> tuple[Event, Sequence[str]]:
        place, names = self._stream.place, tuple(watch.name for watch in self._watches)
        was, now = place(self._known.before.watermark), place(reach.watermark)
        return self._context.notice(WentBack(self._stream.name, names, was, now, at))

    async def _add_number_gaps(
        self, transaction: LookTransaction, watches: Sequence[Watch], at: datetime
    ) -> None:
        """Add what came to the source though it didn't list it."""
        prefixes = [prefix for prefix, _, _ in self._stream.listing.numbered]
        if not (prefixes and watches):
            return
        known = await self._context.store.streams.known_with(self._stream.name, prefixes)
        for unlisted, ends in number_gaps(self._stream, self._result.ids, known, watches, at):
            transaction.events.append(self._context.notice(unlisted))
            transaction.gaps.append(ends)

    async def _gone_for_now(self) -> list[str]:
        """Return the known ids that come back and are not there now, to be news again."""
        prefixes = self._stream.listing.recurring
        if not (prefixes and self._known.newest):
            return []
        known = await self._context.store.streams.known_with(self._stream.name, prefixes)
        return sorted(known - {*self._result.ids})


def _slices(items: Sequence[Item], size: int) -> Iterator[tuple[Sequence[Item], bool]]:
    """Return slices of some items, at least an empty one, and whether each is the last."""
    starts = range(0, len(items), size) if items else [0]
    for start in starts:
        part = items[start : start + size]
        yield part, start + size >= len(items)
