"""A clock that a test moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gazelled.clock import Clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class HandClock(Clock):
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        super().__init__(start=NOON)
        self.moment = NOON

    def now(self) -> datetime:
        """Return the time it was moved to."""
        return self.moment

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)
