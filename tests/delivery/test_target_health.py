"""The health of targets survives being written."""

from __future__ import annotations

from datetime import UTC, datetime

from gazelled.delivery.target_health import TargetHealth, dump, load

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_health_comes_back_as_it_was() -> None:
    """What is known of failing targets is read as it was written."""
    healths = {
        "phone": TargetHealth(datetime(2026, 3, 1, 12, 0, 0, 5, UTC), "busy ✋", 4, 1, told=True),
        "feed": TargetHealth(datetime(2026, 3, 1, tzinfo=UTC)),
        "sheet": TargetHealth(NOON, kills=2, killed_at=NOON),
    }

    assert load(dump(healths)) == healths


def test_health_of_an_earlier_release_is_read() -> None:
    """It knew no kills."""
    text = (
        '{"phone": {"since": "2026-03-01T12:00:00+00:00", "error": "busy", "failures": 4,'
        ' "lost": 0, "told": true}}'
    )
    assert load(text) == {"phone": TargetHealth(NOON, "busy", 4, told=True)}


def test_nothing_is_written_when_all_work() -> None:
    """No failing target, no record."""
    assert dump({}) is None
    assert load(None) == {}
