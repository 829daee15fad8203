"""What the plan says in words."""

from __future__ import annotations

from math import inf

import pytest

from gazelled.planning.plan import Plan, Planned, figures, freshness

PLANNED = Planned(("a",), "stats", None, 1, None, named=False, per_hour=2.0, fresh=1800.0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (6, "6s"),
        (119.6, "120s"),
        (900, "15m"),
        (3600, "1h"),
        (3606, "1h"),
        (3840, "1h 4m"),
        (86400, "1d"),
        (86700, "1d 5m"),
        (7 * 86400 + 3 * 3600 + 60, "7d 3h"),
        (inf, "never"),
    ],
)
def test_lengths_of_time_are_short(seconds: float, words: str) -> None:
    """Two units are enough."""
    assert freshness(seconds) == words


@pytest.mark.parametrize(
    ("pages", "details", "named", "cost"),
    [
        (1, None, False, "1"),
        (4, None, False, "4"),
        (1, 0.0, False, "1 + details"),
        (2, 0.25, False, "2 + 0.2 details"),
        (1, None, True, "when named, and daily"),
    ],
)
def test_the_cost_of_a_run_is_said(
    pages: int,
    details: float | None,
    named: bool,  # noqa: FBT001 - a test's parameter
    cost: str,
) -> None:
    """Pages, details, and that something is asked only when it must be."""
    planned = Planned(("a",), "x", None, pages, details, named=named, per_hour=1.0, fresh=1.0)
    assert planned.cost == cost


def test_the_load_is_said_against_the_share() -> None:
    """And without a limit there is no share."""
    plan = Plan((PLANNED, PLANNED), 60.0, 600.0, 0.1)
    assert figures(plan) == "4 of 60 requests an hour (share 10 % of 600)"
    assert not plan.over
    assert plan.part(PLANNED) == pytest.approx(1 / 30)
    assert Plan((PLANNED,), 1.9, 19.0, 0.1).over
    unlimited = Plan((PLANNED,), inf, inf, 0.1)
    assert figures(unlimited) == "2 requests an hour (the tracker has no limit)"
    assert not unlimited.over
