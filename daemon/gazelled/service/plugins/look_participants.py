"""The plugins that take part in looks, as the watcher needs them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gazelled.hooks import Bus
from gazelled.watches.plugins.kind_calls import KindCalls
from gazelled.watches.plugins.participants import Decider, Enricher, Participants


def look_participants(bus: Bus, scrub: Callable[[str], str]) -> Participants:
    """Return the plugins that add fields to items, or veto and annotate them, in their order."""
    fields = bus.contributions.match_fields.values()
    enrichers = tuple(
        Enricher(
            plugin,
            {
                field.name: field.value.type
                for field in fields
                if field.plugin == plugin and field.value.compute is None
            },
            partial(bus.awaited.items_found, plugin),
            frozenset(
                field.name
                for field in fields
                if field.plugin == plugin and field.value.compute is not None
            ),
        )
        for plugin in bus.caller.plugins_with("gazelled_items_found")
    )
    deciders = tuple(
        Decider(plugin, partial(bus.awaited.item_decided, plugin))
        for plugin in bus.caller.plugins_with("gazelled_item_decided")
    )
    kinds = KindCalls(bus.contained, scrub)
    return Participants(enrichers, deciders, bus.contributions.extensions, kinds, scrub)
