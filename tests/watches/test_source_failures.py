"""Which sources fail, and since when."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gazelled.clock import Clock
from gazelled.errors import BadAnswer
from gazelled.model import StreamId
from gazelled.store import Store
from gazelled.watches.findings import Trouble
from gazelled.watches.source_failures import SourceFailures


class _Passing(Clock):
    """A clock that is another one at each look."""

    looks = 0

    def now(self) -> datetime:
        self.looks += 1
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.looks)


async def test_two_failures_at_once_are_one(tmp_path: Path) -> None:
    """A scheduled look and one of a person's fail together: since one moment, so one notice."""
    reported: list[Trouble] = []

    async def report(trouble: Trouble) -> None:
        reported.append(trouble)

    async with await Store.open(tmp_path) as store:
        failures = SourceFailures(store, _Passing(), report)
        source = StreamId("browse")
        await asyncio.gather(
            *(failures.failed(source, ("yeast",), BadAnswer("no JSON")) for _ in range(3))
        )
    assert len({trouble.since for trouble in reported}) == 1
    assert len(reported) == 3
