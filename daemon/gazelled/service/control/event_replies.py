"""Replies about events and deliveries, which are part of the control protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PreviewReply:
    """
    A message as a target would send it.

    Attributes:
        event: The key of the event.
        at: When that was found.
        sample: Whether it is a sample.
        routed: Whether the watch sends to the target.

    """

    target: str
    plugin: str
    event: str
    kind: str
    at: datetime
    sample: bool
    routed: bool
    text: str


@dataclass(frozen=True, slots=True)
class EventsReply:
    """Some of the events, the oldest first, as docs/event-schema.md describes them."""

    events: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class TailReply:
    """The number up to which events have been seen, and the events up to that which are wanted."""

    number: int
    events: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryEntry:
    """
    A delivery; see `gazelled.store.DeliveryRow`.

    Attributes:
        id: Its idempotency key.
        problem: What is wrong with its target, while it is open.

    """

    key: str
    id: str
    event: str
    target: str
    watch: str
    kind: str
    title: str
    found_at: datetime
    state: str
    tries: int
    due: datetime | None
    settled: datetime | None
    held: str
    error: str
    parts: int
    into: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DeliveriesReply:
    """Some of the deliveries, in the order of writing."""

    deliveries: tuple[DeliveryEntry, ...]


@dataclass(frozen=True, slots=True)
class DeliveriesRetryReply:
    """How many deliveries are due now, and how many others were meant, by their states."""

    changed: int
    others: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DeliveriesDropReply:
    """How many deliveries were dropped, or would be, and how many others were meant."""

    changed: int
    others: Mapping[str, int]
