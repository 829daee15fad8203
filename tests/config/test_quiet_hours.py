"""Quiet hours: which texts are understood, and what is said of the others."""

from __future__ import annotations

from datetime import time

import pytest

from gazelled.config.checks.target_policy import parse_quiet
from gazelled.model import QuietHours


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("22:00-07:00 Europe/Berlin", QuietHours(time(22), time(7), "Europe/Berlin")),
        (" 9:30 - 17:00 ", QuietHours(time(9, 30), time(17), "UTC")),
    ],
)
def test_reads_times_and_zone(text: str, quiet: QuietHours) -> None:
    """Two times of day, across midnight or not, and a zone, which is UTC if it isn't there."""
    assert parse_quiet(text) == (quiet,)


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("Sat,Sun 00:00-24:00", QuietHours(time(), time(), "Asia/Tokyo", (5, 6))),
        ("mon-fri 22:00-07:00 UTC", QuietHours(time(22), time(7), "UTC", (0, 1, 2, 3, 4))),
        ("saturday, sunday 8:00 - 24:00", QuietHours(time(8), time(), "Asia/Tokyo", (5, 6))),
        ("fri - mon 22:00-07:00", QuietHours(time(22), time(7), "Asia/Tokyo", (0, 4, 5, 6))),
        ("daily 22:00-24:00", QuietHours(time(22), time(), "Asia/Tokyo")),
    ],
)
def test_reads_days_and_whole_days(text: str, quiet: QuietHours) -> None:
    """Days stand before the times, 24:00 ends a day, and the zone can be that of the target."""
    assert parse_quiet(text, "Asia/Tokyo") == (quiet,)


def test_reads_several_windows() -> None:
    """A list has a window in each text, each with its own zone or that of the target."""
    windows = parse_quiet(["22:00-07:00 Europe/Berlin", "sat 00:00-24:00"], "UTC")
    assert windows == (
        QuietHours(time(22), time(7), "Europe/Berlin"),
        QuietHours(time(), time(), "UTC", (5,)),
    )
    assert parse_quiet("") == parse_quiet([]) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("at night", 'expected two times of day, like "22:00-07:00 Europe/Berlin"'),
        ("22-7", "expected two times of day"),
        ("24:00-07:00", "24:00 is not a time of day"),
        ("22:00-24:30", "24:30 is not a time of day"),
        ("22:00-7:60", "7:60 is not a time of day"),
        ("07:00-7:00", "it begins and ends at the same time"),
        ("sut,sun 22:00-07:00", '"sut" is not a day; did you mean "su'),
        ("mon 22:00-07:00 Sun", "unknown time zone"),
        (["22:00-07:00", 3], "expected a text in quotes, like quiet = "),
        (22, "expected a text in quotes, like quiet = "),
        ("00:00-24:00", "these hours never end"),
        (["mon-fri 00:00-24:00", "sat-sun 00:00-24:00"], "these hours never end"),
        (["20:00-08:00", "08:00-20:00"], "these hours never end"),
        ("22:00-07:00 Europe/Berlim", 'unknown time zone; did you mean "Europe/Berlin"?'),
    ],
)
def test_says_what_is_wrong(text: object, reason: str) -> None:
    """What isn't understood is a sentence that says what was wanted."""
    with pytest.raises(ValueError, match=f"^{reason}"):
        parse_quiet(text)
