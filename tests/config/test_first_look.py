"""What a first look tells."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gazelled.config.first_look import parse_first
from gazelled.config.model import First


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("baseline", First()),
        ("last:5", First(last=5)),
        ("last: 20", First(last=20)),
        ("since:2026-01-01", First(since=datetime(2025, 12, 31, 23, tzinfo=UTC))),
    ],
)
def test_reads_what_is_told(text: str, first: First) -> None:
    """Nothing, some of the newest, or what appeared since a day of the zone."""
    assert parse_first(text, "Europe/Berlin") == first


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("all", 'wanted "baseline", "last:5" or "since:2026-01-01"'),
        ("last:-1", "wanted"),
        ("last:0", 'last:0 tells nothing; that is "baseline"'),
        ("since:yesterday", "wanted"),
        ("since:2026-02-30", "2026-02-30 is no day"),
        ("since:0001-01-01", "0001-01-01 is no day"),
    ],
)
def test_says_what_is_wrong(text: str, reason: str) -> None:
    """What isn't understood is a sentence that says what was wanted."""
    with pytest.raises(ValueError, match=f"^{reason}"):
        parse_first(text, "Asia/Tokyo")
