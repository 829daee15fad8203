"""What goes into the store and comes out of it, beside the domain's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from gazelled.model import Delivery, Item, Mark, Position, StreamId, Value


class Gap(NamedTuple):
    """
    A stretch of a stream that could not be seen and can't be asked for, between two positions.

    `low` is None where that is the stream's beginning.
    """

    low: Position | None
    high: Position

    @property
    def ends(self) -> tuple[str, str]:
        """Both as texts, as gaps are stored."""
        return "" if self.low is None else str(self.low), str(self.high)


class Hole(NamedTuple):
    """A stretch of a stream that is still to be asked for, id by id, between two ids."""

    low: int
    high: int

    @property
    def is_empty(self) -> bool:
        return self.high - self.low <= 1


@dataclass(frozen=True, slots=True)
class StreamState:
    """
    How far a stream has been seen.

    Attributes:
        watermark: The newest position of the last look; None before the first one.
        floor: The position up to which everything counts as known; None when there is none.
        begun: Whether any look at it has been committed.
        watches: The watches that had their first look at it, each with the position above which
            all is new to it.
        asked_at: When it was asked last, by its schedule or a person.

    """

    name: StreamId
    watermark: Position | None = None
    floor: Position | None = None
    begun: bool = False
    watches: Mapping[str, Position | None] = field(default_factory=dict, compare=False)
    asked_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class MarkChanges:
    """
    How the marks of a watch change by a look; None forgets the one of a thing.

    The scope is the kind and the stream that they are about. Marks of another scope, which the
    watch left when it was another kind or looked elsewhere, can't be compared, and go.
    """

    watch: str
    scope: str
    changes: Mapping[str, Mark | None]


@dataclass(frozen=True, slots=True)
class PendingDelivery:
    """
    A delivery that is neither done nor dead, with the number of the try that comes next.

    Attributes:
        first_at: When its event was found.
        due_at: Before that it isn't tried.
        kills: How often in a row the process was killed during it.
        failures: How many tries failed for a reason of its own, since `failing_since`.
        aside: Whether it stepped aside, so that those behind it go on.

    """

    delivery: Delivery
    first_at: datetime
    due_at: datetime
    kills: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    aside: bool = False


@dataclass(frozen=True, slots=True)
class SeenItem:
    """An item as it was seen in a stream, and when it was decided on."""

    stream: StreamId
    item: Item
    at: datetime


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A version of a watch's rule, since when it was used first; it is valid until the next one."""

    watch: str
    text: str
    since: datetime


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """
    What became of a delivery: its state, and the error of its last failure.

    Attributes:
        state: `waiting`, `held`, `sending`, `done`, `failed` (it is tried again) or `dead`.
        due_at: When it is tried (again), or no longer held; None when that is at once or never.
        held: Why it is held: `quiet`, `digest`, `max` or `removed`.
        into: The key of the event whose message to this target is this one's, too.

    """

    target: str
    state: str
    tries: int
    due_at: datetime | None
    settled_at: datetime | None
    error: str
    held: str = ""
    into: str = ""


@dataclass(frozen=True, slots=True)
class WatchFindings:
    """How many events of a watch are stored, and the newest one, if there is any."""

    count: int = 0
    key: str = ""
    title: str = ""
    at: datetime | None = None


PLUGIN_JOBS = "plugin:"
"""What the names of jobs of plugins begin with, before those of the plugin and the job."""


@dataclass(frozen=True, slots=True)
class Enrichment:
    """
    The fields that a plugin gave an item of a stream.

    Attributes:
        item: The id of the item.
        fields: The values by name; None as long as no try succeeded.
        tries: How many tries were made.
        at: When the last one was.
        error: Why that failed, or what was refused of what it gave.

    """

    item: str
    plugin: str
    fields: Mapping[str, Value] | None
    tries: int
    at: datetime
    error: str = ""


@dataclass(frozen=True, slots=True)
class PluginVerdict:
    """
    What a plugin said of an item that the rule of a watch accepts.

    Attributes:
        item: The id of the item.
        veto: Whether it isn't reported; otherwise the reason is a note on it, or empty.
        digest: What tells the item as it was then from what it was at another time.

    """

    item: str
    watch: str
    plugin: str
    veto: bool
    reason: str
    at: datetime
    digest: str = ""
