"""When a delivery is tried again, and when never."""

from __future__ import annotations

import math

FIRST = 30.0
LONGEST = 3600.0
SHORTEST = 1.0
LIFETIME = 7 * 86400.0
FAILURES = 10
TOLD = 3
KILLS_OF_ONE = 3
"""A delivery that was under way at so many kills in a row isn't tried any more."""
KILLS_OF_TARGET = 6
"""Nor is anything at a target that was under way at so many, whichever delivery it was."""


def pause(attempt: int, after: float | None = None) -> float:
    """
    Return how many seconds to wait after a failed attempt, numbered from 1.

    `after` is what the target asked for; it knows best, within reason.
    """
    if after is not None and not math.isnan(after):
        return min(max(after, SHORTEST), LIFETIME)
    # The exponent is bounded so that no number of tries overflows.
    return min(FIRST * 2.0 ** min(attempt - 1, 10), LONGEST)


def pause_after_kill(kills: int) -> float:
    """Return how many seconds to wait after the process was killed during a delivery."""
    return min(15.0 * 2.0 ** min(kills - 1, 10), LONGEST)


def hopeless(age: float, failures: int) -> bool:
    """
    Return whether to give a failed delivery up, by its age in seconds and failures in a row.

    Age alone isn't enough: after a fortnight of being switched off, the first failure says little.
    What waits behind a target that is long dead goes without further ado, though.
    """
    return age >= LIFETIME and failures >= FAILURES
