"""What a kind of watch is shown of a watch, its rule, its source and a look at that."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any, Protocol

from gazelled.fields import FieldType
from gazelled.model import Decision, FirstLook, Item, Mark


class RuleView(Protocol):
    """A rule: all that must hold of an item."""

    def holds(self, item: Item, now: datetime, /) -> bool | None:
        """Return whether an item fits; None if that is unknown."""

    def decide(self, item: Item, now: datetime, /) -> Decision:
        """Return what became of each part, so that all reasons are known."""

    def bound(self, name: str, /) -> float | None:
        """Return what a field is compared with, if that is all that the rule demands."""

    def within(self, fields: Container[str], /) -> RuleView:
        """Return the rule of those parts that look at nothing but some fields."""


class SourceView(Protocol):
    """How a source lists its items."""

    @property
    def order(self) -> str:
        """
        What orders its items.

        Ids that only grow (`id`), the time of the newest change (`time`), nothing: all its pages
        are the list (`whole`), or it is one thing (`value`).
        """

    @property
    def fields(self) -> Mapping[str, FieldType]:
        """The fields that rules may ask of its items, each with its type."""

    @property
    def more(self) -> Mapping[str, FieldType]:
        """The fields that only the details of an item have."""

    @property
    def window(self) -> bool:
        """Whether it shows only the newest or best of something: what leaves it isn't gone."""

    @property
    def recurring(self) -> tuple[str, ...]:
        """How ids begin that come back: each time is an event of its own."""

    @property
    def remaining(self) -> str:
        """What counts the items that may belong to it, but are unknown; empty if all are known."""


class SeenView(Protocol):
    """What a look shows; `Look` describes its parts."""

    @property
    def name(self) -> str:
        """The source as a person types it."""

    @property
    def source(self) -> SourceView:
        """How the source lists its items."""

    @property
    def items(self) -> tuple[Item, ...]:
        """All that was seen."""

    @property
    def fresh(self) -> tuple[Item, ...]:
        """What is new."""

    @property
    def things(self) -> Mapping[str, Item]:
        """What was seen, by what it is known by."""

    @property
    def complete(self) -> bool:
        """Whether that is the whole list."""

    @property
    def restored(self) -> bool:
        """Whether ids of the source were given again."""

    @property
    def at(self) -> datetime:
        """When it was seen."""

    def mark_of(self, item: Item, /) -> Mark:
        """Return a mark that holds an item."""

    def item_of(self, mark: Mark, /) -> Item:
        """Return the item that a mark holds."""

    def position(self, item: Item, /) -> float:
        """Return where in the order of the source an item stands; the newest is the highest."""


class WatchView(Protocol):
    """A watch, as its table in the config has it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def about(self) -> str:
        """What it is for, in its owner's words."""

    @property
    def kind(self) -> KindView:
        """Its kind."""

    @property
    def match(self) -> RuleView:
        """Which items fit: `match` and `if`; only `match` for a kind that `raises`."""

    @property
    def raised(self) -> RuleView:
        """What `if` demands, for a kind that `raises`."""

    @property
    def cleared(self) -> RuleView | None:
        """What `until` demands; None without it."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of `fields`."""

    @property
    def first(self) -> FirstLook:
        """What `first` says."""

    @property
    def urgent(self) -> bool:
        """Whether its events are delivered in quiet hours, too."""

    @property
    def keys(self) -> Any:  # noqa: ANN401 - `Look.keys` has the type
        """The kind's own keys; None if it has none."""


class KindView(Protocol):
    """What events need of a kind."""

    @property
    def afterwards(self) -> str:
        """What is reported after the first look, as a sentence."""
