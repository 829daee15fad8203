"""
Fields that plugins add to items, asked for only where they matter and only once.

What a plugin gave is written down before the look is committed, so that it isn't asked again after
a crash, nor about what a list shows again and again. One that fails is asked again as details are;
in the end its fields are unknown, and both the log and `gazelled why` name it.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from gazelled.clock import Clock
from gazelled.errors import GazelledError, TrackerUnavailable
from gazelled.model import Item, Lane
from gazelled.plugin import ItemsFound
from gazelled.plugin.kinds import early_items
from gazelled.store import Enrichment, Store
from gazelled.text import counted, sentence, shortened
from gazelled.watches.details import APART, MOST_LOOKED_AT, MOST_TRIES
from gazelled.watches.plugins.added_fields import cleaned, declared, with_fields
from gazelled.watches.plugins.participants import Enricher, Participants
from gazelled.watches.seen import Seen
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

BATCH = 50
"""So many items a plugin is handed at once."""

MOST_ASKED = 500
"""
So many items it is asked about in one look; what it would give further ones is unknown until then.

Only lists whose states are compared have so many, where unknown values change and raise nothing.
"""

PAUSES = (60.0, 240.0)
"""After how many seconds a plugin is asked again that failed once, and twice."""

MOST_FAILURES = 3
"""After so many failures in one look it isn't asked any more in it."""

MOST_NAMED = 10
"""So many items are named in the log."""

HOOK = "items_found"
LONGEST_ERROR = 300

Pool = tuple[Watch, Sequence[Item]]
"""A watch, and the items that it may report."""


