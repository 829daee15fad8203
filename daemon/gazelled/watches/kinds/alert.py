"""`kind = "alert"`: reports once when a condition becomes true, and once when it is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from gazelled.model import Event, EventKind, Item
from gazelled.rules import Decision, Rule
from gazelled.rules.lint import holds_whenever
from gazelled.store import Mark
from gazelled.text import capitalized
from gazelled.units import human_size
from gazelled.watches.deciding import first_look_event
from gazelled.watches.events import Judged, by_data_set, event_of, item_of
from gazelled.watches.kinds.absence import forget_absent
from gazelled.watches.kinds.gone import item_mark, marked_item
from gazelled.watches.seen import Outcome, Seen
from gazelled.watches.watch import Kind, Watch, WatchRule

LONGEST_LIST = 25
_SENTENCE_ENDS = ("?", "!", ".", "…")


class AlertKind(Kind):
    """Remembers for which items `if` held, until `until` holds, or `if` doesn't any more."""

    name = "alert"
    about = "reports once when a condition becomes true, and once when it is over"
    compares_states = True
    raises = True
    takes = frozenset({"match", "if", "until"})
    requires: Mapping[str, str] = {"if": "write when the alert is raised, like if = 'seeders <= 1'"}
    afterwards = "You are notified when it begins and when it is over."
    tried = "each item is evaluated as it was when it was new"
    silent = "these are its values when it was seen; no alert about it was reported"

    def contradictions(self, rule: WatchRule) -> Iterator[tuple[str, str]]:
        """Return `until`, if it holds as soon as `if` does."""
        if rule.cleared and rule.cleared.parts and holds_whenever(rule.cleared, rule.raised):
            yield "until", "is true as soon as if is, so the alert would be over at once"

    def decide(
        self, watch: Watch, seen: Seen, marks: Mapping[str, Mark], *, first: bool
    ) -> Outcome:
        outcome = Outcome()
        raised: list[Judged] = []
        over: list[tuple[Item, str]] = []
        for thing, item in seen.things.items():
            mark = marks.get(thing)
            fits = watch.match.holds(item, seen.at)
            if mark is None:
                if fits and watch.raised.holds(item, seen.at) and not _over(watch, item, seen.at):
                    raised.append((item, watch.raised.decide(item, seen.at)))
                    outcome.marks[thing] = item_mark(item)
            elif (reason := _over(watch, item, seen.at)) or fits is False:
                over.append((item, reason or "no longer matches"))
                outcome.marks[thing] = None
            elif mark.was_absent:
                outcome.marks[thing] = Mark(mark.body)
        gone = forget_absent(seen, marks, outcome)
        over += [(marked_item(body), "it is no longer in the list") for body in gone]
        outcome.events += _cleared(watch, over, seen.at)
        if first and raised:
            outcome.events.append(_raised_at_first(watch, raised, len(seen.items), seen.at))
        else:
            groups = by_data_set(raised, item_of)
            outcome.events += [_raised(watch, members, seen.at) for members in groups]
            outcome.events += [first_look_event(watch, seen)] if first else []
        return outcome


def _over(watch: Watch, item: Item, at: datetime) -> str:
    """Return why an alert is over; nothing while it isn't, or while that is unknown."""
    rule, wanted = (watch.cleared, True) if watch.cleared else (watch.raised, False)
    if rule.holds(item, at) is not wanted:
        return ""
    clauses = [clause for clause in rule.decide(item, at).clauses if clause.holds is wanted]
    # Where `until` is missing, what was wanted is what raised it, and is of no interest any more.
    return ", ".join(clause.text if wanted else clause.has for clause in clauses)


def _raised(watch: Watch, members: Sequence[Judged], at: datetime) -> Event:
    item, decision = members[0]
    headline = _clauses(decision)
    return event_of(
        watch,
        EventKind.RAISED,
        [member for member, _ in members],
        at,
        title=capitalized(headline) if _is_account(item) else _about(item, headline),
        text=all_clear(item, watch.cleared),
        why=decision,
    )


def _raised_at_first(watch: Watch, raised: Sequence[Judged], total: int, at: datetime) -> Event:
    """Make the one event of all alerts that hold already at a first look."""
    event = _raised(watch, raised, at)
    if len(raised) == 1:
        return event
    lines = [_about(item, _clauses(decision)) for item, decision in raised[:LONGEST_LIST]]
    title = f"{watch.name}: {len(raised)} of {total} items match already"
    return replace(event, title=title, text="\n".join(lines))


def _cleared(watch: Watch, over: Sequence[tuple[Item, str]], at: datetime) -> list[Event]:
    """Make the events of alerts that are over, of what they were about and what is so now."""
    events = []
    for members in by_data_set(over, lambda member: member[0]):
        item, reason = members[0]
        title = f"Over: {reason if _is_account(item) else _about(item, reason)}"
        items = [member for member, _ in members]
        events.append(event_of(watch, EventKind.CLEARED, items, at, title=title))
    return events


def all_clear(item: Item, cleared: Rule | None) -> str:
    """
    Return how much was moved, and how much more ends an alert on the ratio.

    It is nothing unless the item has uploads and downloads.
    """
    up, down = item.fields.get("uploaded"), item.fields.get("downloaded")
    if not isinstance(up, int) or not isinstance(down, int):
        return ""
    text = f"Up {human_size(up)}, down {human_size(down)}."
    wanted = cleared.bound("ratio") if cleared else None
    if wanted is None or up >= wanted * down:
        return text
    return f"{text} It is over at {wanted:g}: upload {human_size(round(wanted * down - up))} more."


def _is_account(item: Item) -> bool:
    """Return whether what is said of an item needs no title before it."""
    return not item.title or item.kind == "account"


def _about(item: Item, text: str) -> str:
    title = item.title.rstrip(": ")
    between = " " if title.endswith(_SENTENCE_ENDS) else ": "
    return title + between + text


def _clauses(decision: Decision) -> str:
    return ", ".join(clause.text for clause in decision.clauses if clause.holds)
