"""What goes into the store and comes out of it, beside the domain's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gazelled.model import Delivery, Event, Item


@dataclass(frozen=True, slots=True)
class StreamState:
    """
    How far a stream has been seen.

    Attributes:
        name: The stream.
        watermark: How far back it has been seen without a hole; empty before the first look.
        floor: The lowest id seen above a hole that is still being closed; empty when there is none.
        begun: Whether any look at it has been committed.

    """

    name: str
    watermark: str = ""
    floor: str = ""
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """
    What a watch remembers of one thing: what its fields were, that it is raised.

    Attributes:
        watch: The watch.
        thing: What it is about.
        body: What is remembered; None forgets it.

    """

    watch: str
    thing: str
    body: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """
    All that one look at a stream changes; it is committed as a whole or not at all.

    Attributes:
        stream: The stream.
        add: Ids that are known from now on.
        forget: Ids that aren't known any more; `add` wins over it.
        watermark: Where the stream has been seen up to.
        floor: See `StreamState`.
        begun: The watches that have had their first look at the stream.
        above: The position above which all is new to these; the watermark when None.
        events: What is worth telling, each with the names of its targets.
        gaps: Stretches that can't be recovered, as the ids around them.
        at: When it was made; what is kept has this time.
        items: Items to keep for a while as they are, so that can be told why they fit or didn't.
        marks: What watches remember from now on.
        holes: Stretches of the stream that are still to be asked for, id by id, as the ids around
            them, the oldest first: all that there are from now on; None leaves them as they are.
        rules: The text of each watch's rule, by the watch's name; it is a new version if it isn't
            what it was.

    """

    stream: str
    add: Sequence[str] = ()
    forget: Sequence[str] = ()
    watermark: str = ""
    floor: str = ""
    begun: Sequence[str] = ()
    above: str | None = None
    events: Sequence[tuple[Event, Sequence[str]]] = ()
    gaps: Sequence[tuple[str, str]] = ()
    at: datetime | None = None
    items: Sequence[Item] = ()
    marks: Sequence[Mark] = ()
    holes: Sequence[tuple[int, int]] | None = None
    rules: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """
    A delivery that is neither done nor given up.

    Attributes:
        delivery: The delivery, with the number of the try that comes next.
        first_at: When its event was found.
        due_at: When it may be tried.
        kills: How often in a row the process was killed while it was under way.

    """

    delivery: Delivery
    first_at: datetime
    due_at: datetime
    kills: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """
    An item as it was seen.

    Attributes:
        stream: Where.
        item: The item.
        at: When it was decided on.

    """

    stream: str
    item: Item
    at: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A version of a watch's rule.

    Attributes:
        watch: The watch.
        text: The rule, as the watch gave it.
        since: When it was used first; it is valid until the next one is.

    """

    watch: str
    text: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """
    What became of a delivery.

    Attributes:
        target: Where it goes.
        state: Whether it is `pending`, `done` or `given-up`.
        tries: How often it was tried.
        due_at: When it is tried again; None when that is at once or never.
        settled_at: When it was done or given up.
        error: What went wrong at the last try that failed.

    """

    target: str
    state: str
    tries: int
    due_at: datetime | None
    settled_at: datetime | None
    error: str
