"""`max`: what was sent counts in a period back from now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.config.checks.target_policy import parse_limit
from gazelled.delivery.limit import DeliveryLimit, SentMessages

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("10/h", DeliveryLimit(10, 3600)),
        ("20/hour", DeliveryLimit(20, 3600)),
        ("5/day", DeliveryLimit(5, 86_400)),
        ("5/d", DeliveryLimit(5, 86_400)),
        (" 30 / Week ", DeliveryLimit(30, 604_800)),
        ("30/w", DeliveryLimit(30, 604_800)),
        ("", None),
    ],
)
def test_reads_a_number_for_a_period(text: str, limit: DeliveryLimit | None) -> None:
    """Units are words or letters."""
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["5", "0/day", "-1/h", "5/minute", "5/m", "1.5/h", "five/day"])
def test_says_what_it_expected(text: str) -> None:
    """What isn't understood is a sentence with an example."""
    with pytest.raises(ValueError, match=r"^expected a number for a period"):
        parse_limit(text)


def test_what_is_beyond_waits_until_the_oldest_leaves_the_period() -> None:
    """No hour on the clock begins anew: it is the last one, whenever that is."""
    sent = SentMessages(DeliveryLimit(2, 3600))
    free = [sent.free_from(NOON)]
    for minutes in (0, 50):
        sent.add(NOON + timedelta(minutes=minutes), 1)
        free.append(sent.free_from(NOON + timedelta(minutes=minutes)))
    free.append(sent.free_from(NOON + HOUR))
    assert free == [None, None, NOON + HOUR, None]


def test_what_needs_more_than_there_is_goes_alone() -> None:
    """A message of more units than the limit has is sent once nothing else is in the period."""
    sent = SentMessages(DeliveryLimit(2, 3600))
    sent.add(NOON, 1)
    assert sent.free_from(NOON, 5) == NOON + HOUR
    assert sent.free_from(NOON + HOUR, 5) is None
    assert sent.free_from(NOON, 0) is None


def test_a_wall_clock_that_is_set_back_costs_one_period_at_most() -> None:
    """What was sent in the future was sent now."""
    sent = SentMessages(DeliveryLimit(1, 3600))
    sent.add(NOON + timedelta(days=365), 1)
    sent.rebase(NOON)
    assert sent.free_from(NOON) == NOON + HOUR
    assert sent.free_from(NOON + HOUR) is None


@given(
    most=st.integers(1, 5),
    steps=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 3)), max_size=30),
    units=st.integers(0, 7),
)
def test_no_period_ever_has_more_than_the_limit(
    most: int, steps: list[tuple[int, int]], units: int
) -> None:
    """Whenever something is sent as soon as it may be, the last hour holds no more than that."""
    sent, now = SentMessages(DeliveryLimit(most, 3600)), NOON
    log: list[tuple[datetime, int]] = []
    for minutes, size in [*steps, (0, units)]:
        now += timedelta(minutes=minutes)
        free = sent.free_from(now, size)
        assert free is None or now < free <= now + HOUR
        now = free or now
        within = [number for at, number in log if at > now - HOUR]
        assert sum(within) + size <= most or not any(within) or not size
        sent.add(now, size)
        log.append((now, size))
