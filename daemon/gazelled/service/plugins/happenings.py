"""What plugins and open pages are shown of what the daemon does, as its parts report it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal, Self

from gazelled.clock import Clock
from gazelled.hooks import Bus
from gazelled.model import Call, Event
from gazelled.plugin import (
    DeliveryDone,
    DeliveryFailure,
    RequestFailure,
    StoredEvent,
    TrackerChange,
)
from gazelled.service.monitoring.counters import DaemonCounters
from gazelled.service.web.live.changes import Changes
from gazelled.store import Store
from gazelled.tracker.answers.health import HealthChange, TrackerState
from gazelled.tracker.answers.torrent_files import DOWNLOAD

_STATES: dict[TrackerState, Literal["up", "down", "stopped"]] = {
    TrackerState.BACK: "up",
    TrackerState.DOWN: "down",
    TrackerState.RESUMED: "up",
    TrackerState.STOPPED: "stopped",
}


class Happenings:
    """
    Shows plugins what happens, after it is on the disk; open pages that something did; counts it.

    Args:
        scrub: Takes secrets out of texts of the tracker.

    Attributes:
        changes: Where open pages learn of it.
        counters: What is counted of it.

    """

    def __init__(self, bus: Bus, clock: Clock, scrub: Callable[[str], str]) -> None:
        self._bus = bus
        self._clock = clock
        self._scrub = scrub
        self.changes = Changes()
        self.counters = DaemonCounters()

    @classmethod
    def of(cls, store: Store, bus: Bus, clock: Clock, scrub: Callable[[str], str]) -> Self:
        """Make one that shows the events of a store, too."""
        happenings = cls(bus, clock, scrub)
        store.outbox.on_stored = happenings.event_stored
        return happenings

    def request_failed(self, call: Call, error: str, seconds: float | None) -> None:
        """Show a request that failed, and that is sent again after some seconds, or isn't."""
        self.changes.announce("tracker", "watches")
        if call.form or call.action == DOWNLOAD:
            return  # neither is shown when it is answered
        now = self._clock.now()
        again = None if seconds is None else now + timedelta(seconds=seconds)
        self._bus.observers.request_failed(RequestFailure(call, self._scrub(error), now, again))

    def event_stored(self, event: Event, targets: Sequence[str]) -> None:
        """Show an event that was stored."""
        self.changes.announce("events", "watches", "deliveries")
        self.counters.event_stored(event)
        self._bus.observers.event_stored(StoredEvent(event, tuple(targets), self._clock.now()))

    def delivery_tried(self, outcome: DeliveryDone | DeliveryFailure) -> None:
        """Show how a try of a delivery ended."""
        self.changes.announce("deliveries", "targets")
        self.counters.delivery_tried(outcome)
        if isinstance(outcome, DeliveryDone):
            self._bus.observers.delivered(outcome)
        else:
            self._bus.observers.delivery_failed(outcome)

    def after(
        self, notify: Callable[[HealthChange], Awaitable[None]]
    ) -> Callable[[HealthChange], Awaitable[None]]:
        """Return what notifies people of a change of the tracker first, and then shows it."""

        async def changed(change: HealthChange) -> None:
            await notify(change)
            self.tracker_changed(change)

        return changed

    def tracker_changed(self, change: HealthChange) -> None:
        """Show a change of the tracker as a whole; one of an action alone is none."""
        state = None if change.action else _STATES.get(change.state)
        if state == "up":
            self._change("up", self._clock.now())
        elif state:
            self._change(state, change.since, self._scrub(change.text))

    def account_changed(self, taken: str, since: datetime) -> None:
        """Show that another process has the account, and why; nothing when this one has it."""
        self._change("elsewhere" if taken else "up", since, taken)

    def _change(
        self,
        state: Literal["up", "down", "stopped", "elsewhere"],
        since: datetime,
        reason: str = "",
    ) -> None:
        self.changes.announce("tracker")
        self._bus.observers.tracker_changed(TrackerChange(state, since, reason, self._clock.now()))