@dataclass(slots=True)
class Enriched:
    """The items that plugins have enriched, by their ids, and what is to be written down."""

    items: dict[str, Item] = field(default_factory=dict)
    rows: list[Enrichment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Question:
    """
    What a plugin is asked in a look.

    Attributes:
        items: The items in question by their ids, with what earlier plugins gave.
        watches: The watches that may report them.
        at: When the items were seen.
        storable: Whether what is written down of an id is about the item that has it now.

    """

    enricher: Enricher
    stream: Stream
    items: Mapping[str, Item]
    watches: tuple[str, ...]
    at: datetime
    storable: bool


class ItemEnrichment:
    """Asks plugins for the fields that they add to items."""

    def __init__(self, participants: Participants, store: Store, clock: Clock) -> None:
        self._enrichers = participants.enrichers
        self._scrub = participants.scrub
        self._store = store
        self._clock = clock
        self._fields = frozenset(name for one in self._enrichers for name in one.fields)
        # What is computed may be computed of what plugins give.
        self._computed = participants.extensions.computed.keys()

    @property
    def takes_part(self) -> bool:
        return bool(self._enrichers)

    def pools(
        self, watches: Sequence[Watch], seen: Seen, begun: Collection[str], *, is_last: bool
    ) -> list[Pool]:
        """
        Return what each watch may report of a look.

        That is what is new, and at the end of the look also what first looks may report, and all
        that is there where states are compared and the rule looks at a field of a plugin.
        """
        pools: list[Pool] = []
        for watch in watches:
            if watch.kind.news_only and watch.name in begun:
                pools.append((watch, seen.fresh))
            elif watch.kind.news_only and is_last:
                pools.append((watch, self._early(watch, seen)))
            elif is_last and any(watch.looks_at & one.names for one in self._enrichers):
                pools.append((watch, seen.items))
        return pools

    async def of(
        self, stream: Stream, pools: Sequence[Pool], at: datetime, *, storable: bool = True
    ) -> Enriched:
        """
        Return the items that plugins enrich, each plugin after what those before it gave.

        One that fails delays none behind it: they are asked without its fields, so that items wait
        as long for several as for one.

        Args:
            pools: The items that watches may report, as `pools` returns them.
            at: When they were seen.
            storable: Whether the stream has been looked at before, and gave no id again.

        Raises:
            TrackerUnavailable: If a plugin failed that is to be asked again.

        """
        enriched = Enriched()
        problems: list[TrackerUnavailable] = []
        missing = {*self._fields, *self._computed}
        for enricher in self._enrichers:
            items, names = _in_question(enricher, pools, enriched.items, _AllBut(missing), at)
            missing -= enricher.fields.keys()
            if items:
                question = _Question(enricher, stream, items, names, at, storable)
                problem = await self._answer(question, enriched)
                problems += [problem] if problem else []
        if problems:
            raise max(problems, key=lambda problem: problem.after or 0)
        return enriched

    async def patiently(self, stream: Stream, pools: Sequence[Pool], at: datetime) -> Enriched:
        """Do as `of` does, and ask a plugin that failed again after a pause."""
        while True:
            try:
                return await self.of(stream, pools, at)
            except TrackerUnavailable as problem:
                await self._clock.sleep(problem.after or PAUSES[0])

    def _early(self, watch: Watch, seen: Seen) -> Sequence[Item]:
        """Return what a first look may report: more of it if that depends on plugins."""
        unknown = {*self._fields, *self._computed}
        first, rule = watch.first, watch.match.within(_AllBut(unknown))
        if first.last and watch.match.names & unknown:
            first = replace(first, last=max(first.last, MOST_LOOKED_AT))
        return early_items(first, seen, rule)

    async def _answer(self, question: _Question, enriched: Enriched) -> TrackerUnavailable | None:
        """
        Add what a plugin gives to items, from what is written down as far as it is.

        If it failed and is to be asked again, why is returned.
        """
        types, items = question.enricher.fields, question.items
        stored = await self._stored(question)
        unasked: list[Item] = []
        for name, item in items.items():
            row = stored.get(name)
            if row is not None and row.fields is not None:
                enriched.items[name] = with_fields(item, declared(types, row.fields))
            elif row is None or row.tries < MOST_TRIES:
                unasked.append(item)
        rows, reason = await self._ask_all(question, unasked[:MOST_ASKED], stored)
        enriched.rows += rows
        for row in rows:
            if row.fields is not None:
                enriched.items[row.item] = with_fields(items[row.item], row.fields)
        failed = [row for row in rows if row.fields is None]
        return self._report(question, failed, reason) if failed else None

    async def _stored(self, question: _Question) -> dict[str, Enrichment]:
        """Return what is written down of a plugin, by item."""
        if not (question.storable and question.items):
            return {}
        rows = await self._store.enrichments.fields(question.stream.name, [*question.items])
        plugin = question.enricher.plugin
        return {row.item: row for some in rows.values() for row in some if row.plugin == plugin}

    async def _ask_all(
        self, question: _Question, items: Sequence[Item], stored: Mapping[str, Enrichment]
    ) -> tuple[list[Enrichment], str]:
        """
        Ask a plugin about items; return what is to be written down, and why it failed if it did.

        On the last try it is asked about one item at a time, so that it fails at those alone that
        are to blame.
        """
        is_last = all(_tries(stored, item) >= MOST_TRIES - 1 for item in items)
        size, most_failures = (1, MOST_FAILURES) if is_last else (BATCH, 1)
        rows: list[Enrichment] = []
        rest, failures, reason = [*items], 0, ""
        while rest and failures < most_failures:
            batch, rest = rest[:size], rest[size:]
            try:
                fresh = await self._ask(question, batch, stored)
            except GazelledError as error:
                failures, reason = failures + 1, shortened(str(error), LONGEST_ERROR)
                fresh = self._failed(question, batch, stored, reason)
            rows += fresh
            await self._keep(question, fresh)
        unasked = self._failed(question, rest, stored, reason)
        await self._keep(question, unasked)
        return rows + unasked, reason

    async def _ask(
        self, question: _Question, batch: Sequence[Item], stored: Mapping[str, Enrichment]
    ) -> list[Enrichment]:
        """Ask a plugin about some items; raise a GazelledError if it fails."""
        name, action = question.stream.name, question.stream.call.action
        items_found = ItemsFound(name, action, tuple(batch), question.watches, question.at)
        added = await question.enricher.ask(items_found)
        plugin, now = question.enricher.plugin, self._clock.now()
        return [
            Enrichment(
                item.id,
                plugin,
                cleaned(added.get(item.id, {}), self._scrub),
                _tries(stored, item) + 1,
                now,
            )
            for item in batch
        ]

    def _failed(
        self,
        question: _Question,
        items: Sequence[Item],
        stored: Mapping[str, Enrichment],
        reason: str,
    ) -> list[Enrichment]:
        """Return what is to be written down of items at which a plugin failed."""
        now, plugin = self._clock.now(), question.enricher.plugin
        at_once = question.stream.call.lane is Lane.PERSON
        rows: list[Enrichment] = []
        for item in items:
            row = stored.get(item.id)
            # What a person is told at once may be an outage; only later it counts again.
            if row is None or not at_once or now - row.at >= APART:
                row = Enrichment(item.id, plugin, None, _tries(stored, item) + 1, now, reason)
            rows.append(row)
        return rows

    def _report(
        self, question: _Question, failed: Sequence[Enrichment], reason: str
    ) -> TrackerUnavailable | None:
        """
        Log that a plugin failed at items; return why they wait if it is to be asked again.

        A first look does without, as nothing can be written down of its stream before.
        """
        plugin, source = question.enricher.plugin, question.stream.name
        tries = min(row.tries for row in failed)
        log.warning(
            "items.enrichment_failed",
            plugin=plugin,
            source=source,
            items=[row.item for row in failed[:MOST_NAMED]],
            count=len(failed),
            tries=tries,
            reason=reason,
        )
        if not question.storable or tries >= MOST_TRIES:
            return None
        number = counted(len(failed), "item", "items")
        text = f"{sentence(reason)} {number} of {source} will be decided once it works"
        return TrackerUnavailable(
            f"{text}, or after {MOST_TRIES} tries.", after=PAUSES[tries - 1], action=HOOK
        )

    async def _keep(self, question: _Question, rows: Sequence[Enrichment]) -> None:
        if question.storable:
            await self._store.enrichments.keep_fields(question.stream.name, rows)


class _AllBut:
    """All names but some."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def __contains__(self, name: object) -> bool:
        return name not in self._names


def _tries(stored: Mapping[str, Enrichment], item: Item) -> int:
    return stored[item.id].tries if item.id in stored else 0


def _in_question(
    enricher: Enricher,
    pools: Sequence[Pool],
    enriched: Mapping[str, Item],
    known: Container[str],
    at: datetime,
) -> tuple[dict[str, Item], tuple[str, ...]]:
    """Return the items that fit a watch as far as the known fields go, and these watches."""
    items: dict[str, Item] = {}
    names: list[str] = []
    for watch, candidates in pools:
        if not (watch.kind.news_only or watch.looks_at & enricher.names):
            continue
        rule = watch.match.within(known)
        current = (enriched.get(item.id, item) for item in candidates)
        fitting = {item.id: item for item in current if rule.holds(item, at)}
        if fitting:
            items |= fitting
            names.append(watch.name)
    return items, tuple(names)
