"""The tracker's rate limit: a fixed window for each user, opened by their first request."""

from __future__ import annotations

from collections.abc import Callable


class Limiter:
    """
    Count requests in windows.

    The first request of a user who is free opens a window of `per` seconds, in which `allowed`
    requests pass. A refused one neither counts nor prolongs the window.

    Args:
        monotonic: Tells the seconds that passed.
        per: How long a window lasts.
        allowed: How many requests pass in one: the tracker promises one and lets two through.

    """

    def __init__(self, monotonic: Callable[[], float], *, per: float, allowed: int) -> None:
        self.per = per
        self.allowed = allowed
        self._monotonic = monotonic
        self._windows: dict[int, tuple[float, int]] = {}

    def admit(self, user_id: int) -> bool:
        """Count a request of a user, unless it must be refused."""
        now = self._monotonic()
        opened, count = self._windows.get(user_id, (now, 0))
        if now - opened >= self.per:
            opened, count = now, 0
        if count >= self.allowed:
            return False
        self._windows[user_id] = (opened, count + 1)
        return True

    def forget(self) -> None:
        """Free everyone, as a restart of the cache does."""
        self._windows.clear()
