"""What all kinds of watch need to decide: which items fit, and what a first look reports."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime

import structlog

from gazelled.model import Event, EventKind, Item
from gazelled.rules import Decision, Rule
from gazelled.watches.events import Judged, event_of, occurrence
from gazelled.watches.keys.first_look import BASELINE, FirstLook
from gazelled.watches.seen import Seen
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

MOST_LOGGED = 1_000
"""So many fitting items of one look are logged one by one; writing each takes its time."""

SHOWN_FIRST = 3


def mark_scope(watch: Watch, stream: Stream) -> str:
    """Return what the marks of a watch are about; those of another scope can't be compared."""
    return f"{watch.kind.name} {hashlib.sha256(stream.name.encode()).hexdigest()[:8]}"


def fitting(watch: Watch, items: Sequence[Item], at: datetime) -> list[Judged]:
    """Return the items that fit, with the reasons, and log what becomes of each."""
    fit: list[Judged] = []
    # Most watches pass most items: a line for each would be all that one reads.
    logs_passed = logging.getLogger(__name__).isEnabledFor(logging.DEBUG)
    for item in items:
        logs_passed &= len(fit) < MOST_LOGGED
        if watch.match.holds(item, at):
            decision = watch.match.decide(item, at)
            fit.append((item, decision))
            if len(fit) <= MOST_LOGGED:
                log.info(
                    "item.matched",
                    watch=watch.name,
                    item=item.id,
                    title=item.title,
                    clauses=_clauses(decision),
                )
        elif logs_passed:
            log.debug(
                "item.skipped",
                watch=watch.name,
                item=item.id,
                title=item.title,
                clauses=_clauses(watch.match.decide(item, at)),
            )
    if len(fit) > MOST_LOGGED:
        log.info("items.omitted", watch=watch.name, more=len(fit) - MOST_LOGGED)
    return fit


def _clauses(decision: Decision) -> list[tuple[str, bool | None]]:
    return [(clause.text, clause.holds) for clause in decision.clauses]


def early(first: FirstLook, seen: Seen, rule: Rule) -> list[Item]:
    """Return the items that a first look may report, the oldest first."""
    if first == BASELINE:
        return []
    fit = _newest_fitting(seen, rule)
    if (since := first.since) is not None:
        return [item for item in fit if item.time and item.time >= since][::-1]
    return fit[: first.last][::-1]


def _newest_fitting(seen: Seen, rule: Rule) -> list[Item]:
    newest_first = sorted(seen.items, key=seen.stream.position, reverse=True)
    return [item for item in newest_first if rule.holds(item, seen.at)]


def first_look_event(watch: Watch, seen: Seen, afterwards: str = "") -> Event:
    """
    Make the one message of a first look: how many fit, and what is reported from now on.

    `afterwards` says the latter as a sentence, if it isn't what the kind says.
    """
    listing = seen.stream.listing
    fit = _newest_fitting(seen, watch.match.within(listing.fields))
    text = f"{len(fit)} of {len(seen.items)} known items match"
    if fit and listing.order != "value":
        place = "first" if listing.order == "whole" else "newest"
        text += f"; {place}: {fit[0].title}"
    if listing.remaining and not seen.complete:
        text += "; others may still be found"
    stand_in = Item(id=watch.name, kind="first look", title=watch.about or watch.name)
    return event_of(
        watch,
        EventKind.FIRST_LOOK,
        fit[:SHOWN_FIRST] or [stand_in],
        seen.at,
        title=f"Watching {watch.name}",
        text=f"{text}. {afterwards or watch.kind.afterwards}",
        key=[occurrence(seen.stream.name, seen.at)],
    )
