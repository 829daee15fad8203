"""The tracker's rate limit: a fixed window for each user, opened by their first request."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Limiter:
    """
    Count requests in windows.

    The first request of a user who is free opens a window of `per` seconds, in which `allowed`
    requests pass. A refused one neither counts nor prolongs the window.

    Other sites have limits for each action over that one count: the action that opens the
    window decides how long it is, and each action after how many requests it is refused.

    Args:
        monotonic: Tells the seconds that passed.
        per: How long a window lasts.
        allowed: How many requests pass in one: the tracker promises one and lets two through.
        limits: For each action with a limit of its own, how many pass in how many seconds.

    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        per: float,
        allowed: int,
        limits: Mapping[str, tuple[int, float]] | None = None,
    ) -> None:
        self.per = per
        self.allowed = allowed
        self.limits = dict(limits or {})
        self._monotonic = monotonic
        self._windows: dict[int, tuple[float, int]] = {}

    def admit(self, user_id: int, action: str = "") -> bool:
        """Count a request of a user, unless it must be refused."""
        now = self._monotonic()
        allowed, per = self.limits.get(action, (self.allowed, self.per))
        closes, count = self._windows.get(user_id, (now, 0))
        if now >= closes:
            closes, count = now + per, 0
        if count >= allowed:
            return False
        self._windows[user_id] = (closes, count + 1)
        return True

    def forget(self) -> None:
        """Free everyone, as a restart of the cache does."""
        self._windows.clear()
