"""When a delivery is tried again, and when never."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.delivery.retry import LIFETIME, LONGEST, hopeless, pause, pause_in_doubt


def test_pauses_double_up_to_an_hour() -> None:
    """The first pause is half a minute, each next one twice that, none above an hour."""
    assert [pause(each) for each in range(1, 10)] == [
        30,
        60,
        120,
        240,
        480,
        960,
        1920,
        3600,
        3600,
    ]


@pytest.mark.parametrize(
    ("after", "expected"),
    [(5.0, 5.0), (7200.0, 7200.0), (0.0, 1.0), (-5.0, 1.0), (math.inf, LIFETIME), (math.nan, 60.0)],
)
def test_what_the_target_asks_for_is_honoured(after: float, expected: float) -> None:
    """A target says how long to wait; what makes no sense is brought to what does."""
    assert pause(2, after) == expected


@given(st.integers(min_value=1))
def test_no_number_of_tries_is_too_many(attempt: int) -> None:
    """A pause is always between half a minute and an hour."""
    assert 30 <= pause_in_doubt(attempt) <= pause(attempt) <= LONGEST


@pytest.mark.parametrize(
    ("age", "failures", "expected"),
    [(LIFETIME, 10, True), (LIFETIME - 1, 1000, False), (LIFETIME * 2, 9, False)],
)
def test_giving_up_takes_a_week_and_ten_failures(
    age: float, failures: int, *, expected: bool
) -> None:
    """Neither age alone nor failures alone end a delivery."""
    assert hopeless(age, failures) == expected
