"""Composed actions: requested like any other, answered from several requests."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from gazelled.errors import TrackerError
from gazelled.model import Answer, Call
from gazelled.tracker.catalogue.own_uploads import MY_UPLOADS
from gazelled.tracker.client.account import account_steps
from gazelled.tracker.client.raw_pages import Finished, Steps, advance
from gazelled.tracker.client.upload_search import UploadMemory, most_learnt, my_uploads_steps
from gazelled.tracker.key_values import KeyValues

ACCOUNT = "account"
Asker = Callable[[Call], Awaitable[Answer]]


class Composer:
    """Composes such answers; its state is stored in `memory` after each request."""

    def __init__(self, memory: KeyValues) -> None:
        self._uploads = UploadMemory(memory)

    async def steps(self, call: Call) -> Steps | None:
        """
        Return the steps of an action; None for one that the tracker knows.

        Whoever takes them saves what was learnt after each.
        """
        if call.action == MY_UPLOADS:
            await self._uploads.load()
            return my_uploads_steps(call, self._uploads)
        return account_steps(call) if call.action == ACCOUNT else None

    async def requests(self, call: Call) -> int:
        """Return about how many requests a call needs."""
        if call.action != MY_UPLOADS:
            return 2 if call.action == ACCOUNT else 1
        await self._uploads.load()
        return self._uploads.requests(most_learnt(call))

    async def save(self) -> None:
        """Store what was learnt."""
        await self._uploads.save()

    def composing(self, ask: Asker) -> Asker:
        """Return a function that sends calls and answers composed actions as well."""

        async def asked(call: Call) -> Answer:
            steps = await self.steps(call)
            return await (self._drive(steps, ask, call) if steps else ask(call))

        return asked

    async def _drive(self, steps: Steps, ask: Asker, call: Call) -> Answer:
        took, at = 0.0, datetime.now(UTC)
        came: Answer | TrackerError | None = None
        while True:
            try:
                step = advance(steps, came)
            finally:
                await self.save()
            if isinstance(step, Finished):
                return Answer(call, step.payload, json.dumps(step.payload).encode(), at, took)
            try:
                came = await ask(step)
                took, at = took + came.took, came.at
            except TrackerError as problem:
                came = problem
