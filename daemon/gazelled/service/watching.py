"""Makes the watches that run of those that are configured."""

from __future__ import annotations

from gazelled.config import Config, call_of
from gazelled.model import Call, Lane
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.watches.kinds import KINDS
from gazelled.watches.watch import Watch


def make_watches(config: Config, *, resting: bool = False) -> list[Watch]:
    """Make the watches of a configuration; or, `resting`, the disabled ones."""
    found = []
    calls: dict[Call, Call] = {}
    for watch in (config.resting if resting else config.watches).values():
        call = call_of(watch.ask, watch.params, watch.kind, Lane.WATCH)
        listing = ACTIONS[watch.ask].listing(watch.params) if watch.kind != "call" else None
        found.append(
            Watch(
                name=watch.name,
                call=calls.setdefault(call, call),  # a thousand may ask the same
                listing=listing,
                match=watch.match,
                kind=KINDS[watch.kind],
                raised=watch.raised,
                cleared=watch.cleared,
                fields=watch.fields,
                last=watch.first.last,
                since=watch.first.since,
                urgent=watch.urgent,
                tell=watch.tell,
                about=watch.about,
                rule=watch.rule,
            )
        )
    return found
