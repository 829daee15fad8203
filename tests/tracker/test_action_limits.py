"""Limits of single actions over one count."""

from __future__ import annotations

import math
import random

import pytest

from gazelled.clock import Clock
from gazelled.testing.site.limiter import Limiter
from gazelled.tracker.sites.profiles import PROFILES
from gazelled.tracker.transport.action_limits import ActionLimits

LIMITS = {"news": (2, 60.0), "found": (3, 20.0)}


class HandClock(Clock):
    """A clock that is set by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands still."""
    return HandClock()


@pytest.fixture
def limits(clock: HandClock) -> ActionLimits:
    """Limits of two actions; of others five in ten seconds."""
    return ActionLimits(clock, LIMITS, requests=5, per=10.0)


def ask(limits: ActionLimits, action: str, after: float = 1.0) -> None:
    """Send a request that is answered at once."""
    window = limits.begin(action)
    assert window
    limits.end(window, after)


def test_an_action_waits_for_its_own_number(limits: ActionLimits, clock: HandClock) -> None:
    """The third of two waits until the window of the first has ended, others do not."""
    ask(limits, "news")
    clock.seconds += 5
    assert limits.wait("news") == 0
    ask(limits, "news")
    assert limits.wait("news") == 55
    assert limits.wait("other") == 0
    clock.seconds += 55
    assert limits.wait("news") == 0


def test_all_count_together(limits: ActionLimits, clock: HandClock) -> None:
    """In a long window that another action opened there is room for as many as one's own limit."""
    ask(limits, "news")
    for _ in range(4):
        assert limits.wait("other") == 0
        ask(limits, "other")
    assert limits.wait("other") == 60
    assert limits.wait("found") == 60
    clock.seconds += 60
    assert limits.wait("found") == 0


def test_what_is_under_way_counts_without_an_end(limits: ActionLimits) -> None:
    """Until its answer it isn't known when the window ends; a lost one counts longer."""
    first, second = limits.begin("news"), limits.begin("news")
    assert math.isinf(limits.wait("news"))
    assert first
    assert second
    limits.end(first, 1)
    limits.end(second, 2)
    assert limits.wait("news") == 60
    assert limits.longest == 60


def test_without_limits_nothing_is_counted(clock: HandClock) -> None:
    """The limit of the site is kept elsewhere."""
    limits = ActionLimits(clock, {}, requests=1, per=6.0)
    assert limits.begin("news") is None
    assert (limits.wait("news"), limits.longest) == (0, 0)


@pytest.mark.parametrize("seed", range(20))
def test_a_site_that_counts_so_refuses_nothing(clock: HandClock, seed: int) -> None:
    """Whatever is asked in which order, and however long requests and answers take."""
    profile = PROFILES["orpheus"]
    dice = random.Random(seed)  # noqa: S311 - nothing is secret
    site = Limiter(
        clock.monotonic, per=profile.per, allowed=profile.requests, limits=profile.limits
    )
    limits = ActionLimits(clock, profile.limits, requests=profile.requests, per=profile.per)
    actions = [*profile.limits, "browse", "index", "torrent"]
    for _ in range(400):
        action = dice.choice(actions)
        clock.seconds += limits.wait(action)
        window = limits.begin(action)
        assert window
        clock.seconds += dice.choice([0.0, 0.1, 3.0])
        assert site.admit(1, action)
        clock.seconds += dice.choice([0.0, 0.2, 5.0, 40.0]) * dice.random()
        limits.end(window, 1)
