"""QuietHours hours."""

from __future__ import annotations

from datetime import time

import pytest

from gazelled.config.checks.target_table import parse_quiet
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
    assert parse_quiet(text) == quiet


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("at night", 'expected two times of day, like "22:00-07:00 Europe/Berlin"'),
        ("22-7", "expected two times of day"),
        ("22:00-24:00", "24:00 is not a time of day"),
        ("22:00-7:60", "7:60 is not a time of day"),
        ("07:00-7:00", "it begins and ends at the same time"),
        ("22:00-07:00 Europe/Berlim", 'unknown time zone; did you mean "Europe/Berlin"?'),
    ],
)
def test_says_what_is_wrong(text: str, reason: str) -> None:
    """What isn't understood is a sentence that says what was wanted."""
    with pytest.raises(ValueError, match=f"^{reason}"):
        parse_quiet(text)
