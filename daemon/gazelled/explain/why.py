"""Why a watch told of an item or didn't: decided again, from what is kept, without a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gazelled.errors import ConfigError
from gazelled.explain.item_ref import ItemRef, event_named, things
from gazelled.explain.not_seen import reasons
from gazelled.explain.reevaluate import judged, same
from gazelled.model import Event, EventKind, Item, StreamId
from gazelled.service.app import App
from gazelled.store import RuleVersion
from gazelled.text import meant
from gazelled.watches.streams.look import Stream

MOST_REVISIONS = 5
MOST_WATCHES = 50
MOST_OF_EVENT = 10
KEPT_FOR = timedelta(days=90)
_NO_EVENT = {
    "change": "it is looked at, and no change of it was told",
    "gone": "it is looked at, and wasn't told to be gone",
    "alert": "this is how it was when it was seen; no alert of it was told",
}
_NOT_KEPT = "nothing was told of it; what it had is not kept, so the rule can't be applied again"


@dataclass(frozen=True, slots=True)
class Sight:
    """
    An item in a stream.

    Attributes:
        stream: The stream; empty when that isn't known any more.
        item: The item, as far as it is kept.
        at: When it was decided on; None when only its id is kept.
        events: What was told about it.

    """

    stream: StreamId
    item: Item
    at: datetime | None
    events: tuple[Event, ...]


async def why(app: App, given: Mapping[str, object]) -> AsyncGenerator[Mapping[str, object], None]:
    """
    Tell what each watch says of an item.

    Args:
        app: The daemon.
        given: `item`, an id, an address or the key of an event; `watch`, if only one matters.

    Yields:
        `why`: `seen`, a line for each stream that saw it, with its `watches`; if none did,
        `unseen`, the reasons. For the key of an event `seen` has what it is about, as it was
        then, with the watch that told it, and `rest` is how many more things it is about.

    Raises:
        ConfigError: If there is no such watch.
        Refused: If nothing can be meant by the item.

    """
    text, watch = str(given.get("item", "")).strip(), str(given.get("watch") or "")
    if watch and watch not in app.config.watches and not await app.store.watches.rules(watch):
        raise ConfigError(f'There is no watch "{watch}"{meant(watch, app.config.watches)}')
    event = await event_named(app, text)
    if event is not None and watch in {"", event.watch} and event.watch:
        yield {"why": app.redactor.scrub_data(await _explained(app, text, event))}
        return
    if event is not None and not (watch or event.watch):
        yield {"why": app.redactor.scrub_data(await _noticed(app, text, event))}
        return
    asked = await things(app, text)
    seen = [
        shown
        for thing in asked
        for sight in await _sights(app, thing)
        if (shown := await _shown(app, sight, watch))["watches"] or not watch
    ]
    unseen = [] if seen else [each for thing in asked for each in await reasons(app, thing, watch)]
    found = {"item": text, "seen": seen, "unseen": unseen, "rest": 0}
    yield {"why": app.redactor.scrub_foreign_data(found)}


async def _explained(app: App, text: str, event: Event) -> dict[str, object]:
    """Decide again on what an event is about, as it was then, for the watch that told it."""
    stream = _source(app, event.watch)
    seen = [
        await _shown(app, Sight(stream, item, event.at, (event,)), event.watch)
        for item in event.items[:MOST_OF_EVENT]
    ]
    rest = len(event.items[MOST_OF_EVENT:])
    return {"item": text, "seen": seen, "unseen": [], "rest": rest}


async def _noticed(app: App, text: str, event: Event) -> dict[str, object]:
    """Return what a notice says, and what became of it; no watch decided on it."""
    shown = _undecided("", "") | {"note": event.text, "told": [await _told(app, event)]}
    seen = {
        "id": "",
        "kind": event.kind.value,
        "title": event.title,
        "url": event.item.url,
        "stream": "",
        "at": _iso(event.at),
        "watches": [shown],
        "more": 0,
    }
    return {"item": text, "seen": [seen], "unseen": [], "rest": 0}


async def _sights(app: App, thing: ItemRef) -> list[Sight]:
    """Find where a thing was seen, with all that was told about it."""
    found: list[Sight] = []
    # What was told of a thing may be all that is kept of it, beside another kind's revisions.
    names = dict.fromkeys([thing.name, *await app.store.archive.revisions(thing.name)])
    for name in [*names][:MOST_REVISIONS]:
        events = await app.store.archive.events_about(name)
        kept = [
            each
            for each in await app.store.archive.item(name)
            if thing.kind in {"", each.item.kind}
        ]
        streams = {each.stream for each in kept}
        sights = []
        for each in kept:
            own = _from(app, events, streams - {each.stream})
            sights.append(Sight(each.stream, each.item, each.at, _about(own, each.item)))
        told = {event.key for sight in sights for event in sight.events}
        for event in reversed(events):  # the item as it was told last
            item = next(each for each in event.items if each.id == name)
            if event.key not in told and event.watch and thing.kind in {"", item.kind}:
                about = _about(events, item)
                told |= {each.key for each in about}
                sights.append(Sight(_source(app, event.watch), item, event.at, about))
        here = {sight.stream for sight in sights}
        for stream in await app.store.streams.knowing(name):
            kind = _kind(app, stream)
            if stream not in here and thing.kind in {"", kind}:
                sights.append(Sight(stream, Item(name, kind, ""), None, ()))
        found += sights
    return found


def _from(app: App, events: Sequence[Event], others: Collection[str]) -> list[Event]:
    """Leave out what watches of other streams told, since it stands there."""
    return [event for event in events if _source(app, event.watch) not in others]


def _about(events: Sequence[Event], item: Item) -> tuple[Event, ...]:
    """Choose the events about an item, not those about another kind of the same number."""
    same_kind = (item.id, item.kind)
    return tuple(
        event
        for event in events
        if event.watch and same_kind in {(each.id, each.kind) for each in event.items}
    )


def _source(app: App, watch: str) -> StreamId:
    """Name the source of a watch; nothing when it isn't in the config any more."""
    for source, watches in app.watcher.sources.items():
        if watch in {each.name for each in watches}:
            return source
    return StreamId("")


