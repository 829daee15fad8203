"""
The domain's words as frozen types.

What each word means is told in docs/design.md; the code uses these words and no others.
Times are aware datetimes in UTC, sizes are bytes, durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import Enum, StrEnum
from typing import Any, NewType, Self

Value = str | int | float | bool | tuple[str, ...] | None
"""What a field of an item can hold. None is what the tracker did not tell."""

Params = tuple[tuple[str, str], ...]
"""The parameters of a call as they are sent: pairs of name and text, sorted."""

StreamId = NewType("StreamId", str)
"""Identifies a stream, in the store as well: its call, as a person types it."""


class Position(float):
    """
    A place in the order of a stream: an id that is a number, or seconds since 1970.

    A text of it has no trailing zeros, so that an id reads as one.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the position that a text holds; None if it is empty."""
        return cls(text) if text else None

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        return f"{self:.6f}".rstrip("0").rstrip(".")


class Lane(Enum):
    """Who asks. The value is the lane's patience in seconds: how long it lets others go first."""

    PERSON = 0.0
    WATCH = 30.0
    CATCH_UP = 600.0


@dataclass(frozen=True, slots=True)
class Call:
    """
    One action with its parameters, a lane and a deadline.

    Attributes:
        action: The name of the action, as in the catalogue.
        params: What is sent beside `action`; `gazelled.tracker.catalogue` makes it from a mapping.
        lane: Who asks.
        deadline: Seconds from the slot to the last byte of the answer.
        writes: Whether the call changes something at the tracker: it is sent as a POST, never
            shared with an equal one and never sent twice.
        dispensable: Whether the asker can do without the answer, so that it is told at once when
            the action fails, instead of waiting until it can be asked again.
        asked_at: When all that it belongs to was asked for, as the clock counts: the pages of one
            look keep their place in the queue. None for a call that stands for itself.

    """

    action: str
    params: Params = ()
    lane: Lane = Lane.PERSON
    deadline: float = 60.0
    writes: bool = False
    dispensable: bool = False
    asked_at: float | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[str, Params]:
        """What makes two calls the same request."""
        return (self.action, self.params)

    def __str__(self) -> str:
        """Return the action and its parameters the way a person types them."""
        return " ".join([self.action, *(f"{name}={value}" for name, value in self.params)])


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What the tracker said to a call that it answered.

    Attributes:
        call: What was asked.
        payload: The decoded `response` of the envelope.
        raw: The body as it came.
        at: When its headers came.
        took: Seconds from the slot to the last byte.

    """

    call: Call
    payload: object
    raw: bytes = field(repr=False)
    at: datetime
    took: float


@dataclass(frozen=True, slots=True)
class Item:
    """
    One thing found in an answer, normalised.

    Attributes:
        id: What it is known by in its stream; where things come back it carries the revision.
        kind: What it is: `torrent`, `conversation`, `notification`, `announcement`, `notice`.
        title: One line, without entities or markup.
        url: Its page on the site; never with a key in it.
        time: When it appeared, as the tracker says.
        summary: A few words more; may be empty.
        tags: Its tags, in the tracker's order.
        size: In bytes.
        group: What several formats of one data set have in common; empty when nothing.
        fields: All else that the answer told, by the names that rules use; each is a `Value`,
            and who asks by name knows which.

    """

    id: str
    kind: str
    title: str
    url: str = ""
    time: datetime | None = None
    summary: str = ""
    tags: tuple[str, ...] | None = None
    size: int | None = None
    group: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """
    The hours in which what is delivered to a target waits.

    Attributes:
        begin: When they begin, to the minute.
        end: When they are over; on the next day if that isn't later.
        zone: The name of their time zone.

    """

    begin: time
    end: time
    zone: str


class EventKind(StrEnum):
    """What an event tells."""

    NEW = "new"
    CHANGE = "change"
    GONE = "gone"
    RAISED = "raised"
    CLEARED = "cleared"
    REPORT = "report"
    FIRST_LOOK = "first-look"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Change:
    """
    A field of an item that isn't what it was.

    Attributes:
        field: Its name, as rules have it.
        before: What it was; None if the tracker didn't tell.
        after: What it is.

    """

    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Event:
    """
    Something worth telling.

    Attributes:
        key: Names the event for ever; equal keys are the same event.
        kind: What it tells.
        watch: The watch that found it; empty for notices.
        at: When it was found.
        title: The headline, one line.
        text: The rest in plain words; may be empty.
        items: What it is about, at least one: the formats of one data set for `new`, the newest
            fitting ones for `first-look`, a stand-in of kind `notice` for a notice.
        why: The clauses that held, as a person reads them.
        changes: What became different, for `change`.
        urgent: Whether it waits for no quiet hours.

    """

    key: str
    kind: EventKind
    watch: str
    at: datetime
    title: str
    text: str
    items: tuple[Item, ...]
    why: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    urgent: bool = False

    @property
    def item(self) -> Item:
        """The first of its items."""
        return self.items[0]


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    One event to one target.

    Attributes:
        event: What to tell.
        target: The name of the target.
        attempt: Which try this is, from 1.

    """

    event: Event
    target: str
    attempt: int = 1

    @property
    def key(self) -> str:
        """Identifies the delivery: the same on every attempt."""
        return f"{self.event.key}@{self.target}"
