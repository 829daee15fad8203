"""
What the hooks are handed, one frozen object each: a new attribute breaks no plugin.

Times are aware datetimes in UTC, durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from gazelled.model import Call, Delivery, Event, Item


@dataclass(frozen=True, slots=True)
class RequestFailure:
    """
    A request to the tracker that got no usable answer.

    Attributes:
        call: The request.
        error: Why, in a sentence without secrets.
        at: When it failed.
        attempt_again: When the next attempt is made; None if there is none, or if that is unknown.

    """

    call: Call
    error: str
    at: datetime
    attempt_again: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemsFound:
    """
    Items of an answer that a watch may report.

    Attributes:
        source: The source, as a person types it: `browse taglist=dna`.
        action: The name of its action.
        items: The items, with the fields that earlier plugins have added.
        watches: The watches of the source that can use further fields.
        at: When the answer arrived.

    """

    source: str
    action: str
    items: tuple[Item, ...]
    watches: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ItemDecision:
    """
    What the rule of a watch says of an item, before an event is made of it.

    Attributes:
        watch: The name of the watch.
        source: Its source, as a person types it.
        item: The item.
        fits: Whether the rule fits.
        why: The conditions that hold, for people.
        at: When that was decided.

    """

    watch: str
    source: str
    item: Item
    fits: bool
    why: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Veto:
    """
    Has an item not reported by a watch.

    Attributes:
        reason: Why, as `gazelled why` shows it; one line.

    """

    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """
    Adds a line to the reasons of an item that is reported.

    Attributes:
        text: The line, as messages and `gazelled why` show it.

    """

    text: str


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """
    An event that was stored, and will be delivered.

    Attributes:
        event: The event.
        targets: The names of the targets that it is for.
        at: When it was stored.

    """

    event: Event
    targets: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryDone:
    """
    A delivery that succeeded.

    Attributes:
        delivery: The delivery.
        at: When it was recorded as delivered.
        took: Seconds that the last attempt took.

    """

    delivery: Delivery
    at: datetime
    took: float


@dataclass(frozen=True, slots=True)
class DeliveryFailure:
    """
    An attempt at a delivery that failed.

    Attributes:
        delivery: The delivery.
        error: Why, in a sentence without secrets.
        final: Whether it is given up.
        at: When it failed.
        retry_at: When it is tried again; None if it is given up, or if that is unknown.

    """

    delivery: Delivery
    error: str
    final: bool
    at: datetime
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrackerChange:
    """
    A change of the tracker's availability.

    Attributes:
        state: `up`: it answers again. `down`: it does not answer. `stopped`: nothing is sent until
            a person acts. `elsewhere`: another process uses the account.
        since: Since when it is so.
        reason: Why, in a sentence; empty for `up`.
        at: When gazelled noticed.

    """

    state: Literal["up", "down", "stopped", "elsewhere"]
    since: datetime
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TableChanges:
    """
    What changed among the tables of one sort in the config, by their names.

    Attributes:
        added: Those that are new.
        removed: Those that are gone.
        changed: Those with other keys.
        renamed: The former names of those that only have another name now, by their new ones.

    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.renamed)


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """
    A change of the config that is in use from now on.

    Attributes:
        watches: The watches that run.
        targets: The targets.
        plugins: The plugins that are loaded.
        keys: Further keys with other values, such as `tracker.share`.
        at: When it was applied.

    """

    watches: TableChanges
    targets: TableChanges
    plugins: TableChanges
    keys: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """
    What a check of `gazelled doctor` finds.

    Attributes:
        text: What is so, in a sentence without secrets.
        rating: How good that is.
        advice: What to do; empty if there is nothing to do.

    """

    text: str
    rating: Literal["good", "note", "bad"] = "good"
    advice: str = ""
