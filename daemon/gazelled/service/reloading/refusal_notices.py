"""Notices of configs that were refused: of each problem, and few while somebody edits."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import suppress

from gazelled.errors import GazelledError
from gazelled.service.app import App
from gazelled.service.notices import texts

PAUSE = 300.0
"""The least seconds between two notices of refused configs; the latest problem is the one sent."""


class RefusalNotices:
    """
    Sends a notice of a refused config at once, and of another one when some minutes have passed.

    What is corrected until then is not sent.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._sent: Sequence[str] = ()
        self._sent_at = -math.inf
        self._latest: Sequence[str] = ()
        self._waiting: asyncio.Task[None] | None = None

    async def refused(self, problems: Sequence[str]) -> None:
        """Notify of the problems of a config, unless they were the last ones that were sent."""
        self._latest = problems
        if self._waiting:
            return
        if self._sent_at + PAUSE <= self._app.clock.monotonic():
            await self._send()
        elif problems != self._sent:
            self._waiting = asyncio.create_task(self._send_later(), name="refused config")

    def forget(self) -> None:
        """Send what waits no more: another config is in use, or the daemon ends."""
        self._sent = ()
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None

    async def _send_later(self) -> None:
        await self._app.clock.sleep(self._sent_at + PAUSE - self._app.clock.monotonic())
        self._waiting = None
        await self._send()

    async def _send(self) -> None:
        """Send the latest problems, unless they were sent before."""
        app, problems = self._app, self._latest
        if problems == self._sent:
            return
        notice = texts.config_refused(app.config.file.name, problems, app.clock.now())
        with suppress(GazelledError):  # the state can't be written, which is told for itself
            await app.notices.send(notice)
            self._sent, self._sent_at = problems, app.clock.monotonic()
