"""
The domain's words as frozen types.

docs/design.md defines each word; the code uses these words and no others. Times are
aware datetimes in UTC, sizes are bytes, durations are seconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import Enum, StrEnum
from typing import Any, NamedTuple, NewType, Self

Value = str | int | float | bool | tuple[str, ...] | None
"""The value of a field of an item. None means that the tracker did not return it."""

Params = tuple[tuple[str, str], ...]
"""The parameters of a call as they are sent: pairs of name and text, sorted."""

AGAIN = ":replay:"
"""Stands in the key of an event that was sent again, between its first key and the time."""

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
        """Return the text that `parse` reads."""
        return f"{self:.6f}".rstrip("0").rstrip(".")


class Lane(Enum):
    """The priority of a call; the value is the seconds for which it lets others go first."""

    PERSON = 0.0
    WATCH = 30.0
    PLUGIN = 120.0
    CATCH_UP = 600.0


@dataclass(frozen=True, slots=True)
class Call:
    """
    One action with its parameters, a lane and a deadline.

    Attributes:
        action: The name of the action, as in the catalogue.
        params: The parameters as sent; `gazelled.tracker.catalogue` makes them from a mapping.
        lane: The priority.
        deadline: Seconds from the slot to the last byte of the answer.
        writes: Whether the call changes something at the tracker: it is sent as a POST, unless it
            is a download, never shared with an equal one and never sent twice.
        form: Whether it is a form of the website instead of an action of the API; it writes, too.
        dispensable: Whether the caller can do without the answer: it then gets an error at once if
            the action fails, instead of waiting for the next attempt.
        request: The id of the look that this call belongs to, in the log and in its events; empty
            for a single call.
        asked_at: When the look was requested that this call belongs to, in monotonic seconds, so
            that all its pages keep their place in the queue. None for a single call.

    """

    action: str
    params: Params = ()
    lane: Lane = Lane.PERSON
    deadline: float = 60.0
    writes: bool = False
    form: bool = False
    dispensable: bool = False
    asked_at: float | None = field(default=None, compare=False)
    request: str = field(default="", compare=False)

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
    An answer of the tracker.

    Attributes:
        call: The call that it answers.
        payload: The decoded `response` of the envelope, of the types of JSON.
        raw: The body as received.
        at: When the headers were received.
        took: Seconds from the slot to the last byte.

    """

    call: Call
    payload: Any
    raw: bytes = field(repr=False)
    at: datetime
    took: float


@dataclass(frozen=True, slots=True)
class Item:
    """
    One thing found in an answer, normalised.

    Attributes:
        id: Its id in its stream; for items that can come back it includes the revision.
        kind: Such as `torrent`, `conversation`, `notification`, `announcement`, `notice`.
        title: One line, without entities or markup.
        url: Its page on the site; never with a key in it.
        time: When it appeared, according to the tracker.
        summary: A short text; may be empty.
        tags: Its tags, in the tracker's order.
        size: In bytes.
        group: The id that the formats of one data set share; empty if there is none.
        fields: All other values of the answer, by the names that rules use; each is a `Value`,
            whose type depends on the field.

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
class Clause:
    """
    What became of one part of a rule.

    Attributes:
        holds: Whether it holds; None if that is unknown.
        has: What the item has.
        wanted: What was wanted instead, if that isn't clear from it.

    """

    holds: bool | None
    has: str
    wanted: str = ""

    @property
    def text(self) -> str:
        """The reason: "seeders 3, wanted at most 1"."""
        return f"{self.has}, wanted {self.wanted}" if self.wanted else self.has


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What a rule decides of an item.

    Attributes:
        verdict: Whether it fits; None if that is unknown, which is never acted on.
        clauses: What became of each part, in the order they are written in.

    """

    verdict: bool | None
    clauses: tuple[Clause, ...]


class MarkState(StrEnum):
    """Whether a thing was there at the last look of the watch that marked it."""

    PRESENT = "present"
    ABSENT = "absent"
    """It was missing: it is gone if the next look doesn't find it either."""


class Mark(NamedTuple):
    """
    What a watch remembers of one thing; a tuple, as thousands are read at a time.

    Attributes:
        body: What its fields were, or the item itself, as the kind of watch writes it.
        state: Whether the thing was there.

    """

    body: str
    state: MarkState = MarkState.PRESENT

    @property
    def was_absent(self) -> bool:
        """Whether the last look didn't find it."""
        return self.state is MarkState.ABSENT


@dataclass(frozen=True, slots=True)
class FirstLook:
    """
    What a first look reports, beside that it was made; nothing of what is there by itself.

    Attributes:
        last: So many of the newest that fit.
        since: Those that appeared since then and fit.

    """

    last: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """
    Hours in which deliveries to a target wait, on each day or on some days of the week.

    Attributes:
        begin: When they begin, to the minute.
        end: When they are over; on the next day if that isn't later.
        zone: The name of their time zone.
        days: The days of the week on which they begin, from 0, Monday; none mean all.

    """

    begin: time
    end: time
    zone: str
    days: tuple[int, ...] = ()


class EventKind(StrEnum):
    """What happened."""

    NEW = "new"
    CHANGE = "change"
    GONE = "gone"
    RAISED = "raised"
    CLEARED = "cleared"
    REPORT = "report"
    FIRST_LOOK = "first-look"
    NOTICE = "notice"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Change:
    """
    A field of an item whose value changed.

    Attributes:
        field: Its name, as in rules.
        before: The old value; None if the tracker didn't return it.
        after: The new value.

    """

    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Event:
    """
    Something that targets are notified of.

    Attributes:
        key: Identifies the event for ever; equal keys are the same event.
        kind: What happened.
        watch: The watch that found it; empty for notices.
        at: When it was found.
        title: The headline, one line.
        text: The body in plain words; may be empty.
        items: The items that it is about, at least one: the formats of one data set for `new`, the
            newest matching ones for `first-look`, a stand-in of kind `notice` for a notice, all of
            those of its events for a digest.
        why: The conditions that held, for people.
        changes: The changed fields, for `change`.
        urgent: Whether it is delivered in quiet hours, too.
        events: The events of a digest, grouped by watch, the most important first.
        also: Further watches that found the same upload, and whose messages this one replaces.
        request: The id of the look that found it, as in the log; empty if none did.

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
    events: tuple[Event, ...] = ()
    also: tuple[str, ...] = ()
    request: str = field(default="", compare=False)

    @property
    def item(self) -> Item:
        """The first of its items."""
        return self.items[0]


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    One event to one target.

    Attributes:
        event: The event.
        target: The name of the target.
        attempt: The number of this attempt, from 1.
        parts_sent: How many parts of the message earlier attempts have sent, as they recorded with
            `Context.record_parts`.
        first_target: The name that the target had before it was renamed; empty if it was not.
        is_test: Whether it is a message of `gazelled target test`.

    """

    event: Event
    target: str
    attempt: int = 1
    parts_sent: int = 0
    first_target: str = ""
    is_test: bool = False

    @property
    def key(self) -> str:
        """Identifies the delivery: the same on every attempt."""
        return f"{self.event.key}@{self.target}"

    @property
    def id(self) -> str:
        """
        Its idempotency key, of 32 lower-case hexadecimal digits.

        It is the same on every attempt, also after the target was renamed.
        """
        return idempotency_key(self.event.key, self.first_target or self.target)


def idempotency_key(event: str, target: str) -> str:
    """Return the id of the delivery of an event to a target, by the event's key and its name."""
    key = f"{event}@{target}"
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
