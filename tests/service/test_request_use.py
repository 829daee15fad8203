"""How much of the limit was used in each hour of the last day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from gazelled.clock import Clock
from gazelled.service.monitoring.request_use import HOURS, RequestUse
from gazelled.store import Store

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


class HandClock(Clock):
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        super().__init__(start=START)
        self.passed = timedelta()

    def now(self) -> datetime:
        return START + self.passed


async def test_requests_are_counted_by_the_hour_over_restarts(tmp_path: Path) -> None:
    """The hours of the last day are shown, also those without requests, and no older ones."""
    clock, sent = HandClock(), 0
    async with await Store.open(tmp_path) as store:
        async with RequestUse(store, clock, lambda: sent).running() as use:
            for hours in (0, 0, 1, 3):
                clock.passed = hours * HOUR
                sent += 2
                use.count()
        sent = 0
        async with RequestUse(store, clock, lambda: sent).running() as use:
            sent = 1
            use.count()
            day = use.last_day()
            assert len(day) == HOURS + 1
            assert {hour.at: hour.sent for hour in day if hour.sent} == {
                datetime(2026, 3, 2, 9, tzinfo=UTC): 4,
                datetime(2026, 3, 2, 10, tzinfo=UTC): 2,
                datetime(2026, 3, 2, 12, tzinfo=UTC): 3,
            }
            assert day[-1].at == datetime(2026, 3, 2, 12, tzinfo=UTC)
            clock.passed = timedelta(hours=HOURS + 2)
            assert [hour.sent for hour in use.last_day() if hour.sent] == [3]
            sent = 2
            use.count()
        stored = await store.get_kv("requests by hour")
    assert stored is not None
    assert stored.count(":") == 2  # what is older than a day is gone


async def test_a_state_that_cannot_be_read_means_no_requests(tmp_path: Path) -> None:
    """A figure is not worth an error at the start."""
    async with await Store.open(tmp_path) as store:
        await store.set_kv("requests by hour", "[7]")
        async with RequestUse(store, HandClock(), lambda: 0).running() as use:
            assert not any(hour.sent for hour in use.last_day())
        assert await store.get_kv("requests by hour") == "[7]"  # nothing was sent: nothing to write
