"""The limit of wrong tokens: who has sent too many has to wait."""

from __future__ import annotations

from gazelled.clock import Clock

MOST = 10
"""So many wrong tokens an address may send within `PERIOD`."""

PERIOD = 300.0
MOST_ADDRESSES = 1000


class LoginLimit:
    """Counts wrong tokens by the address that they come from."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wrong: dict[str, list[float]] = {}

    def wait(self, address: str) -> float:
        """Return the seconds until an address may try again; 0 if it may now."""
        times = self._recent(address)
        return times[0] + PERIOD - self._clock.monotonic() if len(times) >= MOST else 0.0

    def failed(self, address: str) -> None:
        """Count a wrong token."""
        times = [*self._recent(address), self._clock.monotonic()]
        self._wrong.pop(address, None)
        self._wrong[address] = times
        if len(self._wrong) > MOST_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]

    def _recent(self, address: str) -> list[float]:
        since = self._clock.monotonic() - PERIOD
        return [time for time in self._wrong.get(address, []) if time > since]
