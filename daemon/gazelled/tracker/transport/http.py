"""
One HTTP request: the only place that touches the tracker's network.

The slot is taken in an aiohttp client middleware, which is called again for each silent
re-send, before a connection leaves the pool. Redirects are never followed here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace

import aiohttp
from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import BadAnswer, ConfigError, TrackerUnavailable
from gazelled.tracker.answers.classification import HttpReply
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.connection_errors import (
    LARGEST_HEADER,
    connection_error,
    not_http_error,
    proxy_error,
)
from gazelled.tracker.transport.content import as_utf8, is_about_encoding, is_compressed, unreadable
from gazelled.tracker.transport.proxies import Proxy
from gazelled.tracker.transport.rate_limiter import SlotSource
from gazelled.tracker.transport.trust import ca_problem, ssl_context

CHUNK = 2**16
_PROXY_FAILS = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """
    A request to send.

    Attributes:
        deadline: Seconds from the slot to the last byte.
        url: Where to; it may hold a key.
        form: Fields of a form; with any, the request is a POST.
        once: Whether it must reach the tracker once at most: it is not sent again on another
            connection if the first one is lost.
        before_written: Awaited once a connection is there, before the first byte is written.

    """

    url: URL = field(repr=False)
    deadline: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Sequence[tuple[str, str]] = field(default=(), repr=False)
    post: bool = False
    once: bool = False
    before_written: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A reply, and the cookies that came with it."""

    reply: HttpReply
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


class NoAnswerInTime(TrackerUnavailable):
    """A request was sent and its answer didn't come in time; others may be answered."""


class HttpTransport:
    """
    One aiohttp session for a site; `ca` is a file of certificates to trust beside the system's.

    Raises:
        ConfigError: If the certificates can't be read.

    """

    def __init__(
        self, site: Site, clock: Clock, *, ca: Path | None = None, proxy: Proxy | None = None
    ) -> None:
        self._site = site
        self._clock = clock
        self.proxy = proxy
        self._ca = ca
        if problem := ca_problem(ca):
            raise ConfigError(f"{problem} Name a PEM file as ca in [tracker].")
        self._http = self._client(keep=True)
        # What was kept open may be closed by the tracker just when it is used: what must be sent
        # once at most would be lost with it, and nobody could tell.
        self._http_once = self._client(keep=False)

    def _client(self, *, keep: bool) -> aiohttp.ClientSession:
        """Return a client that keeps its connections open for later requests, or doesn't."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=ssl_context(self._ca) if self._ca else True, limit=0, force_close=not keep
            ),
            max_line_size=LARGEST_HEADER,
            max_field_size=LARGEST_HEADER,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None, sock_read=None),
            headers={"User-Agent": self._site.user_agent, "Accept": "application/json"},
            trace_configs=[_tracing()],
        )

    async def close(self) -> None:
        await self._http.close()
        await self._http_once.close()

    async def send(self, request: HttpRequest, slots: SlotSource) -> Received:
        """
        Send a request in the next slot and read the reply.

        Raises:
            TrackerUnavailable: If no reply came.
            BadAnswer: If the reply is larger than the site's are.

        """
        # The deadline starts with the slot, and again with each slot of a silent re-send.
        deadline = asyncio.timeout(None)
        started: float | None = None

        async def in_slot(
            req: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
        ) -> aiohttp.ClientResponse:
            nonlocal started
            if request.once and started is not None:
                raise TrackerUnavailable("the connection was lost before the answer came")
            deadline.reschedule(None)
            slot = await slots.take()
            try:
                started = self._clock.monotonic()
                deadline.reschedule(asyncio.get_running_loop().time() + request.deadline)
                response = await handler(req)
            except BaseException:
                slot.lost()
                raise
            slot.answered()
            return response

        http = self._http_once if request.once else self._http
        method = "POST" if request.form or request.post else "GET"
        try:
            async with (
                deadline,
                http.request(
                    method,
                    request.url,
                    headers=request.headers,
                    data=aiohttp.FormData(request.form) if request.form else None,
                    proxy=self.proxy.address if self.proxy else None,
                    allow_redirects=False,
                    middlewares=(in_slot,),
                    trace_request_ctx=request.before_written,
                ) as response,
            ):
                return await self._received(response, request.url, started or 0.0)
        except TimeoutError:
            raise NoAnswerInTime(f"no answer within {request.deadline:g} seconds") from None
        except aiohttp.ClientError as error:
            # Its own text holds the address with all that stands in it, so it is not kept.
            raise await connection_error(
                error, request.url, ca=self._ca, proxy=self.proxy
            ) from None
        except (OSError, ValueError) as error:
            raise TrackerUnavailable(f"the connection failed ({type(error).__name__})") from None

    async def _received(self, response: aiohttp.ClientResponse, url: URL, slot: float) -> Received:
        at = self._clock.now()
        if _is_of_a_proxy(response, self.proxy):
            raise proxy_error(self.proxy, response.status, url)
        if response.status < HTTPStatus.CONTINUE:
            raise not_http_error("", url)
        body, complete = await self._read(response)
        reply = HttpReply(
            status=response.status,
            body=as_utf8(body, response.charset or ""),
            at=at,
            took=self._clock.monotonic() - slot,
            location=_location(response),
            retry_after=response.headers.get("Retry-After", ""),
            complete=complete,
            date=response.headers.get("Date", ""),
            server=response.headers.get("Server", ""),
            mitigated=response.headers.get("cf-mitigated", ""),
        )
        return Received(reply, {name: morsel.value for name, morsel in response.cookies.items()})

    async def _read(self, response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
        body = bytearray()
        encoding = response.headers.get("Content-Encoding", "")
        try:
            async for chunk in response.content.iter_chunked(CHUNK):
                body += chunk
                if len(body) > self._site.largest:
                    response.close()
                    text = f"The answer is larger than {self._site.largest // 2**20} MiB."
                    raise BadAnswer(text, raw=bytes(body[:CHUNK]))
        except aiohttp.ClientPayloadError as error:
            if is_about_encoding(str(error)):
                raise BadAnswer(unreadable(encoding)) from None
            return bytes(body), False
        except (aiohttp.ClientConnectionError, ConnectionError):
            return bytes(body), False
        if is_compressed(bytes(body[:CHUNK]), encoding):
            raise BadAnswer(unreadable(encoding), raw=bytes(body[:CHUNK]))
        return bytes(body), True


def _tracing() -> aiohttp.TraceConfig:
    """Await what a request wants to have done before it is written."""

    async def before_written(
        _: aiohttp.ClientSession,
        context: SimpleNamespace,
        __: aiohttp.TraceRequestHeadersSentParams,
    ) -> None:
        if context.trace_request_ctx is not None:
            await context.trace_request_ctx()

    config = aiohttp.TraceConfig()
    config.on_request_headers_sent.append(before_written)
    return config


def _is_of_a_proxy(response: aiohttp.ClientResponse, proxy: Proxy | None) -> bool:
    """Return whether a proxy answers; through TLS only the tracker can, but for a 407."""
    if response.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return True
    if proxy is None or response.url.scheme != "http":
        return False
    failed = response.status in _PROXY_FAILS and "Via" in response.headers
    return failed or "X-Squid-Error" in response.headers


def _location(response: aiohttp.ClientResponse) -> str:
    to = response.headers.get("Location", "")
    if not to or not HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        return ""
    try:
        return str(response.url.join(URL(to)))
    except ValueError:
        return "about:blank"
