"""Compares every answer with its model, beside those who wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import tzinfo
from typing import Self

import structlog

from gazelled.errors import BadAnswer
from gazelled.model import Answer
from gazelled.tracker.decoding.drift import Drifts
from gazelled.tracker.decoding.reading import By, Drift
from gazelled.tracker.decoding.schema import decode_as
from gazelled.tracker.key_values import KeyValues, load_json, save_json
from gazelled.tracker.sites.dialect import GAZELLE, Dialect

log = structlog.stdlib.get_logger(__name__)

MOST_WAITING = 20
_KEY = "drifts"


class DriftMonitor:
    """
    Reports once what is new, missing or odd in the answers of an action.

    `report` is awaited with the action and what wasn't reported yet.
    """

    def __init__(
        self,
        zone: tzinfo,
        by: By,
        store: KeyValues,
        report: Callable[[str, Sequence[Drift]], Awaitable[None]],
        dialect: Dialect = GAZELLE,
    ) -> None:
        self._zone = zone
        self._by = by
        self._store = store
        self._report = report
        self._dialect = dialect
        self._differences: list[tuple[str, Sequence[Drift]]] = []
        self._drifts = Drifts(lambda *difference: self._differences.append(difference))
        self._answers: asyncio.Queue[Answer | None] = asyncio.Queue(MOST_WAITING)

    def see(self, answer: Answer) -> None:
        """Take an answer to look at; never waits: when there are too many, it isn't looked at."""
        action = self._dialect.action(answer.call.action)
        if action and not action.changes and not self._answers.full():
            self._answers.put_nowait(answer)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Look at answers while the context lasts; those that came are looked at before its end."""
        task = asyncio.create_task(self._run(), name="schema drift")
        try:
            yield self
        finally:
            await self._answers.put(None)
            await task

    async def _run(self) -> None:
        while answer := await self._answers.get():
            try:
                await self._look(answer)
            except Exception:
                log.exception("drift_check.crashed", action=answer.call.action)

    async def _look(self, answer: Answer) -> None:
        name = answer.call.action
        try:
            drift = await asyncio.to_thread(self._drift, answer)
        except BadAnswer as problem:
            log.info("answer.decode_failed", action=name, reason=str(problem))
            return
        self._drifts.note(name, drift)
        while self._differences:
            await self._report_new(*self._differences.pop())

    def _drift(self, answer: Answer) -> Sequence[Drift]:
        """Return how an answer differs from its model; it takes some milliseconds."""
        model = self._dialect.model(answer.call.action, dict(answer.call.params))
        return decode_as(model, answer.payload, zone=self._zone, by=self._by).drift

    async def _report_new(self, action: str, drift: Sequence[Drift]) -> None:
        reported = await load_json(self._store, _KEY, dict) or {}
        earlier = {*reported.get(action, [])}
        new = {f"{difference.kind} {difference.path}": difference for difference in drift}
        new = {name: difference for name, difference in new.items() if name not in earlier}
        if new:
            reported[action] = sorted(earlier | new.keys())
            # Reported first: after a kill in between it is reported once more, not never.
            await self._report(action, [*new.values()])
            await save_json(self._store, _KEY, reported)
