"""How often schedules make something due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gazelled.planning.planner import frequency_of
from gazelled.watches.keys.schedules import At, Cron, Every, Schedule

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)  # a Monday
DAY = 86400


@pytest.mark.parametrize(
    ("schedules", "per_hour", "longest"),
    [
        ([Every(900)], 4.0, 900),
        ([Every(3600), Every(1800)], 2.0, 1800),
        ([At((), 18, 0, "UTC")], 1 / 24, DAY),
        ([At((0,), 8, 0, "UTC")], 1 / 168, 7 * DAY),
        ([Cron("0 7 * * mon,tue,wed,thu,fri", "UTC")], 5 / 168, 3 * DAY),
        ([At((0,), 8, 0, "UTC"), Every(DAY)], 8 / 168, DAY),
        ([Cron("0 0 29 2 *", "UTC")], 1 / 24 / 1461, 1461 * DAY),
    ],
)
def test_the_longest_wait_counts(
    schedules: list[Schedule], per_hour: float, longest: float
) -> None:
    """Weekends included, and the one that asks most often decides."""
    found = frequency_of(schedules, NOW)
    assert found.per_hour == pytest.approx(per_hour, rel=0.2)
    assert found.longest == longest
