"""What goes into the store and comes out of it, beside the domain's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gazelled.model import Delivery, Event


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
        events: What is worth telling, each with the names of its targets.
        gaps: Stretches that can't be recovered, as the ids around them.

    """

    stream: str
    add: Sequence[str] = ()
    forget: Sequence[str] = ()
    watermark: str = ""
    floor: str = ""
    begun: Sequence[str] = ()
    events: Sequence[tuple[Event, Sequence[str]]] = ()
    gaps: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """
    A delivery that is neither done nor given up.

    Attributes:
        delivery: The delivery, with the number of the try that comes next.
        first_at: When its event was found.

    """

    delivery: Delivery
    first_at: datetime
