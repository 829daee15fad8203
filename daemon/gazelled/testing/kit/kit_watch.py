"""A watch of a plugin's kind in a test: look after look, as the daemon would show it."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gazelled.fields import COUNT, FLAG, NUMBER, SIZE, TAGS, TEXT, TEXTS, TIME, FieldType
from gazelled.model import Clause, Decision, FirstLook, Item, Mark
from gazelled.plugin.json_events import item_json
from gazelled.plugin.kinds import AnyKind, Look, Outcome
from gazelled.testing.kit.kit_clock import AT

Fits = Callable[[Item], bool | None]
"""Whether an item fits; None if that is unknown."""

_TYPES: Mapping[type, FieldType] = {str: TEXT, bool: FLAG, int: COUNT, float: NUMBER, tuple: TEXTS}


@dataclass(frozen=True)
class KitRule:
    """A rule that is a function of the test."""

    fits: Fits

    def holds(self, item: Item, now: datetime, /) -> bool | None:
        """Return whether an item fits."""
        del now
        return self.fits(item)

    def decide(self, item: Item, now: datetime, /) -> Decision:
        """Return the same with a reason."""
        del now
        verdict = self.fits(item)
        return Decision(verdict, (Clause(verdict, "the rule of the test"),))

    def bound(self, name: str, /) -> float | None:
        """Return None: nothing is known of the rule."""
        del name
        return None

    def within(self, fields: Container[str], /) -> KitRule:
        """Return the rule."""
        del fields
        return self


@dataclass(frozen=True)
class KitSource:
    """How the source of a test lists its items."""

    fields: Mapping[str, FieldType]
    order: str = "id"
    more: Mapping[str, FieldType] = field(default_factory=dict)
    window: bool = False
    recurring: tuple[str, ...] = ()
    remaining: str = ""


@dataclass(frozen=True)
class KitSeen:
    """What a look of a test shows."""

    items: tuple[Item, ...]
    fresh: tuple[Item, ...]
    complete: bool
    at: datetime
    name: str = "browse"
    order: str = "id"
    restored: bool = False

    @property
    def source(self) -> KitSource:
        """The source: its fields have the types of their values."""
        types = {
            name: _TYPES[type(value)]
            for item in self.items
            for name, value in item.fields.items()
            if type(value) in _TYPES
        }
        return KitSource({**types, "size": SIZE, "tags": TAGS, "time": TIME}, self.order)

    @property
    def things(self) -> Mapping[str, Item]:
        """The items by their ids."""
        return {item.id: item for item in self.items}

    def mark_of(self, item: Item, /) -> Mark:
        """Return a mark that holds an item."""
        return Mark(json.dumps(item_json(item)))

    def item_of(self, mark: Mark, /) -> Item:
        """Return the item that a mark holds; raise ValueError if it is another mark."""
        values = json.loads(mark.body)
        if not isinstance(values, dict) or "fields" not in values:
            raise ValueError("the mark holds no item")
        values["time"] = values["time"] and datetime.fromisoformat(values["time"])
        values["tags"] = None if values["tags"] is None else tuple(values["tags"])
        fields = values.pop("fields").items()
        return Item(
            **values,
            fields={name: tuple(one) if isinstance(one, list) else one for name, one in fields},
        )

    def position(self, item: Item, /) -> float:
        """Return where an item stands: its id, or its time if that is no number."""
        return float(item.id) if item.id.isdecimal() else (item.time or AT).timestamp()


class KitWatch:
    """
    A watch of a plugin's kind, which looks when the test says so.

    Args:
        kind: The kind.
        fits: Whether an item fits `match`, and `if` where that chooses items.
        raised: What `if` says for a kind that `raises`; what fits unless it is given.
        cleared: What `until` says.
        fields: The names of `fields`.
        first: What `first` says.
        keys: The kind's own keys.

    Attributes:
        marks: What the watch remembers from the last look, by thing.

    """

    name = "yeast"
    about = ""
    urgent = False

    def __init__(
        self,
        kind: AnyKind,
        *,
        fits: Fits,
        raised: Fits | None = None,
        cleared: Fits | None = None,
        fields: Sequence[str] = (),
        first: FirstLook = FirstLook(),  # noqa: B008 - it is frozen
        keys: object = None,
    ) -> None:
        self.kind = kind
        self.match = KitRule(fits)
        self.raised = KitRule(raised or fits)
        self.cleared = None if cleared is None else KitRule(cleared)
        self.fields = tuple(fields)
        self.first = first
        self.keys = keys
        self.marks: dict[str, Mark] = {}
        self._known: set[str] | None = None
        self._at = AT

    def look(
        self,
        *items: Item,
        complete: bool = True,
        order: str = "id",
        after: timedelta = timedelta(hours=1),
    ) -> Outcome:
        """
        Show the watch what its source lists now, and return what it reports and remembers.

        The first time it is the first look; what was not seen before is new.

        Args:
            items: All items, in the tracker's order.
            complete: Whether they are the whole list.
            order: What orders the source: `id`, `time`, `whole` or `value`.
            after: The time since the last look.

        """
        first = self._known is None
        known = self._known or set()
        new = [item for item in items if item.id not in known]
        self._at += timedelta() if first else after
        shown = () if self.kind.news_only and not first else items
        seen = KitSeen(shown, tuple(reversed(new)), complete, self._at, order=order)
        outcome = self.kind.decide(Look(self, seen, dict(self.marks), first=first))
        self._known = known | {item.id for item in items}
        for thing, mark in outcome.marks.items():
            if mark is None:
                self.marks.pop(thing, None)
            else:
                self.marks[thing] = mark
        return outcome
