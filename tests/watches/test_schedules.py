"""When a watch is due."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.watches.keys.schedules import (
    At,
    Cron,
    Every,
    Schedule,
    closest,
    parse_cron,
    parse_every,
)


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("15m", Every(900)),
        ("1d", Every(86400)),
        ("daily 08:00", At((), 8, 0, "UTC")),
        ("Mon 8:05", At((0,), 8, 5, "UTC")),
        ("mon, thu 23:59", At((0, 3), 23, 59, "UTC")),
        ("mon thu 08:00", At((0, 3), 8, 0, "UTC")),
        ("monday - fri 08:00", At((0, 1, 2, 3, 4), 8, 0, "UTC")),
        ("sat-mon 08:00", At((0, 5, 6), 8, 0, "UTC")),
    ],
)
def test_reads_every(text: str, schedule: Schedule) -> None:
    """Intervals, times of day and days of the week are read as people write them."""
    assert parse_every(text, "UTC") == schedule


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected a duration or a time of day"),
        ("08:00", "expected a duration or a time of day"),
        ("daily 24:00", "24:00 is not a time of day"),
        ("mondy 08:00", 'did you mean "monday"'),
        ("mon,, 08:00", "is not a"),
    ],
)
def test_refuses_other_texts(text: str, sentence: str) -> None:
    """What isn't understood is told with what would be."""
    with pytest.raises(ValueError, match=sentence):
        parse_every(text, "UTC")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("0 7 * * 1-5", "0 7 * * mon,tue,wed,thu,fri"),
        ("*/20 * * * *", "0,20,40 * * * *"),
        ("0 0-12/6 1,15 jan-mar *", "0 0,6,12 1,15 1,2,3 *"),
        ("0 0 * * 0", "0 0 * * sun"),
        ("0 0 * * 7", "0 0 * * sun"),
        ("0 0 * * SAT-SUN", "0 0 * * sat,sun"),
    ],
)
def test_reads_cron(text: str, expression: str) -> None:
    """Ranges, steps and names become plain lists, and Sunday is 0 and 7 as in cron."""
    assert parse_cron(text, "UTC") == Cron(expression, "UTC")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0 7 * *", "not 4"),
        ("60 7 * * *", 'the minute "60" is out of range'),
        ("0 24 * * *", 'the hour "24" is out of range'),
        ("0 0 0 * *", 'the day "0" is out of range'),
        ("0 0 * foo *", 'unknown month "foo"'),
        ("0 0 * * 8", 'the weekday "8" is out of range'),
        ("5-1 0 * * *", "ends before it begins"),
        ("*/0 0 * * *", "never comes"),
        ("5/10 0 * * *", "isn't understood"),
        ("@daily", "not 1"),
        ("0 0 1, * *", "isn't understood"),
        ("0 0 30 2 *", "this day does not exist in these months"),
        ("0 0 1 * 1", "use one of them, or two watches"),
    ],
)
def test_refuses_other_crons(text: str, sentence: str) -> None:
    """What isn't understood, or never comes, is told with its place."""
    with pytest.raises(ValueError, match=sentence):
        parse_cron(text, "UTC")


@given(st.text(st.sampled_from("0123456789*-/, mon"), max_size=20))
def test_no_text_is_another_exception(text: str) -> None:
    """Any text is a schedule or a ValueError, nothing else."""
    for read in (parse_cron, parse_every):
        with suppress(ValueError):
            assert closest(read(text, "UTC")) > 0


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [
        (Every(60), 60),
        (At((), 8, 0, "UTC"), 86400),
        (At((0,), 8, 0, "UTC"), 7 * 86400),
        (At((0, 2, 3), 8, 0, "UTC"), 86400),
        (Cron("* * * * *", "UTC"), 60),
        (Cron("0,50 * * * *", "UTC"), 600),
        (Cron("0,50 7,20 * * mon", "UTC"), 3000),
        (Cron("0 7 * * *", "UTC"), 86400),
    ],
)
def test_knows_the_closest_runs(schedule: Schedule, seconds: float) -> None:
    """The least time between two runs is what the floor is compared with."""
    assert closest(schedule) == seconds
