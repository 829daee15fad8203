"""What each kind of watch makes of a look: pure, all that it needs is handed in."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from gazelled.model import Change, Event, Item, Value
from gazelled.rules import Decision, Match
from gazelled.store import Mark
from gazelled.store.codec import dump_item, load_item
from gazelled.watches.events import (
    Judged,
    change_event,
    cleared_events,
    first_look_event,
    gone_events,
    news_events,
    raised_at_first,
    raised_events,
    report_event,
)
from gazelled.watches.streams.look import Stream
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

MOST_SAID = 1_000
"""So many fitting items of one look are logged one by one; writing each takes its time."""

STATES = frozenset({"change", "gone", "alert"})
"""The kinds of watch that compare what is with what was, and so need all of a list."""

MOST_ABSENT = 1000
"""So many things are remembered that left the part of a list which can be seen: the newest."""

_MISSED = "-"
"""Stands before what is remembered of a thing that wasn't there at the last look."""

_THEN = {
    "new": "From now on you hear of new ones.",
    "change": "From now on you hear of changes.",
    "gone": "From now on you hear of those that go.",
    "alert": "You hear when it begins and when it is over.",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What one look at a stream shows.

    Attributes:
        stream: The stream.
        items: All that was seen, in the tracker's order; nothing where news alone count.
        fresh: What is new, the oldest first.
        complete: Whether that is the whole list.
        at: When it was seen.
        restored: Whether ids of the stream were given again, so that an id alone names no event.

    """

    stream: Stream
    items: tuple[Item, ...]
    fresh: tuple[Item, ...]
    complete: bool
    at: datetime
    restored: bool = False

    def above(self, position: str) -> Seen:
        """Leave out what is new but stands no higher than a position."""
        least = float(position) if position else 0.0
        fresh = tuple(item for item in self.fresh if self.stream.position(item) > least)
        return replace(self, fresh=fresh)

    @property
    def things(self) -> Mapping[str, Item]:
        """What was seen, each thing as it is now: one that moved meanwhile was seen twice."""
        found: dict[str, Item] = {}
        for item in self.items:
            thing = self.stream.listing.thing(item)
            before = found.get(thing)
            if before is None or self.stream.position(item) > self.stream.position(before):
                found[thing] = item
        return found


@dataclass(slots=True)
class Outcome:
    """
    What a watch makes of it.

    Attributes:
        events: What it tells.
        marks: What it remembers from now on.

    """

    events: list[Event] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


def decide(watch: Watch, seen: Seen, marks: Mapping[str, str], *, first: bool) -> Outcome:
    """
    Decide what a watch tells and remembers.

    Args:
        watch: The watch.
        seen: What the look shows.
        marks: What the watch remembers.
        first: Whether it looks there for the first time.

    """
    # What a watch of this name remembered as another kind, or elsewhere, can't be compared.
    mine = f"{watch.kind} {hashlib.sha256(seen.stream.name.encode()).hexdigest()[:8]}:"
    own = {
        thing.removeprefix(mine): body for thing, body in marks.items() if thing.startswith(mine)
    }
    outcome = _DECIDERS[watch.kind](watch, seen, own, first)
    strange = [Mark(watch.name, each, None) for each in marks if not each.startswith(mine)]
    outcome.marks = strange + [replace(each, thing=mine + each.thing) for each in outcome.marks]
    return outcome


def early(watch: Watch, seen: Seen, rule: Match) -> list[Item]:
    """
    Tell which items a first look may tell of, the oldest first.

    Args:
        watch: The watch.
        seen: What the look shows.
        rule: What they must fit.

    """
    if not watch.last and watch.since is None:
        return []
    newest_first = sorted(seen.items, key=seen.stream.position, reverse=True)
    fitting = [item for item in newest_first if rule.holds(item, seen.at)]
    if watch.since is not None:
        since = watch.since
        return [item for item in fitting if item.time and item.time >= since][::-1]
    return fitting[: watch.last][::-1]


def fitting(watch: Watch, items: Sequence[Item], at: datetime) -> list[Judged]:
    """Tell which items fit, with the reasons, and log what becomes of each."""
    found: list[Judged] = []
    # Most watches pass most items: a line for each would be all that one reads.
    says_no = logging.getLogger(__name__).isEnabledFor(logging.DEBUG)
    for item in items:
        says_no &= len(found) < MOST_SAID
        if watch.match.holds(item, at):
            decision = watch.match.decide(item, at)
            found.append((item, decision))
            if len(found) <= MOST_SAID:
                log.info(
                    "item.matched",
                    watch=watch.name,
                    item=item.id,
                    title=item.title,
                    clauses=_clauses(decision),
                )
        elif says_no:
            log.debug(
                "item.skipped",
                watch=watch.name,
                item=item.id,
                title=item.title,
                clauses=_clauses(watch.match.decide(item, at)),
            )
    if len(found) > MOST_SAID:
        log.info("items.omitted", watch=watch.name, more=len(found) - MOST_SAID)
    return found


def _clauses(decision: Decision) -> Sequence[tuple[str, bool | None]]:
    return [(clause.text, clause.holds) for clause in decision.clauses]


def _news(watch: Watch, seen: Seen, marks: Mapping[str, str], first: bool) -> Outcome:  # noqa: FBT001 - one signature for all kinds
    del marks
    fleeting = seen.stream.listing.fleeting
    if not first:
        fresh = fitting(watch, seen.fresh, seen.at)
        return Outcome(news_events(watch, fresh, seen.at, fleeting, dated=seen.restored))
    told = fitting(watch, early(watch, seen, watch.match), seen.at)
    news = news_events(watch, told, seen.at, fleeting, dated=seen.restored)
    return Outcome([_looked_first(watch, seen), *news])


def _looked_first(watch: Watch, seen: Seen) -> Event:
    rule = watch.match.within(seen.stream.listing.fields)
    newest_first = sorted(seen.items, key=seen.stream.position, reverse=True)
    fit = [item for item in newest_first if rule.holds(item, seen.at)]
    then = _THEN[watch.kind]
    if watch.kind == "gone" and not seen.complete:
        then = "The list is longer than its pages, so what goes can't be told: narrow it."
    return first_look_event(watch, seen.stream, fit, len(seen.items), seen.at, then)


def _changes(watch: Watch, seen: Seen, marks: Mapping[str, str], first: bool) -> Outcome:  # noqa: FBT001 - one signature for all kinds
    found = Outcome([_looked_first(watch, seen)] if first else [])
    things = seen.things
    for thing, item in things.items():
        mark = marks.get(thing)
        was = json.loads(mark.removeprefix(_MISSED)) if mark else {}
        told = {name: _field(item, name) for name in watch.fields}
        # What isn't told now may be as it was; what wasn't told then is no change.
        known = was | {name: value for name, value in told.items() if value is not None}
        changes = [
            Change(name, _value(was[name]), _value(value))
            for name, value in known.items()
            if name in was and was[name] != value
        ]
        if changes and watch.match.holds(item, seen.at):
            found.events.append(change_event(watch, item, changes, seen.at))
        if mark is None or was != known or mark.startswith(_MISSED):
            found.marks.append(Mark(watch.name, thing, json.dumps(known)))
    _forget(watch, seen, things, marks, found)
    return found


def _gone(watch: Watch, seen: Seen, marks: Mapping[str, str], first: bool) -> Outcome:  # noqa: FBT001 - one signature for all kinds
    found = Outcome([_looked_first(watch, seen)] if first else [])
    if not seen.complete:
        log.warning("watch.list_truncated", watch=watch.name, seen=len(seen.items))
    things = seen.things
    for thing, item in things.items():
        mark = marks.get(thing)
        meant = watch.match.holds(item, seen.at)
        if meant is False and mark is not None:
            found.marks.append(Mark(watch.name, thing, None))
        elif mark is not None and mark.startswith(_MISSED):
            found.marks.append(Mark(watch.name, thing, mark.removeprefix(_MISSED)))
        elif meant and mark is None:
            body = json.dumps({"id": item.id, "item": dump_item(item)})
            found.marks.append(Mark(watch.name, thing, body))
    kept = map(json.loads, _forget(watch, seen, things, marks, found))
    gone = [load_item(was["id"], was["item"]) for was in kept]
    found.events += gone_events(watch, gone, [*things.values()], seen.at)
    return found


def _alerts(watch: Watch, seen: Seen, marks: Mapping[str, str], first: bool) -> Outcome:  # noqa: FBT001 - one signature for all kinds
    found = Outcome()
    raised: list[Judged] = []
    ended: list[tuple[Item, str]] = []
    things = seen.things
    for thing, item in things.items():
        mark = marks.get(thing)
        meant = watch.match.holds(item, seen.at)
        if mark is None:
            if meant and watch.raised.holds(item, seen.at) and not _over(watch, item, seen.at):
                raised.append((item, watch.raised.decide(item, seen.at)))
                body = json.dumps({"id": item.id, "item": dump_item(item)})
                found.marks.append(Mark(watch.name, thing, body))
        elif (over := _over(watch, item, seen.at)) or meant is False:
            because = over or "isn't meant any more"
            ended.append((item, because))
            found.marks.append(Mark(watch.name, thing, None))
        elif mark.startswith(_MISSED):
            found.marks.append(Mark(watch.name, thing, mark.removeprefix(_MISSED)))
    for mark in _forget(watch, seen, things, marks, found):
        was = json.loads(mark)
        item = load_item(was["id"], was["item"])
        because = "it isn't in the list any more"
        ended.append((item, because))
    found.events += cleared_events(watch, ended, seen.at)
    if raised and first:
        found.events.append(raised_at_first(watch, raised, len(seen.items), seen.at))
    else:
        found.events += raised_events(watch, raised, seen.at)
        found.events += [_looked_first(watch, seen)] if first else []
    return found


def _over(watch: Watch, item: Item, at: datetime) -> str:
    """Say why an alert is over; nothing while it isn't, or while that is unknown."""
    rule, wanted = (watch.cleared, True) if watch.cleared else (watch.raised, False)
    if rule.holds(item, at) is not wanted:
        return ""
    clauses = rule.decide(item, at).clauses
    said = (clause.text for clause in clauses if clause.holds is wanted)
    # What was wanted is what raised it: now it isn't so.
    return ", ".join(said if wanted else (text.rpartition(", wanted ")[0] or text for text in said))


def _report(watch: Watch, seen: Seen, marks: Mapping[str, str], first: bool) -> Outcome:  # noqa: FBT001 - one signature for all kinds
    del marks, first
    items = [item for item in seen.items if watch.match.holds(item, seen.at)]
    return Outcome([report_event(watch, items, seen.at)])


def _forget(
    watch: Watch, seen: Seen, things: Mapping[str, Item], marks: Mapping[str, str], found: Outcome
) -> list[str]:
    """Forget what isn't there on a second look; tell what was remembered of it."""
    absent = marks.keys() - things.keys()
    if not seen.complete:
        newest_last = sorted(absent, key=lambda thing: (len(thing), thing))
        found.marks += [Mark(watch.name, thing, None) for thing in newest_last[:-MOST_ABSENT]]
        return []
    forgotten: list[str] = []
    for thing in absent:
        mark = marks[thing]
        if mark.startswith(_MISSED):
            forgotten.append(mark.removeprefix(_MISSED))
            found.marks.append(Mark(watch.name, thing, None))
        else:
            found.marks.append(Mark(watch.name, thing, _MISSED + mark))
    return sorted(forgotten)


def _field(item: Item, name: str) -> Value | list[str]:
    """Tell a field, as it comes back from where it is remembered."""
    match name:
        case "title":
            return item.title
        case "size":
            return item.size
        case "tags":
            return None if item.tags is None else [*item.tags]
    value: Value = item.fields.get(name)
    return [*value] if isinstance(value, tuple) else value


def _value(kept: Value | list[str]) -> Value:
    return tuple(kept) if isinstance(kept, list) else kept


Decider = Callable[[Watch, Seen, Mapping[str, str], bool], Outcome]

_DECIDERS: Mapping[str, Decider] = {
    "new": _news,
    "change": _changes,
    "gone": _gone,
    "alert": _alerts,
    "report": _report,
}
