"""`kind = "alert"`: reports once when a condition becomes true, and once when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gazelled.plugin import Event, EventKind, Item, human_size
from gazelled.plugin.kinds import (
    Decision,
    Judged,
    Kind,
    Look,
    Mark,
    Outcome,
    RuleView,
    by_data_set,
    item_of,
)
from gazelled_plugins.kinds.absence import forget_absent

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

    def decide(self, look: Look) -> Outcome:
        outcome = Outcome()
        raised: list[Judged] = []
        over: list[tuple[Item, str]] = []
        wanted = look.watch.raised
        for thing, item in look.things.items():
            mark = look.marks.get(thing)
            fits = look.fits(item)
            if mark is None:
                if fits and wanted.holds(item, look.at) and not _over(look, item):
                    raised.append((item, wanted.decide(item, look.at)))
                    outcome.marks[thing] = look.mark_of(item)
            elif (reason := _over(look, item)) or fits is False:
                over.append((item, reason or "no longer matches"))
                outcome.marks[thing] = None
            elif mark.was_absent:
                outcome.marks[thing] = Mark(mark.body)
        gone = forget_absent(look, outcome)
        over += [(look.item_of(mark), "it is no longer in the list") for mark in gone]
        outcome.events += _cleared(look, over)
        if look.first and raised:
            outcome.events.append(_raised_at_first(look, raised))
        else:
            groups = by_data_set(raised, item_of)
            outcome.events += [_raised(look, members) for members in groups]
            outcome.events += [look.first_look_event()] if look.first else []
        return outcome


def _over(look: Look, item: Item) -> str:
    """Return why an alert is over; nothing while it isn't, or while that is unknown."""
    watch = look.watch
    rule, wanted = (watch.cleared, True) if watch.cleared else (watch.raised, False)
    if rule.holds(item, look.at) is not wanted:
        return ""
    clauses = [clause for clause in rule.decide(item, look.at).clauses if clause.holds is wanted]
    # Where `until` is missing, what was wanted is what raised it, and is of no interest any more.
    return ", ".join(clause.text if wanted else clause.has for clause in clauses)


def _raised(look: Look, members: Sequence[Judged]) -> Event:
    item, decision = members[0]
    headline = _clauses(decision)
    return look.event(
        EventKind.RAISED,
        [member for member, _ in members],
        title=headline[:1].upper() + headline[1:] if _is_account(item) else _about(item, headline),
        text=all_clear(item, look.watch.cleared),
        why=decision,
    )


def _raised_at_first(look: Look, raised: Sequence[Judged]) -> Event:
    """Make the one event of all alerts that hold already at a first look."""
    event = _raised(look, raised)
    if len(raised) == 1:
        return event
    lines = [_about(item, _clauses(decision)) for item, decision in raised[:LONGEST_LIST]]
    title = f"{look.watch.name}: {len(raised)} of {len(look.items)} items match already"
    return replace(event, title=title, text="\n".join(lines))


def _cleared(look: Look, over: Sequence[tuple[Item, str]]) -> list[Event]:
    """Make the events of alerts that are over, of what they were about and what is so now."""
    events = []
    for members in by_data_set(over, lambda member: member[0]):
        item, reason = members[0]
        title = f"Over: {reason if _is_account(item) else _about(item, reason)}"
        items = [member for member, _ in members]
        events.append(look.event(EventKind.CLEARED, items, title=title))
    return events


def all_clear(item: Item, cleared: RuleView | None) -> str:
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
