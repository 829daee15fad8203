"""
Vetoes and notes of plugins on what watches report.

A look first decides what it would report. About each item of that the plugins are asked, outside of
the lock under which looks are committed, and then the look decides anew: a veto is one more
condition of the rule that doesn't hold. What a plugin said is written down before the look is
committed, so that it isn't asked again after a crash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from gazelled.clock import Clock
from gazelled.errors import GazelledError
from gazelled.markup import safe_text
from gazelled.model import Event, EventKind, Item, Mark
from gazelled.plugin import ItemDecision, Veto
from gazelled.plugin.kinds import Outcome
from gazelled.rules import Rule, Unvetoed
from gazelled.store import LookTransaction, PluginVerdict, Store
from gazelled.store.codec import dump_item
from gazelled.text import shortened
from gazelled.watches.plugins.participants import Decider, Participants
from gazelled.watches.seen import Seen
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

MOST_ASKED = 1_000
"""About so many items of one look plugins are asked; further ones are reported without."""

MOST_FAILURES = 3
"""After so many failures in one look a plugin isn't asked any more in it."""

CHUNK = 20
"""After so many items what plugins said is written down."""

HOLDS_FOR = timedelta(days=1)
"""How long a verdict holds on what may be reported several times, such as a change."""

LONGEST_REASON = 300

ASKED = frozenset(EventKind) - {
    EventKind.CLEARED,
    EventKind.DIGEST,
    EventKind.FIRST_LOOK,
    EventKind.NOTICE,
}
"""The events about whose items plugins are asked: all that report an item for itself."""


@dataclass(frozen=True, slots=True)
class _Case:
    """An item that a watch would report."""

    watch: Watch
    item: Item
    at: datetime


@dataclass(slots=True)
class _Said:
    """What plugins said of an item: why it isn't reported, if so, and notes."""

    veto: str = ""
    notes: list[str] = field(default_factory=list)


