"""The simulated rate limit."""

from __future__ import annotations

import pytest

from gazelled.testing.site.limiter import Limiter


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.time


def admitted(limiter: Limiter, hands: Hands, times: list[float]) -> list[bool]:
    """Send a request of one user at each of these times."""
    told = []
    for hands.time in times:
        told.append(limiter.admit(2))
    return told


@pytest.mark.parametrize(
    ("allowed", "times", "expected"),
    [
        (2, [0, 0.1, 0.2, 5.9], [True, True, False, False]),
        (1, [0, 5.9, 6.0], [True, False, True]),
        (2, [0, 5.9, 6.0, 6.1, 6.2], [True, True, True, True, False]),
        (1, [0, 1, 2, 3, 4, 5, 6, 11.9, 12], [True, *[False] * 5, True, False, True]),
        (1, [0, 6, 12, 18], [True] * 4),
    ],
)
def test_window(allowed: int, times: list[float], expected: list[bool]) -> None:
    """The first request opens a window; refused ones neither count nor prolong it."""
    hands = Hands()
    assert admitted(Limiter(hands, per=6, allowed=allowed), hands, times) == expected


def test_users_do_not_share() -> None:
    """Each user has a window of their own."""
    limiter = Limiter(Hands(), per=6, allowed=1)
    assert [limiter.admit(2), limiter.admit(4), limiter.admit(2)] == [True, True, False]


def test_forgetting_frees() -> None:
    """After a restart of the cache everyone is free."""
    limiter = Limiter(Hands(), per=6, allowed=1)
    limiter.admit(2)
    limiter.forget()
    assert limiter.admit(2)


def test_limits_per_action() -> None:
    """All actions are counted together; who opens the window decides how long it is."""
    hands = Hands()
    limiter = Limiter(hands, per=10, allowed=5, limits={"announcements": (2, 60), "slow": (1, 60)})
    assert [limiter.admit(2, name) for name in ("announcements", "browse", "announcements")] == [
        True,
        True,
        False,
    ]
    assert limiter.admit(2, "browse")
    hands.time = 59
    assert [limiter.admit(2, "browse") for _ in range(3)] == [True, True, False]
    hands.time = 60
    assert limiter.admit(2, "slow")
    assert not limiter.admit(2, "slow")
