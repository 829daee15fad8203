"""The wait at a start for a state that can't be written yet: a full disk, say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import Any

import structlog

from gazelled.cli import last_good
from gazelled.cli.settings import Settings
from gazelled.config import Config
from gazelled.errors import StateError, StateUnavailable
from gazelled.service.control.protocol import ControlRequest, Failure
from gazelled.service.control.requests.failures import failure_of
from gazelled.service.control.server import serve_replies
from gazelled.service.lock import Owner, own, socket_for
from gazelled.service.notices import texts
from gazelled.service.outages.state_outage import OutageRecord, pause_after, probe
from gazelled.service.systemd.sd_notify import Notifier
from gazelled.store.opening import connect
from gazelled.text import iso_seconds, local_time

log = structlog.stdlib.get_logger(__name__)


class WaitingStart:
    """
    Waits until the state can be used; systemd sees that the service is up, and what it waits for.

    Jobs of the service manager that wait for the start go on, so a full disk holds up no boot.
    """

    def __init__(self, settings: Settings, config: Config, problem: StateUnavailable) -> None:
        self._settings = settings
        self._config = config
        self._problem = problem
        self._folder = settings.state_folder
        self._socket = socket_for(self._folder, settings.environ)
        self._notifier = Notifier(settings.environ)
        self._record = OutageRecord(self._socket.parent)
        self._since = self._record.begin(datetime.now(UTC))

    async def until_usable(self) -> None:
        """
        Wait with pauses that grow.

        Raises:
            StateError: If the state is damaged, or another process owns it.

        """
        since = iso_seconds(self._since)
        log.error("state.failed", reason=str(self._problem), since=since)
        self._notifier.ready()
        async with AsyncExitStack() as stack:
            with suppress(StateError):  # the socket may be on the same disk
                replies = serve_replies(self._reply, self._socket, self._folder)
                await stack.enter_async_context(replies)
            with suppress(StateError), own(self._folder) as owner:
                self._describe(owner)
            tries = 0
            while True:
                self._notifier.status(self._text())
                await self._pause(pause_after(tries))
                tries += 1
                try:
                    await asyncio.to_thread(self._check)
                except StateUnavailable as error:
                    self._problem = error
                    log.debug("state.probed", reason=str(error), tries=tries)
                    await self._record.notify(datetime.now(UTC), self._notify)
                else:
                    return

    async def _pause(self, seconds: float) -> None:
        """Sleep while the watchdog is fed."""
        until = asyncio.get_running_loop().time() + seconds
        while (left := until - asyncio.get_running_loop().time()) > 0:
            self._notifier.watchdog()
            await asyncio.sleep(min(left, self._notifier.watchdog_interval or left))

    def _text(self) -> str:
        since = local_time(self._since)
        text = f"Waiting since {since}: {self._problem} gazelled starts when it can be used."
        return self._settings.redactor.scrub(text)

    async def _reply(self, _: ControlRequest[Any]) -> AsyncGenerator[Failure, None]:
        """Answer whoever asks the daemon that isn't there yet."""
        yield failure_of(self._problem, self._text())

    def _check(self) -> None:
        with own(self._folder) as owner:
            self._describe(owner)
            probe(self._folder)
            connect(self._folder).close()

    def _describe(self, owner: Owner) -> None:
        """Note where the socket is, for whoever asks while nobody owns the state."""
        with suppress(OSError):
            owner.describe(self._socket)

    async def _notify(self) -> bool:
        notice = texts.state_unavailable(str(self._problem), self._since)
        return await last_good.notify(self._settings, self._config, notice)