def _kind(app: App, stream: StreamId) -> str:
    """Tell the kind of a stream's items, where all are of one."""
    listings = [each.listing for each in app.watcher.sources.get(stream, ()) if each.listing]
    kinds = {source.kind for listing in listings[:1] for source in listing.sources}
    return kinds.pop() if len(kinds) == 1 else ""


async def _shown(app: App, sight: Sight, watch: str) -> dict[str, object]:
    names = [each.name for each in app.watcher.sources.get(sight.stream, ())]
    names = [*dict.fromkeys([*names, *(event.watch for event in sight.events)])]
    chosen = [name for name in names if not watch or name == watch]
    watches = [await _verdict(app, sight, name) for name in chosen]
    order = {True: 0, None: 1, False: 2}
    watches.sort(key=lambda each: (not each["told"], order[_outcome(each["verdict"])]))
    return {
        "id": sight.item.id,
        "kind": sight.item.kind,
        "title": sight.item.title,
        "url": sight.item.url,
        "stream": sight.stream,
        "at": _iso(sight.at),
        "watches": watches[:MOST_WATCHES],
        "more": len(watches[MOST_WATCHES:]),
    }


async def _verdict(app: App, sight: Sight, name: str) -> dict[str, object]:
    """Decide again for one watch."""
    rules = await app.store.watches.rules(name)
    watch = app.config.watches.get(name)
    events = [
        event
        for event in sight.events
        if event.watch == name and event.kind is not EventKind.FIRST_LOOK
    ]
    shown = _undecided(name, watch.kind if watch else "")
    shown["told"] = [await _told(app, event) for event in events]
    rule = _valid(rules, sight.at) if sight.at else None
    text = rule.text if rule else watch.rule if watch else ""
    if sight.at and text:
        shown |= judged(text, sight.item, sight.at) | {"ruled": _iso(rule.since) if rule else None}
        if watch and not same(text, watch.rule):
            shown["now"] = judged(watch.rule, sight.item, sight.at)
    if not events and sight.stream and shown["kind"] in {"", "new"}:
        shown["note"] = _note(sight, rules, app.clock.now())
        if not shown["note"] and shown["verdict"]:
            shown["note"] = await _below(app, sight, name) or _became(app, sight)
    elif not events and shown["verdict"]:
        shown["note"] = _NO_EVENT.get(str(shown["kind"]), "")
    elif not events and sight.at is None:
        shown["note"] = _NOT_KEPT
    return shown


def _undecided(name: str, kind: str) -> dict[str, object]:
    """Return what is shown of a watch that decided nothing."""
    return {
        "watch": name,
        "kind": kind,
        "verdict": None,
        "clauses": [],
        "problem": "",
        "ruled": None,
        "note": "",
        "now": None,
        "told": [],
    }


def _valid(rules: Sequence[RuleVersion], at: datetime) -> RuleVersion | None:
    """Choose the version of a rule that was valid at a time, else the first one."""
    before = [rule for rule in rules if rule.since <= at]
    return before[-1] if before else rules[0] if rules else None


def _note(sight: Sight, rules: Sequence[RuleVersion], now: datetime) -> str:
    """Say why what fits was no news, where the rule isn't what decided."""
    first = rules[0].since if rules else None
    day = f" ({first.astimezone():%F})" if first else ""
    if sight.at is None:
        known = f"it was there already at the first look{day}, so it was no news"
        long_ago = first is None or first < now - KEPT_FOR
        return f"{known}, or it was let go after {KEPT_FOR.days} days" if long_ago else known
    if first and sight.at <= first:
        return f"it was there already at this watch's first look{day}, so it was no news"
    return ""


def _became(app: App, sight: Sight) -> str:
    """Say what became of what fits: a watch that was renamed may have told of it before."""
    past = [each.watch for each in sight.events if each.watch not in app.config.watches]
    if not past:
        return "nothing is kept of what became of it"
    return f"told by {past[0]}, which isn't in the config any more"


async def _below(app: App, sight: Sight, name: str) -> str:
    """Say that what was caught up had been there before a watch began, if it had."""
    here = app.watcher.sources.get(sight.stream, ())
    watch = next((each for each in here if each.name == name), None)
    above = (await app.store.watches.begun(sight.stream)).get(name)
    if not (watch and watch.listing) or above is None:
        return ""
    if Stream(watch.call, watch.listing).position(sight.item) > above:
        return ""
    return f"it comes before {above}, up to which this watch's first look went, so it was no news"


async def _told(app: App, event: Event) -> dict[str, object]:
    """Tell what became of an event."""
    return {
        "event": event.key,
        "kind": event.kind.value,
        "title": event.title,
        "at": _iso(event.at),
        "changes": [
            {"field": each.field, "before": each.before, "after": each.after}
            for each in event.changes
        ],
        "deliveries": [
            {
                "target": each.target,
                "state": each.state,
                "tries": each.tries,
                "due": _iso(each.due_at),
                "settled": _iso(each.settled_at),
                "error": each.error,
            }
            for each in await app.store.archive.deliveries_of(event.key)
        ],
    }


def _outcome(verdict: object) -> bool | None:
    return verdict if isinstance(verdict, bool) else None


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
