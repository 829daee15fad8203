"""The health of targets survives being written."""

from __future__ import annotations

from datetime import UTC, datetime

from gazelled.delivery.health import Health, dump, load


def test_health_comes_back_as_it_was() -> None:
    """What is known of failing targets is read as it was written."""
    healths = {
        "phone": Health(datetime(2026, 3, 1, 12, 0, 0, 5, UTC), "busy ✋", 4, 1, told=True),
        "feed": Health(datetime(2026, 3, 1, tzinfo=UTC)),
    }

    assert load(dump(healths)) == healths


def test_nothing_is_written_when_all_work() -> None:
    """No failing target, no record."""
    assert dump({}) is None
    assert load(None) == {}
