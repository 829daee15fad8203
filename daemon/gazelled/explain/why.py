"""Why a watch reported an item or didn't: decided again from what is kept, without a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from gazelled.errors import ConfigError
from gazelled.explain.context import ExplainContext
from gazelled.explain.item_ref import ItemRef, event_by_key, resolve
from gazelled.explain.not_seen import reasons
from gazelled.explain.plugin_opinions import missing_fields, with_opinions
from gazelled.explain.reevaluate import reevaluate, same
from gazelled.explain.results import (
    DeliveryOutcome,
    EventOutcome,
    Explanation,
    SightedItem,
    WatchVerdict,
)
from gazelled.model import Event, EventKind, Item, StreamId
from gazelled.store import RuleVersion
from gazelled.text import missing
from gazelled.watches.keys.rule_terms import RuleTerms
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch

MOST_REVISIONS = 5
MOST_WATCHES = 50
MOST_OF_EVENT = 10
KEPT_FOR = timedelta(days=90)
_NOT_KEPT = (
    "nothing was reported of it; its values are not stored, so the rule can't be applied again"
)


@dataclass(frozen=True, slots=True)
class _Sight:
    """
    An item in a stream, and what was reported of it; the stream is empty if it isn't known.

    `item` is there as far as it is kept, `at` is None if only its id is.
    """

    stream: StreamId
    item: Item
    at: datetime | None
    events: tuple[Event, ...]


class _Evaluable(NamedTuple):
    """An item as it was at a time, and why fields of plugins are unknown, by their names."""

    item: Item
    at: datetime
    missing: Mapping[str, str]


async def why(context: ExplainContext, text: str, watch: str = "") -> Explanation:
    """
    Return what each watch decided on an item, or only one.

    For the key of an event that is what the event is about, as it was then, with the watch that
    reported it.

    Raises:
        ConfigError: If there is no such watch.
        RequestRefused: If nothing can be meant by the text.

    """
    watches = context.config.watches
    if watch and watch not in watches and not await context.store.watches.rules(watch):
        raise ConfigError(missing("watch", watch, watches))
    event = await event_by_key(context.store, text)
    if event and watch in {"", event.watch}:
        explain = _explain_event if event.watch else _explain_notice
        return await explain(context, text, event)
    refs = await resolve(context.store, context.site, text)
    seen = [item for ref in refs for item in await _seen_of(context, ref, watch)]
    unseen = [] if seen else [miss for ref in refs for miss in await reasons(context, ref, watch)]
    return Explanation(text, tuple(seen), tuple(unseen))


async def _explain_event(context: ExplainContext, text: str, event: Event) -> Explanation:
    stream = context.source_of(event.watch)
    sights = [_Sight(stream, item, event.at, (event,)) for item in event.items[:MOST_OF_EVENT]]
    seen = [await _seen(context, sight, event.watch) for sight in sights]
    return Explanation(text, tuple(seen), rest=len(event.items[MOST_OF_EVENT:]))


async def _explain_notice(context: ExplainContext, text: str, event: Event) -> Explanation:
    """Return what a notice says, and what became of it; no watch decided on it."""
    outcomes = (await _outcome(context, event),)
    verdict = WatchVerdict("", "", note=event.text, told=outcomes)
    kind, url = event.kind.value, event.item.url
    return Explanation(text, (SightedItem("", kind, event.title, url, "", event.at, (verdict,)),))


async def _seen_of(context: ExplainContext, ref: ItemRef, watch: str) -> list[SightedItem]:
    """Return where an item was seen, with all that was reported of it."""
    # What was reported of it may be all that is kept of it, beside another kind's revisions.
    names = dict.fromkeys([ref.name, *await context.store.archive.revisions(ref.name)])
    seen = [
        await _seen(context, sight, watch)
        for name in [*names][:MOST_REVISIONS]
        for sight in await _sights(context, ItemRef(name, ref.kind))
    ]
    return [sighted for sighted in seen if sighted.watches or not watch]


async def _sights(context: ExplainContext, ref: ItemRef) -> list[_Sight]:
    events = await context.store.archive.events_about(ref.name)
    rows = [row for row in await context.store.archive.item(ref.name) if ref.fits(row.item.kind)]
    streams = {row.stream for row in rows}
    sights = []
    for row in rows:
        # What watches of other streams reported is shown there.
        others = streams - {row.stream}
        own = [event for event in events if context.source_of(event.watch) not in others]
        sights.append(_Sight(row.stream, row.item, row.at, _about(own, row.item)))
    sights += _told_sights(
        context, ref, events, {event.key for sight in sights for event in sight.events}
    )
    streams |= {sight.stream for sight in sights}
    for stream in await context.store.streams.knowing(ref.name):
        kind = _kind(context, stream)
        if stream not in streams and ref.fits(kind):
            sights.append(_Sight(stream, Item(ref.name, kind, ""), None, ()))
    return sights


def _told_sights(
    context: ExplainContext, ref: ItemRef, events: Sequence[Event], shown: set[str]
) -> Iterator[_Sight]:
    """Yield an item as it was reported last, where none of the shown events is about it."""
    for event in reversed(events):
        item = next(part for part in event.items if part.id == ref.name)
        if event.key not in shown and event.watch and ref.fits(item.kind):
            about = _about(events, item)
            shown |= {report.key for report in about}
            yield _Sight(context.source_of(event.watch), item, event.at, about)


def _about(events: Sequence[Event], item: Item) -> tuple[Event, ...]:
    """Return the events about an item, not those about another kind with the same number."""
    wanted = (item.id, item.kind)
    return tuple(
        event
        for event in events
        if event.watch and wanted in {(part.id, part.kind) for part in event.items}
    )


def _kind(context: ExplainContext, stream: StreamId) -> str:
    """Return the kind of a stream's items; empty if they are of several."""
    watches = context.watcher.sources.get(stream, ())
    listing = next((watch.listing for watch in watches if watch.listing), None)
    kinds = {*listing.item_kinds} if listing else set()
    return kinds.pop() if len(kinds) == 1 else ""


