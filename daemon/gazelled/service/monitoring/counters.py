"""What the daemon counts while it runs: a few additions at each request, event and delivery."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from gazelled.model import Event, Lane
from gazelled.plugin import DeliveryDone, DeliveryFailure
from gazelled.tracker.transport.call_queue import ServedCall

WAIT_BOUNDS = (0.1, 1.0, 6.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""Upper bounds in seconds: from no wait at all to an outage."""

GAP_BOUNDS = (0.001, 0.005, 0.01, 0.05, 0.1, 1.0, 10.0, 60.0, 600.0)
"""Upper bounds in seconds: from a slot that was awaited to one that nobody wanted."""

MOST_LABELS = 500
"""So many pairs of labels are counted by themselves; any further ones as `other`."""

OTHER = "other"


@dataclass(slots=True)
class Histogram:
    """
    How many values were at most as large as each of some bounds.

    Attributes:
        bounds: The bounds, ascending.
        counts: The values in each interval: up to the first bound, …, above the last one.
        total: The sum of all values.

    """

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds) + 1)

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@dataclass(slots=True)
class DaemonCounters:
    """
    Counts what happens, since the start.

    Attributes:
        requests: The requests, by action and outcome.
        waits: The seconds that calls waited for their slot, by lane.
        gaps: The seconds between the instant the limit allowed a request and its sending.
        events: The stored events, by watch and kind.
        attempts: The attempts at deliveries, by target and outcome.
        reloads: The reloads of the config, by outcome.

    """

    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    waits: dict[Lane, Histogram] = field(
        default_factory=lambda: {lane: Histogram(WAIT_BOUNDS) for lane in Lane}
    )
    gaps: Histogram = field(default_factory=lambda: Histogram(GAP_BOUNDS))
    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    attempts: Counter[tuple[str, str]] = field(default_factory=Counter)
    reloads: Counter[str] = field(default_factory=lambda: Counter(applied=0, failed=0))

    def served(self, served: ServedCall) -> None:
        """Count a request that was sent, and how it ended."""
        _count(self.requests, served.call.action, served.outcome)
        self.waits[served.call.lane].observe(served.waited)
        self.gaps.observe(served.gap)

    def event_stored(self, event: Event) -> None:
        """Count an event."""
        _count(self.events, event.watch, event.kind.value)

    def delivery_tried(self, outcome: DeliveryDone | DeliveryFailure) -> None:
        """Count an attempt at a delivery."""
        result = "done" if isinstance(outcome, DeliveryDone) else "failed"
        _count(self.attempts, outcome.delivery.target, result)


def _count(counter: Counter[tuple[str, str]], name: str, result: str) -> None:
    known = (name, result) in counter or len(counter) < MOST_LABELS
    counter[name if known else OTHER, result] += 1
