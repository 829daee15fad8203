"""The dead man's switch: an address outside is fetched while all is well, and not otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog

from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.errors import GazelledError, RequestRefused
from gazelled.service.monitoring.health_problem import HealthReport
from gazelled.service.outages.state_outage import be_impatient
from gazelled.service.plugins.outside_http import OutsideHttp

log = structlog.stdlib.get_logger(__name__)

WITHIN = 10.0
"""Seconds that fetching it may take."""

MOST_REDIRECTS = 5


class Ping:
    """
    Fetches the address of `[notices] ping` while nothing is wrong.

    Whoever is behind it notices when that ends, whatever has ended it. It has no timer of its own:
    `look` is called now and then.

    Args:
        config: Returns the config in use.
        report: Returns all that is wrong now.
        clock: The time.

    """

    def __init__(
        self,
        config: Callable[[], Config],
        report: Callable[[], Awaitable[HealthReport]],
        clock: Clock,
    ) -> None:
        self._config = config
        self._report = report
        self._clock = clock
        self._next = 0.0
        self._due = asyncio.Event()
        self._problem = ""

    def look(self) -> None:
        """Begin to fetch it if that is due."""
        if self._config().notices.ping and self._clock.monotonic() >= self._next:
            self._due.set()

    async def run(self) -> None:
        """Fetch it whenever it is due, until cancelled."""
        be_impatient()
        while True:
            await self._due.wait()
            self._due.clear()
            settings = self._config().notices.ping
            if settings is None or not await self._is_well():
                continue  # it is looked again soon, so that it follows as soon as all is well
            self._next = self._clock.monotonic() + settings.every
            self._note(await self._fetch(settings.url.get_secret_value()))

    async def _is_well(self) -> bool:
        try:
            return not (await self._report()).problems
        except GazelledError:  # the state can't be read
            return False

    async def _fetch(self, url: str) -> str:
        """Fetch an address; return what went wrong, without the address, which is a secret."""
        from aiohttp import ClientError  # noqa: PLC0415 - loaded with the first request

        tracker = self._config().tracker
        http = OutsideHttp("notices", tracker.url, tracker.ca)
        try:
            async with (
                asyncio.timeout(WITHIN),
                http.session().get(url, max_redirects=MOST_REDIRECTS) as response,
            ):
                status = response.status
        except TimeoutError:
            return f"no reply within {WITHIN:g} s"
        except RequestRefused:
            return "it leads to the tracker"
        except (ClientError, OSError, ValueError) as error:
            return type(error).__name__  # the text has the address
        finally:
            await http.close()
        return "" if status < HTTPStatus.BAD_REQUEST else f"HTTP status {status}"

    def _note(self, problem: str) -> None:
        """Log the first failure of several, and that they are over."""
        if problem and not self._problem:
            log.warning("ping.failed", reason=problem)
        elif self._problem and not problem:
            log.info("ping.recovered")
        self._problem = problem
