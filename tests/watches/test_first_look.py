"""What a first look tells."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gazelled.model import FirstLook
from gazelled.watches.keys.first_look import parse_first


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("baseline", FirstLook()),
        ("last:5", FirstLook(last=5)),
        ("last: 20", FirstLook(last=20)),
        ("since:2026-01-01", FirstLook(since=datetime(2025, 12, 31, 23, tzinfo=UTC))),
    ],
)
def test_reads_what_is_told(text: str, first: FirstLook) -> None:
    """Nothing, some of the newest, or what appeared since a day of the zone."""
    assert parse_first(text, "Europe/Berlin") == first


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("all", 'expected "baseline", "last:5" or "since:2026-01-01"'),
        ("last:-1", "expected"),
        ("last:0", 'last:0 reports nothing; that is "baseline"'),
        ("since:yesterday", "expected"),
        ("since:2026-02-30", "2026-02-30 is not a"),
        ("since:0001-01-01", "0001-01-01 is not a"),
    ],
)
def test_says_what_is_wrong(text: str, reason: str) -> None:
    """What isn't understood is a sentence that says what was wanted."""
    with pytest.raises(ValueError, match=f"^{reason}"):
        parse_first(text, "Asia/Tokyo")
