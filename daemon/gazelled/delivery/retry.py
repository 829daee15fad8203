"""When a delivery is tried again, and when never."""

from __future__ import annotations

import math

FIRST = 30.0
LONGEST = 3600.0
SHORTEST = 1.0
LIFETIME = 7 * 86400.0
FAILURES = 10
TOLD = 3
"""A target that failed so often in a row is reported."""
TOLD_OF_FAULT = 2
"""One at fault is reported earlier, and at once if the next try is as far away as `LONG`."""
LONG = 300.0
ASIDE = 3
"""A delivery that failed so often for a reason of its own lets those behind it go on."""
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


def pause_in_doubt(rounds: int) -> float:
    """
    Return how many seconds to wait after a round in which two deliveries failed, numbered from 1.

    It grows slower than after the failures of one: several in a row that can never arrive look like
    a target that is down, and each takes three rounds to step aside.
    """
    return min(FIRST * 1.4 ** min(rounds - 1, 20), LONGEST)


def pause_after_kill(kills: int) -> float:
    """Return how many seconds to wait after the process was killed during a delivery."""
    return min(15.0 * 2.0 ** min(kills - 1, 10), LONGEST)


def hopeless(age: float, failures: int) -> bool:
    """
    Return whether to give a failed delivery up, by how often and for how long it has failed.

    Only failures of its own count, and the seconds since the first of them: age alone says little
    after a fortnight of being switched off, and nothing while the target itself was at fault.
    """
    return age >= LIFETIME and failures >= FAILURES
