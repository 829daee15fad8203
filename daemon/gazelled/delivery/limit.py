"""`max`: how many messages a target gets in a period, counted back from now."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class DeliveryLimit:
    """
    So many in a period of so many seconds, whenever it begins.

    What counts is a message, unless the plugin counts otherwise.
    """

    most: int
    seconds: float

    @property
    def period(self) -> timedelta:
        return timedelta(seconds=self.seconds)


class SentMessages:
    """Counts what was sent to one target in the period of its limit, in the order of sending."""

    def __init__(self, limit: DeliveryLimit) -> None:
        self._limit = limit
        self._sent: deque[tuple[datetime, int]] = deque()
        self._units = 0

    def add(self, at: datetime, units: int) -> None:
        """Count a message that was sent, as so many units of the limit."""
        if units:
            self._sent.append((at, units))
            self._units += units

    def rebase(self, now: datetime) -> None:
        """Let what was sent in the future count as sent now: the wall clock was set back."""
        self._sent = deque((min(at, now), units) for at, units in self._sent)

    def free_from(self, now: datetime, units: int = 1) -> datetime | None:
        """
        Return from when so many units more may be sent; None if that is now.

        What needs more units than the limit has is sent when nothing else was in the period.
        """
        while self._sent and self._sent[0][0] <= now - self._limit.period:
            self._units -= self._sent.popleft()[1]
        rest, until = self._units, None
        for at, sent in self._sent:
            if rest + units <= self._limit.most or not units:
                break
            rest, until = rest - sent, at + self._limit.period
        return until
