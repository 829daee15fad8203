"""Trying a rule on what is kept: what it would have reported, and how that differs from now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gazelled.errors import ConfigError, RequestRefused
from gazelled.explain.context import ExplainContext
from gazelled.explain.plugin_opinions import unknowable, vetoes
from gazelled.explain.reevaluate import same
from gazelled.explain.results import MatchingItem, RuleDifference, Trial, TriedItem
from gazelled.model import Call, Lane, StreamId
from gazelled.plugin.kinds import data_set
from gazelled.rules import Rule
from gazelled.store import SeenItem as StoredItem
from gazelled.tracker.catalogue import Listing
from gazelled.watches.keys.stored_rule import read_rule
from gazelled.watches.streams.items import extract
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import WatchRule

MOST_SHOWN = 50
PAGES = 2
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _History:
    """What a rule is tried on, the oldest first, and what is special about it."""

    items: Sequence[StoredItem]
    note: str = ""
    asked: int = 0


class RuleTrial:
    """
    A rule that is tried on what is kept; `open` makes it.

    Where nothing is kept, `calls` has to be asked for first, page by page.
    """

    def __init__(
        self, context: ExplainContext, watch: str, text: str, rule: WatchRule, listing: Listing
    ) -> None:
        self._context = context
        self._watch = watch
        self._text = text
        self._listing = listing
        self.rule = rule
        self.history: _History | None = None

    @classmethod
    async def open(
        cls, context: ExplainContext, watch: str, text: str, window: timedelta
    ) -> RuleTrial:
        """
        Read a rule and what is kept to try it on, so far back as `window`.

        `text` is the stored rule; empty for the one in the config.

        Raises:
            ConfigError: If there is no such watch, or the rule can't be read.
            RequestRefused: If it chooses nothing.

        """
        is_new, text = bool(text), text or context.watch(watch).rule
        try:
            rule = read_rule(text, context.terms, is_new=is_new)
        except ValueError as error:
            raise ConfigError(str(error)) from None
        if rule.listing is None or not rule.kind.follows:
            text = f'kind = "{rule.kind.name}" chooses nothing, so there is nothing to try'
            raise RequestRefused(text)
        trial = cls(context, watch, text, rule, rule.listing)
        trial.history = await trial._kept(context.clock.now() - window)
        return trial

    def calls(self) -> list[Call]:
        """Return the calls for the first pages; raise RequestRefused if one changes something."""
        action = self._context.terms.dialect.catalogue[self.rule.call.action]
        params = action.gentle(self.rule.call.params)
        call = replace(self.rule.call, params=params, lane=Lane.PERSON)
        if does := action.consequence(call.params):
            raise RequestRefused(f"{does}, and nothing is kept of it yet to try the rule on")
        paging = self._listing.paging
        pages = PAGES if paging.page and paging.last_page > 1 else 1
        return [Stream(call, self._listing).page(number) for number in range(1, pages + 1)]

    def add_page(self, payload: object) -> bool:
        """Try the rule on an answer, too; return whether there are more pages."""
        before = self.history or _History(())
        now, call = self._context.clock.now(), StreamId(str(self.rule.call))
        asked = before.asked + 1
        page = extract(self._listing, payload, self._context.site)
        items = {stored.item.id: stored.item for stored in before.items}
        items |= {item.id: item for item in page.items}
        # What was asked for is decided on when it appeared; alerts decide on what is now.
        by_time = self.rule.kind.news_only
        rows = [StoredItem(call, item, (by_time and item.time) or now) for item in items.values()]
        self.history = _History(sorted(rows, key=lambda row: row.at), asked=asked)
        return page.pages > asked

    async def result(self) -> Trial:
        history, now = self.history or _History(()), self._context.clock.now()
        match = self.rule.demanded
        matches, unknown, data_sets = list[MatchingItem](), 0, set[tuple[datetime, str]]()
        complete = self._context.terms.extensions.completed
        vetoed = await self._vetoed(history)
        for stored in history.items:
            decision = match.decide(complete(stored.item), stored.at)
            unknown += decision.verdict is None
            if decision.verdict and stored.item.id not in vetoed:
                why = tuple(clause.text for clause in decision.clauses)
                item = stored.item
                matches.append(MatchingItem(item.id, item.title, item.url, stored.at, why))
                data_sets.add((stored.at, data_set(item)))
        # Formats of one data set would have been in one message.
        messages = len(data_sets)
        since = history.items[0].at if history.items else now
        notes = (history.note, self.rule.kind.tried, unknowable(self._context, self.rule))
        before = await self._in_use()
        differs = (
            None
            if before is None or same(before, self._text, self._context.terms)
            else self._difference(before)
        )
        return Trial(
            watch=self._watch,
            asks=str(self.rule.call),
            kind=self.rule.kind.name,
            items=len(history.items),
            since=since,
            fit=len(matches),
            unknown=unknown,
            messages=messages,
            per_day=round(messages / max((now - since) / _DAY, 1.0), 2),
            shown=tuple(matches[: -MOST_SHOWN - 1 : -1]),
            note="; ".join(note for note in notes if note),
            asked=history.asked,
            differs=differs,
        )

    async def _vetoed(self, history: _History) -> Collection[str]:
        """Return the items that plugins vetoed for the watch, by their ids."""
        if not (self._watch and self.rule.kind.news_only):
            return ()
        items = {stored.item.id for stored in history.items}
        return (
            await vetoes(self._context, StreamId(str(self.rule.call)), self._watch, items)
        ).keys()

    async def _in_use(self) -> str | None:
        """Return the rule that decides now; one that only a command has read decides nothing."""
        watch = self._context.config.watches.get(self._watch)
        if self._context.serving and watch:
            return watch.rule
        rules = await self._context.store.watches.rules(self._watch)
        return rules[-1].text if rules else None

    async def _kept(self, begin: datetime) -> _History | None:
        """Return what is kept of the rule's source, or else of those that list the same."""
        archive, rule, listing = self._context.store.archive, self.rule, self._listing
        streams, own = await archive.streams(), StreamId(str(rule.call))
        if own in streams:
            return _History(await archive.items(own, begin))
        whole = StreamId(str(replace(rule.call, params=listing.with_)))
        alike = [name for name in streams if name.partition(" ")[0] == rule.call.action]
        chosen = [whole] if whole in alike else alike
        kinds = {*listing.item_kinds}
        items = {
            stored.item.id: stored
            for stream in chosen
            for stored in await archive.items(stream, begin)
            if stored.item.kind in kinds
        }
        if not items:
            return None
        names = ", ".join(chosen)
        note = f"nothing is kept of {own} yet, so this is tried on what is kept of {names}"
        if listing.narrowed(rule.call.params):
            note += "; what the tracker's own search would leave out is unknown"
        return _History(sorted(items.values(), key=lambda stored: stored.at), note)

    def _difference(self, before: str) -> RuleDifference | None:
        try:
            old = read_rule(before, self._context.terms).demanded
        except ValueError:
            return None
        new = self.rule.demanded
        added, dropped = self._only(new, old), self._only(old, new)
        newest = slice(None, -MOST_SHOWN - 1, -1)
        return RuleDifference(len(added), added[newest], len(dropped), dropped[newest])

    def _only(self, this: Rule, other: Rule) -> tuple[TriedItem, ...]:
        complete = self._context.terms.extensions.completed
        return tuple(
            TriedItem(stored.item.id, stored.item.title, stored.item.url, stored.at)
            for stored in (self.history.items if self.history else ())
            if this.decide(complete(stored.item), stored.at).verdict
            and not other.decide(complete(stored.item), stored.at).verdict
        )
