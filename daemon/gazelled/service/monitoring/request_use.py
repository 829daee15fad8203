"""How much of the limit was used in each hour of the last day, over restarts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gazelled.clock import Clock
from gazelled.errors import StateError
from gazelled.store import Store

_KEY = "requests by hour"
_HOUR = 3600
HOURS = 24
"""So many hours are kept, beside the current one."""


@dataclass(frozen=True, slots=True)
class HourOfRequests:
    """How many requests were sent in the hour that begins at a time, in UTC."""

    at: datetime
    sent: int


class RequestUse:
    """
    Counts the requests of each hour; the state gets them when an hour is over, and at the end.

    After a crash the requests of the hour under way are missing in it.

    Args:
        sent: Returns how many requests were sent since the start, whoever asked for them.

    """

    def __init__(self, store: Store, clock: Clock, sent: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._sent = sent
        self._counted = 0
        self._by_hour: dict[int, int] = {}
        self._writing: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RequestUse]:
        """Count, beginning with what earlier processes counted."""
        with suppress(ValueError, TypeError, AttributeError):
            stored = json.loads(await self._store.get_kv(_KEY) or "{}")
            self._by_hour = {int(hour): int(sent) for hour, sent in stored.items()}
        try:
            yield self
        finally:
            if self._writing:
                await asyncio.wait({self._writing})
            if self._counted:
                await self._write()

    def count(self) -> None:
        """Count what was sent since the last call; it is to be called after each request."""
        hour = int(self._clock.now().timestamp()) // _HOUR
        before, self._counted = self._counted, self._sent()
        new, is_later = self._counted - before, hour not in self._by_hour
        self._by_hour[hour] = self._by_hour.get(hour, 0) + new
        if is_later:
            self._by_hour = {
                one: sent for one, sent in self._by_hour.items() if hour - HOURS <= one <= hour
            }
            self._writing = asyncio.create_task(self._write(), name="requests by hour")

    def last_day(self) -> tuple[HourOfRequests, ...]:
        """Return the hours of the last day, the current one last, also those without requests."""
        current = int(self._clock.now().timestamp()) // _HOUR
        begin = datetime.fromtimestamp((current - HOURS) * _HOUR, UTC)
        return tuple(
            HourOfRequests(
                begin + timedelta(hours=number),
                self._by_hour.get(current - HOURS + number, 0),
            )
            for number in range(HOURS + 1)
        )

    async def _write(self) -> None:
        by_hour = {str(hour): sent for hour, sent in self._by_hour.items() if sent}
        with suppress(StateError):  # these figures are not worth an error
            await self._store.set_kv(_KEY, json.dumps(by_hour))