async def _seen(context: ExplainContext, sight: _Sight, watch: str) -> SightedItem:
    names = [member.name for member in context.watcher.sources.get(sight.stream, ())]
    names = [*dict.fromkeys([*names, *(event.watch for event in sight.events)])]
    verdicts = [
        await _verdict(context, sight, name) for name in names if not watch or name == watch
    ]
    order = {True: 0, None: 1, False: 2}
    verdicts.sort(key=lambda verdict: (not verdict.told, order[verdict.verdict]))
    item = sight.item
    shown, more = tuple(verdicts[:MOST_WATCHES]), len(verdicts[MOST_WATCHES:])
    return SightedItem(
        item.id, item.kind, item.title, item.url, sight.stream, sight.at, shown, more
    )


async def _verdict(context: ExplainContext, sight: _Sight, name: str) -> WatchVerdict:
    rules = await context.store.watches.rules(name)
    watch = context.config.watches.get(name)
    events = tuple(
        [
            await _outcome(context, event)
            for event in sight.events
            if event.watch == name and event.kind is not EventKind.FIRST_LOOK
        ]
    )
    verdict = WatchVerdict(name, watch.kind.name if watch else "", told=events)
    if sight.at:
        missing_ones = await missing_fields(context, sight.stream, sight.item.id)
        evaluable = _Evaluable(sight.item, sight.at, missing_ones)
        rule = _rule_at(rules, sight.at)
        verdict = _evaluated(verdict, evaluable, rule, watch, context.terms)
    if not events:
        verdict = replace(verdict, note=await _note(context, sight, verdict, rules))
    return await with_opinions(context, sight.stream, sight.item.id, verdict)


def _rule_at(rules: Sequence[RuleVersion], at: datetime) -> RuleVersion | None:
    """Return the version of a rule that was valid at a time, else the first one."""
    before = [rule for rule in rules if rule.since <= at]
    return before[-1] if before else next(iter(rules), None)


def _evaluated(
    verdict: WatchVerdict,
    sight: _Evaluable,
    rule: RuleVersion | None,
    watch: Watch | None,
    terms: RuleTerms,
) -> WatchVerdict:
    """Return a verdict with what the rule decides on the item as it was, and what it does today."""
    text = rule.text if rule else watch.rule if watch else ""
    if not text:
        return verdict
    then = reevaluate(text, sight.item, sight.at, terms, sight.missing)
    verdict = replace(
        verdict,
        verdict=then.verdict,
        clauses=then.clauses,
        problem=then.problem,
        ruled=rule.since if rule else None,
    )
    if watch and not same(text, watch.rule, terms):
        verdict = replace(
            verdict, now=reevaluate(watch.rule, sight.item, sight.at, terms, sight.missing)
        )
    return verdict


async def _note(
    context: ExplainContext, sight: _Sight, verdict: WatchVerdict, rules: Sequence[RuleVersion]
) -> str:
    """Return why nothing was reported, where that isn't what the rule decided."""
    watch = context.config.watches.get(verdict.watch)
    if sight.stream and (watch is None or watch.kind.news_only):
        if note := _known_before(sight, rules, context.clock.now()):
            return note
        if verdict.verdict:
            return await _below(context, sight, verdict.watch) or _told_before(context, sight)
        return ""
    if verdict.verdict:
        return watch.kind.silent if watch else ""
    return _NOT_KEPT if sight.at is None else ""


def _known_before(sight: _Sight, rules: Sequence[RuleVersion], now: datetime) -> str:
    first = rules[0].since if rules else None
    day = f" ({first.astimezone():%F})" if first else ""
    if sight.at is None:
        known = f"it was already there at the first look{day}, so it was not new"
        long_ago = first is None or first < now - KEPT_FOR
        return (
            f"{known}, or its record was removed after {KEPT_FOR.days} days" if long_ago else known
        )
    if first and sight.at <= first:
        return f"it was already there at this watch's first look{day}, so it was not new"
    return ""


def _told_before(context: ExplainContext, sight: _Sight) -> str:
    """Return what became of a match: a watch that was renamed may have reported it before."""
    watches = context.config.watches
    past = [event.watch for event in sight.events if event.watch not in watches]
    if not past:
        return "no record is stored of what became of it"
    return f"reported by {past[0]}, which isn't in the config any more"


async def _below(context: ExplainContext, sight: _Sight, name: str) -> str:
    """Return that what was caught up had been there before a watch began, if it had."""
    watches = context.watcher.sources.get(sight.stream, ())
    watch = next((member for member in watches if member.name == name), None)
    above = (await context.store.streams.state(sight.stream)).watches.get(name)
    if not (watch and watch.listing) or above is None:
        return ""
    if Stream(watch.call, watch.listing).position(sight.item) > above:
        return ""
    return f"it comes before {above}, up to which this watch's first look went, so it was not new"


async def _outcome(context: ExplainContext, event: Event) -> EventOutcome:
    deliveries = tuple(
        DeliveryOutcome(
            *(row.target, row.state, row.tries, row.due_at, row.settled_at, row.error),
            held=row.held,
            into=row.into,
        )
        for row in await context.store.archive.deliveries_of(event.key)
    )
    return EventOutcome(
        event.key, event.kind.value, event.title, event.at, event.changes, deliveries
    )
