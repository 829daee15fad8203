"""
`context.http`: a session for the world outside, which never reaches the tracker.

It has neither the tracker's credentials nor its cookies, and refuses its host: requests there have
a limit, and a plugin has `context.tracker` for them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from gazelled import __version__
from gazelled.errors import RequestRefused
from gazelled.tracker.transport.proxies import is_loopback
from gazelled.tracker.transport.trust import ssl_context

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

TIMEOUT = 60.0
"""The seconds that a request may take, unless the plugin sets other limits."""

AT_ONCE = 20
"""So many connections a plugin may have at once."""

_CLOSE_WITHIN = 2.0
_KNOWN_FOR = 600.0
"""The seconds for which the addresses of the tracker are known once they were looked up."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutsideHttp:
    """
    Opens the session of one plugin when it is used first, and closes it at the end.

    Args:
        used_by: What uses it, for the User-Agent: `plugin feed`.
        tracker: The address of the tracker.
        ca: A file with certificates to trust beside the system's.

    """

    def __init__(self, used_by: str, tracker: str, ca: Path | None) -> None:
        self._used_by = used_by
        self._guard = TrackerGuard(URL(tracker))
        self._ca = ca
        self._session: aiohttp.ClientSession | None = None
        self._ended = False

    def session(self) -> aiohttp.ClientSession:
        """
        Return the session, or a new one if the plugin closed it.

        Raises:
            RequestRefused: If the daemon is stopping.

        """
        if self._ended:
            raise RequestRefused("gazelled is stopping")
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=_GuardedConnector(
                    self._guard, ssl=ssl_context(self._ca) if self._ca else True, limit=AT_ONCE
                ),
                headers={"User-Agent": f"gazelled/{__version__} ({self._used_by})"},
                timeout=aiohttp.ClientTimeout(total=TIMEOUT),
                trust_env=True,  # the rule for proxies stands there: see `proxy_environment`
            )
        return self._session

    async def close(self) -> None:
        """Close the session, in bounded time."""
        self._ended = True
        if self._session is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_WITHIN):
                    await self._session.close()


class TrackerGuard:
    """
    Recognises addresses of the tracker, by name or number and in other spellings.

    Another name of the same machine is not the tracker's: many sites share one.
    """

    def __init__(
        self, tracker: URL, look_up: Callable[[str], Awaitable[Iterable[str]]] | None = None
    ) -> None:
        self._tracker = tracker
        self._look_up = look_up or _look_up
        self._host = _host(tracker)
        self._address = _address(self._host)
        self._known: frozenset[Address] = frozenset()
        self._known_until = 0.0

    async def check(self, url: URL) -> None:
        """
        Check that an address is not the tracker's.

        Raises:
            RequestRefused: If it is.

        """
        if await self._is_tracker(url):
            raise RequestRefused(
                f"{self._tracker.host} is the tracker, which context.http doesn't reach: use "
                "context.tracker, which keeps its limits"
            )

    async def _is_tracker(self, url: URL) -> bool:
        host = _host(url)
        address = _address(host)
        if is_loopback(self._host):  # other services of this machine have other ports
            local = address.is_unspecified if address else False
            return (local or is_loopback(str(address or host))) and url.port == self._tracker.port
        if address is None:
            return host.removeprefix("www.") == self._host.removeprefix("www.")
        return address in await self._addresses()

    async def _addresses(self) -> frozenset[Address]:
        """Return the addresses of the tracker; none if they can't be looked up."""
        if self._address is not None:
            return frozenset({self._address})
        loop = asyncio.get_running_loop()
        if loop.time() >= self._known_until:
            with suppress(OSError):
                addresses = map(_address, await self._look_up(self._host))
                self._known = frozenset(address for address in addresses if address)
                self._known_until = loop.time() + _KNOWN_FOR
        return self._known


class _GuardedConnector(aiohttp.TCPConnector):
    """Asks the guard before each connection, also those of redirects and from the pool."""

    def __init__(self, guard: TrackerGuard, *, ssl: object, limit: int) -> None:
        super().__init__(ssl=ssl, limit=limit)  # type: ignore[arg-type]  # a context or True
        self._guard = guard

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the base class's signature
    ) -> Connection:
        """Return a connection, unless it would lead to the tracker."""
        await self._guard.check(req.url)
        return await super().connect(req, traces, timeout)


async def _look_up(host: str) -> list[str]:
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(info[4][0]) for info in infos]


def _host(url: URL) -> str:
    return (url.raw_host or "").lower().rstrip(".")


def _address(host: str) -> Address | None:
    """Return a host as a number, however it is written; None if it is a name."""
    try:
        address: Address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))  # "2130706433", "0x7f.1"
        except (OSError, ValueError):
            return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
