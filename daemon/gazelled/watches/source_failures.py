"""Which sources can't be asked or read, remembered so that each failure is reported once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from gazelled.clock import Clock
from gazelled.errors import BadAnswer, GazelledError
from gazelled.model import StreamId
from gazelled.store import JsonRecords, Store
from gazelled.text import shortened
from gazelled.watches.findings import Trouble

log = structlog.stdlib.get_logger(__name__)

LONGEST_ERROR = 200


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """Why a source can't be asked or read; another type of error is another failure."""

    kind: str
    text: str
    since: datetime


class SourceFailures:
    """
    What is wrong with sources.

    `report` is called when a source fails, and when that is over; after a crash once more.
    """

    def __init__(
        self, store: Store, clock: Clock, report: Callable[[Trouble], Awaitable[None]]
    ) -> None:
        self._records = JsonRecords(store, "trouble", SourceFailure)
        self._clock = clock
        self._report = report
        self._failing: set[str] | None = None
        self._noting = asyncio.Lock()

    async def of(self, source: StreamId) -> str:
        """Return what is wrong with a source; nothing when all is well."""
        failure = await self._records.get(source)
        return failure.text if failure else ""

    async def failing(self) -> Mapping[str, SourceFailure]:
        """Return what is wrong with all sources that fail, by their names."""
        failures = {name: await self._records.get(name) for name in await self._records.names()}
        return {name: failure for name, failure in failures.items() if failure}

    async def since(self, source: StreamId) -> datetime | None:
        """Return since when a source fails; None when all is well."""
        failure = await self._records.get(source)
        return failure.since if failure else None

    async def failed(
        self, source: StreamId, watches: tuple[str, ...], problem: GazelledError
    ) -> None:
        kind = type(problem).__name__
        log.warning("watch.failed", source=source, watches=watches, kind=kind, reason=str(problem))
        async with self._noting:  # a scheduled look and a person's may fail at the same moment
            before = await self._records.get(source)
            since = before.since if before and before.kind == kind else self._clock.now()
            # Noted before it is reported: a crash between the two reports it again as the same one.
            await self._records.set(source, SourceFailure(kind, str(problem), since))
        if self._failing is not None:
            self._failing.add(source)
        await self._report(Trouble(source, watches, problem, since))

    async def worked(self, source: StreamId, watches: tuple[str, ...]) -> None:
        """Note that a source was asked and read, so that what was wrong is over."""
        if self._failing is None:
            self._failing = await self._records.names()
        if source not in self._failing:
            return  # as nearly always: a thousand watches may ask
        if failure := await self._records.get(source):
            await self._report(Trouble(source, watches, None, failure.since, failure.kind))
            await self._records.set(source, None)
        self._failing.discard(source)


def crashed(error: Exception, raw: bytes) -> BadAnswer:
    """Return what a crash means for its source: the answer that it was about can't be processed."""
    text = shortened(" ".join(str(error).split()), LONGEST_ERROR)
    text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return BadAnswer(f"gazelled crashed while it processed the answer ({text}).", raw=raw)
