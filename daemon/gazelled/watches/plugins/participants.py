"""The plugins that take part in looks, as the looks need them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from gazelled.fields import FieldType
from gazelled.model import Value
from gazelled.plugin import ItemDecision, ItemsFound, Note, Veto
from gazelled.rules import NO_EXTENSIONS, Extensions
from gazelled.watches.plugins.kind_calls import KindCalls


@dataclass(frozen=True, slots=True)
class Enricher:
    """
    A plugin that adds fields to items.

    Attributes:
        plugin: Its name.
        fields: The fields that it has declared, without those that are computed.
        ask: Asks it for fields of items, by the items' ids: of their types, and none that isn't
            declared. It raises a GazelledError if the plugin fails.
        computed: The names of the fields that it computes, maybe of those that it adds.

    """

    plugin: str
    fields: Mapping[str, FieldType]
    ask: Callable[[ItemsFound], Awaitable[Mapping[str, Mapping[str, Value]]]]
    computed: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """The names of all fields for which it may have to be asked."""
        return self.computed | self.fields.keys()


@dataclass(frozen=True, slots=True)
class Decider:
    """
    A plugin that may veto or annotate what a watch reports.

    Attributes:
        plugin: Its name.
        ask: Asks it about one item; raises a GazelledError if it fails.

    """

    plugin: str
    ask: Callable[[ItemDecision], Awaitable[Veto | Note | None]]


@dataclass(frozen=True, slots=True)
class Participants:
    """
    The plugins that take part, in the order in which they are asked.

    `kinds` has the kinds of watch decide; `scrub` takes secrets out of what they say.
    """

    enrichers: tuple[Enricher, ...] = ()
    deciders: tuple[Decider, ...] = ()
    extensions: Extensions = NO_EXTENSIONS
    kinds: KindCalls = field(default_factory=KindCalls, repr=False)
    scrub: Callable[[str], str] = field(default=str, repr=False)


NOBODY = Participants()
