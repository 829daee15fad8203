"""
Limits of single actions, over one count that all requests of a user share.

The request that finds no window opens one, which lasts as long as the limit of its action says,
and each action is refused from its own number of requests in that window on. So counts Orpheus.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gazelled.clock import Clock

Limits = Mapping[str, tuple[int, float]]
"""For each action, the number of requests and the seconds of its window."""


@dataclass(eq=False, slots=True)
class Window:
    """A window that a request may have opened, `per` seconds long."""

    per: float
    ends: float = math.inf


class ActionLimits:
    """
    Knows when a request of an action may be sent.

    Which request opened the tracker's window can't be known, so each is taken for one that did: a
    request is sent once there is room for it in the window of every earlier one.

    Args:
        limits: Those of single actions; without any, nothing has to wait here.
        requests: The limit of every other action.
        per: In seconds.

    """

    def __init__(self, clock: Clock, limits: Limits, *, requests: int, per: float) -> None:
        self._clock = clock
        self._limits = limits
        self._other = (requests, per)
        self._windows: list[Window] = []

    @property
    def longest(self) -> float:
        """The longest window, in seconds; 0 without limits."""
        return max((per for _, per in self._limits.values()), default=0.0)

    def wait(self, action: str) -> float:
        """Return the seconds until a request may be sent; infinite while that isn't known."""
        now = self._clock.monotonic()
        while self._windows and self._windows[0].ends <= now:
            del self._windows[0]
        allowed, _ = self._limits.get(action, self._other)
        full = self._windows[: max(len(self._windows) - allowed + 1, 0)]
        return max((window.ends - now for window in full), default=0.0)

    def begin(self, action: str) -> Window | None:
        """Count a request that is sent now; its window ends some time after its answer."""
        if not self._limits:
            return None
        window = Window(self._limits.get(action, self._other)[1])
        self._windows.append(window)
        return window

    def end(self, window: Window, after: float) -> None:
        """Let a window end after a multiple of its length from now; at once if nothing was sent."""
        window.ends = self._clock.monotonic() + after * window.per
