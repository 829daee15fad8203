"""What `why`, `try` and `replay` find out: frozen data, for people, scripts and other programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gazelled.model import Change


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """A condition of a rule as the config has it, what the item has, and whether it holds."""

    asked: str
    has: str
    holds: bool | None  # None is unknown, here and in every verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule decides on an item, condition by condition, or why the rule can't be read."""

    verdict: bool | None
    clauses: tuple[ClauseResult, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """
    What became of a delivery.

    Its state is `waiting`, `held`, `sending`, `done`, `failed` (it is tried again) or `dead`;
    `held` is why it is held, and `into` the key of the event whose message is its message, too.
    """

    target: str
    state: str
    tries: int
    due: datetime | None
    settled: datetime | None
    error: str
    held: str = ""
    into: str = ""


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """What became of an event: its key, its kind, what changed, and its deliveries."""

    event: str
    kind: str
    title: str
    at: datetime
    changes: tuple[Change, ...]
    deliveries: tuple[DeliveryOutcome, ...]


@dataclass(frozen=True, slots=True)
class WatchVerdict:
    """
    What a watch decided on an item, and what it reported of it.

    Attributes:
        watch: The watch; empty for a notice.
        kind: Its kind; empty if it isn't in the config any more.
        verdict: As in `Judgement`, as are `clauses` and `problem`, by the rule of then.
        ruled: Since when that rule was valid; None if no rule of then is kept.
        note: Why nothing was reported of a match, if that is known.
        now: What the rule of now decides, if the rule was changed since.
        told: The events about the item.

    """

    watch: str
    kind: str
    verdict: bool | None = None
    clauses: tuple[ClauseResult, ...] = ()
    problem: str = ""
    ruled: datetime | None = None
    note: str = ""
    now: Judgement | None = None
    told: tuple[EventOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class SightedItem:
    """
    An item that was seen in a stream, as far as it is kept, and how many more watches there are.

    The stream is empty if it isn't known any more; the time is None if only its id is kept.
    """

    id: str
    kind: str
    title: str
    url: str
    stream: str
    at: datetime | None
    watches: tuple[WatchVerdict, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class NotSeen:
    """Why an item was not seen in a stream, and whose stream that is; empty for all streams."""

    stream: str
    watches: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    Why an item was reported or wasn't, or if it was seen nowhere, why.

    `rest` is how many more items the event is about.
    """

    item: str
    seen: tuple[SightedItem, ...]
    unseen: tuple[NotSeen, ...] = ()
    rest: int = 0


@dataclass(frozen=True, slots=True)
class TriedItem:
    """An item that a rule was tried on."""

    id: str
    title: str
    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MatchingItem(TriedItem):
    """An item that matches a rule, and why."""

    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """How many items a rule adds to those of the rule in use and drops of them; the newest ones."""

    adds: int
    added: tuple[TriedItem, ...]
    drops: int
    dropped: tuple[TriedItem, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What a rule would have reported.

    Attributes:
        items: How many items the rule was tried on, back to `since`.
        fit: How many match.
        unknown: How many may match, as something of them is unknown.
        messages: How many messages the matches would have been.
        shown: The newest matches.
        note: What is special about the items that it was tried on.
        asked: How many requests were sent.
        differs: The difference from the rule in use; None if there is no other one.

    """

    watch: str
    asks: str
    kind: str
    items: int
    since: datetime
    fit: int
    unknown: int
    messages: int
    per_day: float
    shown: tuple[MatchingItem, ...]
    note: str
    asked: int
    differs: RuleDifference | None


@dataclass(frozen=True, slots=True)
class ReplayedEvent:
    """An event that is sent again."""

    key: str
    kind: str
    title: str
    items: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Replay:
    """What is sent again to which targets, and how many events have been sent."""

    events: tuple[ReplayedEvent, ...]
    targets: tuple[str, ...]
    sent: int = 0