class LookVetoes:
    """What plugins say of the items that one look reports."""

    def __init__(
        self,
        participants: Participants,
        store: Store,
        clock: Clock,
        stream: Stream,
        *,
        storable: bool,
    ) -> None:
        self._deciders = participants.deciders
        self._kinds = participants.kinds
        self._scrub = participants.scrub
        self._store = store
        self._clock = clock
        self._stream = stream
        self._storable = storable
        self._said: dict[str, dict[str, _Said]] = {}
        self._items: dict[str, dict[str, Item]] = {}
        self._open: dict[tuple[str, str], _Case] = {}
        self._rows: list[PluginVerdict] = []
        self._failures: dict[str, int] = {}
        self._asked = 0

    @property
    def are_open(self) -> bool:
        """Whether plugins are to be asked before what was decided last counts."""
        return bool(self._open)

    def decide(
        self, watch: Watch, seen: Seen, marks: Mapping[str, Mark], *, first: bool
    ) -> Outcome:
        """Decide by what plugins have said so far; about what they weren't asked is open then."""
        if not self._deciders:
            return self._kinds.decide(watch, seen, marks, first=first)
        said = self._said.get(watch.name, {})
        vetoes = {name: one.veto for name, one in said.items() if one.veto}
        if vetoes:
            outcome = self._decide_without(vetoes, watch, seen, marks, first=first)
        else:
            outcome = self._kinds.decide(watch, seen, marks, first=first)
        self._note_open(watch, outcome.events, seen.at)
        outcome.events[:] = [_annotated(event, said) for event in outcome.events]
        return outcome

    def _decide_without(
        self,
        vetoes: Mapping[str, str],
        watch: Watch,
        seen: Seen,
        marks: Mapping[str, Mark],
        *,
        first: bool,
    ) -> Outcome:
        """Decide by the rule with the vetoes; what was vetoed and isn't there is forgotten."""
        rule = watch.match & Rule((Unvetoed(vetoes),))
        items = self._items[watch.name]
        things = {self._stream.listing.thing(items[name]) for name in vetoes}
        absent = things - seen.things.keys() if watch.kind.compares_states else set()
        rest = {thing: mark for thing, mark in marks.items() if thing not in absent}
        outcome = self._kinds.decide(replace(watch, match=rule), seen, rest, first=first)
        outcome.marks |= dict.fromkeys(absent & marks.keys())
        return outcome

    def _note_open(self, watch: Watch, events: Sequence[Event], at: datetime) -> None:
        said = self._said.setdefault(watch.name, {})
        items = self._items.setdefault(watch.name, {})
        for event in events:
            for item in event.items if event.kind in ASKED else ():
                stands_in = item.kind == "report" and item.id == watch.name
                if item.id in said or stands_in:
                    continue
                items[item.id] = item
                if self._asked < MOST_ASKED:
                    self._open.setdefault((watch.name, item.id), _Case(watch, item, at))
                    self._asked += 1
                else:
                    said[item.id] = _Said()
                    log.warning("item.not_decided", watch=watch.name, item=item.id)

    async def ask(self) -> None:
        """Ask plugins about what is open, as far as they didn't say it before a crash."""
        cases = [*self._open.values()]
        stored = await self._stored({case.item.id for case in cases})
        fresh: list[PluginVerdict] = []
        for number, case in enumerate(cases, 1):
            said = _Said()
            for decider in self._deciders:
                row = _usable(stored, case, decider)
                if row is None:
                    row = await self._ask(decider, case)
                    fresh += [row] if row else []
                if row and row.veto:
                    said.veto = f"vetoed by {row.plugin}: {row.reason}"
                    _log_veto(case, row)
                    break
                if row and row.reason:
                    said.notes.append(row.reason)
            self._said[case.watch.name][case.item.id] = said
            if fresh and (number % CHUNK == 0 or number == len(cases)):
                await self._keep(fresh)
                fresh = []
        self._open.clear()

    def write(self, transaction: LookTransaction) -> None:
        """Add what plugins said of a stream that could not have anything written of it before."""
        transaction.verdicts += self._rows

    async def _ask(self, decider: Decider, case: _Case) -> PluginVerdict | None:
        """Return what a plugin says of an item; None if it fails, which vetoes nothing."""
        plugin, watch, item = decider.plugin, case.watch, case.item
        if self._failures.get(plugin, 0) >= MOST_FAILURES:
            return None
        clauses = watch.demanded.decide(item, case.at).clauses
        why = tuple(clause.text for clause in clauses if clause.holds)
        decision = ItemDecision(watch.name, self._stream.name, item, True, why, case.at)  # noqa: FBT003 - it fits
        try:
            said = await decider.ask(decision)
            text = said.reason if isinstance(said, Veto) else said.text if said else ""
            reason = self._scrub(safe_text(shortened(" ".join(text.split()), LONGEST_REASON)))
        except (GazelledError, AttributeError, TypeError) as error:
            self._failures[plugin] = self._failures.get(plugin, 0) + 1
            log.warning(
                "item.decision_failed",
                plugin=plugin,
                watch=watch.name,
                item=item.id,
                reason=str(error),
            )
            return None
        now, veto = self._clock.now(), isinstance(said, Veto)
        return PluginVerdict(item.id, watch.name, plugin, veto, reason, now, _digest(item))

    async def _stored(self, items: set[str]) -> Mapping[tuple[str, str, str], PluginVerdict]:
        if not self._storable:
            return {}
        rows = await self._store.enrichments.verdicts(self._stream.name, items)
        return {(row.watch, row.item, row.plugin): row for some in rows.values() for row in some}

    async def _keep(self, rows: Sequence[PluginVerdict]) -> None:
        if self._storable:
            await self._store.enrichments.keep_verdicts(self._stream.name, rows)
        else:
            self._rows += rows


def _usable(
    stored: Mapping[tuple[str, str, str], PluginVerdict], case: _Case, decider: Decider
) -> PluginVerdict | None:
    """Return what a plugin has said before, if that is still meant."""
    row = stored.get((case.watch.name, case.item.id, decider.plugin))
    if row is None or case.watch.kind.news_only:
        return row
    recent = timedelta() <= case.at - row.at < HOLDS_FOR
    return row if recent and row.digest == _digest(case.item) else None


def _annotated(event: Event, said: Mapping[str, _Said]) -> Event:
    """Return an event with the notes of plugins on its items among its reasons."""
    notes = [note for item in event.items if item.id in said for note in said[item.id].notes]
    return replace(event, why=(*event.why, *dict.fromkeys(notes))) if notes else event


def _log_veto(case: _Case, row: PluginVerdict) -> None:
    log.info(
        "item.vetoed",
        watch=case.watch.name,
        item=case.item.id,
        title=case.item.title,
        plugin=row.plugin,
        reason=row.reason,
    )


def _digest(item: Item) -> str:
    return hashlib.sha256(dump_item(item).encode("utf-8", "replace")).hexdigest()[:16]
