"""The demo's time: it stands at nine in the morning until all is ready, then it runs fast."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from gazelled.clock import Clock

SPEED = 600.0
_BEGINS_AT = 9


class FastClock(Clock):
    """
    A clock on which an hour passes in six seconds, once it has begun.

    Args:
        speed: Seconds that pass here in one second of the world.
        start: The time of day it begins with; nine in the morning here when None.

    """

    def __init__(self, *, speed: float = SPEED, start: datetime | None = None) -> None:
        super().__init__(speed=speed, start=start or _nine_today())
        self._stands = True

    def begin(self) -> None:
        """Let time pass."""
        self._zero = time.monotonic()
        self._stands = False

    def monotonic(self) -> float:
        """Return the seconds since time began to pass."""
        return 0.0 if self._stands else super().monotonic()

    def on_show(self) -> str:
        """Return the time of day as the demo shows it."""
        return f"{self.now().astimezone():%H:%M}"


def _nine_today() -> datetime:
    here = datetime.now(UTC).astimezone()
    nine = here.replace(hour=_BEGINS_AT, minute=0, second=0, microsecond=0, tzinfo=None)
    return nine.astimezone(UTC)
