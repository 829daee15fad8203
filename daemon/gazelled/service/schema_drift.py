"""Compares every answer with its model, beside those who wait for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import tzinfo
from typing import TYPE_CHECKING

import structlog

from gazelled.errors import BadAnswer
from gazelled.model import Answer
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.decoding.drift import Drifts
from gazelled.tracker.login.auth import Memory

if TYPE_CHECKING:  # the models of all answers take a while: the first look at one loads them
    from gazelled.tracker.decoding.reading import By
    from gazelled.tracker.models import Drift

log = structlog.stdlib.get_logger(__name__)

MOST_WAITING = 20
_TOLD = "drifts"


class DriftMonitor:
    """
    Reports once what is new, missing or odd in the answers of an action.

    Args:
        zone: The zone of the site's times.
        by: How calls are authenticated.
        memory: Keeps what was told.
        tell: Told the action and what wasn't told yet.

    """

    def __init__(
        self,
        zone: tzinfo,
        by: By,
        memory: Memory,
        tell: Callable[[str, Sequence[Drift]], Awaitable[None]],
    ) -> None:
        self._zone = zone
        self._by = by
        self._memory = memory
        self._tell = tell
        self._found: list[tuple[str, Sequence[Drift]]] = []
        self._drifts = Drifts(lambda *found: self._found.append(found))
        self._answers: asyncio.Queue[Answer | None] = asyncio.Queue(MOST_WAITING)

    def see(self, answer: Answer) -> None:
        """Take an answer to look at; never waits: when there are too many, it isn't looked at."""
        action = ACTIONS.get(answer.call.action)
        if action and not action.changes and not self._answers.full():
            self._answers.put_nowait(answer)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look at answers while the context lasts; those that came are looked at before its end."""
        task = asyncio.create_task(self._run(), name="drifting")
        try:
            yield
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
            drift = await asyncio.to_thread(_drift, answer, self._zone, self._by)
        except BadAnswer as problem:
            log.info("answer.decode_failed", action=name, reason=str(problem))
            return
        self._drifts.note(name, drift)
        while self._found:
            await self._tell_new(*self._found.pop())

    async def _tell_new(self, action: str, drift: Sequence[Drift]) -> None:
        told = json.loads(await self._memory.get_kv(_TOLD) or "{}")
        known = {*told.get(action, [])}
        new = [each for each in drift if f"{each.kind} {each.path}" not in known]
        if new:
            told[action] = sorted(known | {f"{each.kind} {each.path}" for each in new})
            await self._tell(action, new)
            await self._memory.set_kv(_TOLD, json.dumps(told))


def _drift(answer: Answer, zone: tzinfo, by: By) -> Sequence[Drift]:
    """Return how an answer differs from its model; it takes some milliseconds."""
    from gazelled.tracker.models import decode  # noqa: PLC0415 - see above

    params = dict(answer.call.params)
    return decode(answer.call.action, answer.payload, params=params, zone=zone, by=by).drift
