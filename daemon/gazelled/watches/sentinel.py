"""The sentinel: one request that names what is new, so that much else need not be asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from gazelled.clock import Clock
from gazelled.errors import BadAnswer, RequestRefused, TrackerUnavailable
from gazelled.model import Answer, Call, Lane, StreamId
from gazelled.store import JsonRecords, Store
from gazelled.watches.watch import Watch

log = structlog.stdlib.get_logger(__name__)

SENTINEL = "get_user_notifications"
"""The action that names news, blog and messages which are new; by itself a source, too."""

ANYWAY = timedelta(days=1)
FRESH = timedelta(minutes=15)
"""How long an answer of the sentinel serves all sources, each of them once."""
TOGETHER = timedelta(minutes=1)
"""Answers that come so soon after each other serve the same looks."""


def heralded(sources: Mapping[StreamId, Sequence[Watch]]) -> frozenset[StreamId]:
    """
    Return the sources that are asked only when the sentinel names something new, or once a day.

    One that serves more than what is new must be asked each time. With a single one to ask, the
    sentinel would save nothing.
    """
    named = {
        name
        for name, watches in sources.items()
        if all(
            watch.kind.news_only and watch.listing and watch.listing.announced_by
            for watch in watches
        )
    }
    return frozenset(named if len(named | (sources.keys() & {SENTINEL})) > 1 else ())


@dataclass(frozen=True, slots=True)
class Named:
    """The entries about a source that the sentinel named when it was asked, by their type."""

    at: datetime
    named: dict[str, Any]

    def covers(self, named: Mapping[str, Any]) -> bool:
        """Return whether nothing is named that may be about something else than these entries."""
        # The entry on messages has no id, so that it may be about new ones at any time.
        return all(
            entry == self.named.get(kind) and not (isinstance(entry, dict) and not entry.get("id"))
            for kind, entry in named.items()
        )


class Sentinel:
    """Finds out whether a source needs to be asked."""

    def __init__(
        self, ask: Callable[[Call], Awaitable[Answer]], store: Store, clock: Clock
    ) -> None:
        self._ask = ask
        self._records = JsonRecords(store, "heralded", Named)
        self._clock = clock
        self._entries: Mapping[str, object] | None = None
        self._answer: Answer | None = None
        self._at: datetime | None = None
        self._served: set[str] = set()
        self._asking = asyncio.Lock()

    async def share(self, call: Call) -> Answer:
        """Return what is asked; each answer of the sentinel serves each of its watches once."""
        if call.key != (SENTINEL, ()):
            return await self._ask(call)
        answer = self._answer
        if answer is None or not self._is_fresh or SENTINEL in self._served:
            answer = await self._ask(call)
            self._learn(answer)
        self._served.add(SENTINEL)
        return answer

    def forget(self) -> None:
        """Let nobody have the answer that is there: a person wants to know how it is now."""
        self._at = None

    async def news_for(
        self, source: StreamId, announced_by: tuple[str, ...], lane: Lane
    ) -> Named | None:
        """
        Return what to remember with `asked` once a source was asked; None if it needn't be.

        `announced_by` are the types of notifications that are about it.
        """
        async with self._asking:  # those that are due together share an answer
            entries = await self._serve(source, lane)
        now = self._clock.now()
        named = {kind: entries[kind] for kind in announced_by if kind in entries} if entries else {}
        before = await self._records.get(source)
        recent = before and before.at <= now < before.at + ANYWAY
        if entries is None or before is None or not recent or not before.covers(named):
            return Named(now, named)
        if before.named != named:  # what was read may be named with the same words again
            await self._records.set(source, Named(before.at, named))
        return None

    async def asked(self, source: StreamId, named: Named) -> None:
        """Remember that a source was asked, since the sentinel named this."""
        await self._records.set(source, named)

    async def _serve(self, source: StreamId, lane: Lane) -> Mapping[str, object] | None:
        """Return what there is, not the same answer twice; None if the sentinel doesn't know it."""
        if not self._is_fresh or source in self._served:
            try:
                self._learn(await self._ask(Call(SENTINEL, (), lane, dispensable=True)))
            except (RequestRefused, BadAnswer, TrackerUnavailable) as problem:
                if isinstance(problem, TrackerUnavailable) and not problem.action:
                    raise  # the sources could not be asked either
                log.warning("sentinel.failed", reason=str(problem))
                self._learn(None)
        self._served.add(source)
        return self._entries

    @property
    def _is_fresh(self) -> bool:
        return self._at is not None and timedelta() <= self._clock.now() - self._at < FRESH

    def _learn(self, answer: Answer | None) -> None:
        now = self._clock.now()
        if self._at is None or not timedelta() <= now - self._at < TOGETHER:
            self._served.clear()  # else several asked at once, and all of them have been served
        self._answer = answer
        payload = answer.payload if answer else None
        without_any = payload == []  # else it is an object
        self._entries = {} if without_any else payload if isinstance(payload, dict) else None
        self._at = now
