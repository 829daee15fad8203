"""The simulated tracker: an HTTP server on loopback that behaves as the real application does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from multidict import CIMultiDict

from gazelled.clock import Clock
from gazelled.testing.content.world import World
from gazelled.testing.forms import served
from gazelled.testing.site import pages
from gazelled.testing.site.answers import ACTIONS, unknown
from gazelled.testing.site.auth import BEARER, Gate, Visitor
from gazelled.testing.site.downloads import download
from gazelled.testing.site.exchange import ReplyStyle, SimulatedReply, SimulatedRequest
from gazelled.testing.site.faults import Fault, Faults, FaultSettings
from gazelled.testing.site.feeds import feed
from gazelled.testing.site.limiter import Limiter
from gazelled.testing.site.visit import Visit

_HOST = "127.0.0.1"
_INNER_PAGES = frozenset({"/index.php", "/torrents.php", "/inbox.php", "/blog.php", "/user.php"})
_HUGE_PIECE = b" " * 2**16


@dataclass(slots=True)
class Arrival:
    """
    One request that reached the tracker.

    Attributes:
        at: When it did, by the clock's `monotonic`.
        user_id: Whose it was; None if nobody was recognised.
        verdict: What became of it: `ok`, `limited`, `refused` at authentication, `page` for
            what isn't the API, or the name of the fault.

    """

    at: float
    path: str
    action: str | None
    user_id: int | None = None
    verdict: str = ""


class Simulator:
    """
    A tracker on loopback.

    Args:
        world: What the site holds; a small one of its own when None.
        clock: Whose time it is; the world's when None.
        per: How long a window of the rate limit lasts.
        allowed: How many requests pass in a window: the tracker promises one and passes two.
        name: What the site is called.
        seed: Makes tokens, sessions and jitter.
        jitter: The delay of the network, the least and the most seconds: it passes before a
            request arrives and again before its answer leaves.
        close_after: Seconds after which the server closes an idle connection.
        endpoint: The page that serves the API: `ajax.php`, or `api.php` as it is called later.
        scheme: What stands before a token. `Bearer` is this site's; others say `token`, or
            nothing if it is empty, load the user for tokens, and give a `.torrent` for one.
        limits: For actions with a limit of their own, as other sites have: how many pass in
            how many seconds. All are counted together.

    Attributes:
        endpoints: The pages that serve the API now: a test may add one, or take one away.

    """

    def __init__(  # noqa: PLR0913 - each is an independent setting with a default
        self,
        *,
        world: World | None = None,
        clock: Clock | None = None,
        per: float = 6.0,
        allowed: int = 2,
        name: str = "BioTorrents.de",
        seed: int = 0,
        jitter: tuple[float, float] = (0.0, 0.0),
        close_after: float = 75.0,
        endpoint: str = "ajax.php",
        scheme: str = BEARER,
        limits: Mapping[str, tuple[int, float]] | None = None,
    ) -> None:
        self.clock = clock or (world.clock if world else Clock())
        self.world = world or World(self.clock)
        self.name = name
        self.jitter = jitter
        self.close_after = close_after
        self.arrivals: list[Arrival] = []
        self.endpoints = {endpoint}
        self.scheme = scheme
        self.gate = Gate(self.world, site=name, seed=seed, endpoints=self.endpoints, scheme=scheme)
        self.limiter = Limiter(self.clock.monotonic, per=per, allowed=allowed, limits=limits)
        self._faults = Faults(site=name)
        self._random = random.Random(seed)  # noqa: S311 - jitter, not a secret
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()

    # Life

    async def start(self, port: int = 0) -> None:
        """
        Listen on loopback.

        Args:
            port: Where; 0 takes a free one, or the one of the last time.

        """
        self._stopping = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=0.5,
            keepalive_timeout=self.clock.world(self.close_after),
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, _HOST, port or self._port).start()
        self._port = self._runner.addresses[0][1]
        self.settings.elsewhere = f"http://localhost:{self._port}"

    async def stop(self) -> None:
        """Close all connections, and what hangs in them; `start` listens at the same address."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.stop()

    # What it saw

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{_HOST}:{self._port}"

    def answer(self, action: str, params: Mapping[str, str], user: str = "me") -> Any:  # noqa: ANN401 - JSON
        """
        Return what an action answers a user, without HTTP, faults and the rate limit.

        Args:
            action: The action.
            params: Its parameters.
            user: The user.

        Raises:
            LookupError: If it is a failure; with the site's text.

        """
        page = min(self.endpoints)
        query = {"action": action, **params}
        authorization = f"{self.scheme} {self.token(user)}".strip()
        ask = SimulatedRequest(
            *("GET", _HOST, f"/{page}", f"/{page}", query, {}, {}), authorization=authorization
        )
        visitor = self.gate.enter(ask)
        if isinstance(visitor, SimulatedReply):
            raise LookupError(visitor.body.decode())  # noqa: TRY004 - it is a failure
        visit = Visit(ask, self.world, visitor, self.name, page, self.scheme)
        envelope = json.loads(ACTIONS.get(action, unknown)(visit).body)
        if envelope.get("status") != "success":
            raise LookupError(str(envelope.get("error") or "unknown error"))
        return envelope["response"]

    def gaps(self) -> list[float]:
        """Return the seconds between each arrival and the next."""
        return [later.at - earlier.at for earlier, later in pairwise(self.arrivals)]

    # What happens there

    def fail(self, fault: Fault, *, times: int | None = None, action: str | None = None) -> None:
        """
        Fail from now on.

        Args:
            fault: In which way.
            times: How many requests fail; all until `repair` if None.
            action: Of which action; of all if None.

        """
        self._faults.add(fault, times, action)

    def repair(self) -> None:
        """End all faults."""
        self._faults.clear()

    @property
    def settings(self) -> FaultSettings:
        """What faults say and how long they take."""
        return self._faults.settings

    def token(self, user: str = "me") -> str:
        """Return a valid token of a user."""
        return self.gate.token(self.world.user(user))

    def new_token(self, user: str = "me") -> str:
        """Make one more token; the tracker takes only the oldest and calls this one revoked."""
        return self.gate.new_token(self.world.user(user))

    def revoke(self, user: str = "me") -> None:
        """Revoke the tokens of a user; `token` makes a new one."""
        self.gate.revoke(self.world.user(user))

    def forget_tokens(self, user: str = "me") -> None:
        """Remove the tokens of a user without a trace."""
        self.gate.forget(self.world.user(user))

    def disable(self, user: str = "me") -> None:
        """Disable a user. By a bug a token is told so only once and works again."""
        self.gate.disable(self.world.user(user))

    def enable(self, user: str = "me") -> None:
        """Enable a user again."""
        self.world.user(user).enabled = True

    def ban_address(self, address: str = _HOST) -> None:
        """Ban an address: tokens and the log-in are refused, cookies go on."""
        self.gate.banned.add(address)

    def unban_address(self, address: str = _HOST) -> None:
        """End a ban."""
        self.gate.banned.discard(address)

    def expire_sessions(self, user: str | None = None) -> None:
        """End the sessions of a user, or all."""
        self.gate.expire(self.world.user(user) if user else None)

    def flush_cache(self) -> None:
        """Forget what only the cache knows: the windows of the rate limit, uploads in feeds."""
        self.limiter.forget()
        self.world.feeds_since = self.clock.now()

    def code(self, user: str = "twofa1") -> str:
        """Return the current code of a user's second factor."""
        return self.gate.code(self.world.user(user))

    # Requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        await self._delay()
        arrival = Arrival(self.clock.monotonic(), request.path, request.query.get("action"))
        self.arrivals.append(arrival)
        reply = self._answer(await _read(request), arrival)
        await self._delay()
        return await self._send(request, reply)

    async def _delay(self) -> None:
        if self.jitter[1] > 0:
            await self.clock.sleep(self._random.uniform(*self.jitter))

    def _answer(self, ask: SimulatedRequest, arrival: Arrival) -> SimulatedReply:
        arrival.action = ask.action
        if failed := self._faults.at_the_door(ask):
            arrival.verdict = failed[0]
            return failed[1]
        if ask.path[1:] not in self.endpoints:
            arrival.verdict = "page"
            return self._form(ask, arrival) if served.is_form(ask) else self._page(ask)
        lost = "session" in ask.cookies
        failed = self._faults.at_authentication(ask, lambda: self.gate.turned_away(ask, lost=lost))
        if failed:
            arrival.verdict = failed[0]
            return failed[1]
        visitor = self.gate.enter(ask)
        if isinstance(visitor, SimulatedReply):
            arrival.verdict = "refused"
            return visitor
        arrival.user_id = visitor.user.id
        return self._served(ask, visitor, arrival)

    def _served(self, ask: SimulatedRequest, visitor: Visitor, arrival: Arrival) -> SimulatedReply:
        sealed = self._faults.is_on(Fault.DATABASE_KEY)
        visit = Visit(ask, self.world, visitor, self.name, ask.path[1:], self.scheme, sealed=sealed)
        if ask.action is not None:
            if failed := self._faults.at_the_limit(ask):
                arrival.verdict = failed[0]
                return failed[1]
            free = visitor.user.exempt or self._faults.is_on(Fault.CACHE_DOWN)
            if not free and not self.limiter.admit(visitor.user.id, ask.action):
                arrival.verdict = "limited"
                return visit.failure("rate limit exceeded")
        act = ACTIONS.get(ask.action or "", unknown)
        if failed := self._faults.in_the_action(ask, lambda: act(visit)):
            arrival.verdict = failed[0]
            return failed[1]
        arrival.verdict = "ok"
        return act(visit)

    def _form(self, ask: SimulatedRequest, arrival: Arrival) -> SimulatedReply:
        sealed = self._faults.is_on(Fault.DATABASE_KEY)

        def take() -> SimulatedReply:
            return served.take(ask, self.world, self.gate, site=self.name, sealed=sealed)

        failed = self._faults.in_the_form(
            ask, lambda: self.gate.turned_away(ask, lost="session" in ask.cookies), take
        )
        if failed:
            arrival.verdict = failed[0]
            return failed[1]
        return take()

    def _page(self, ask: SimulatedRequest) -> SimulatedReply:
        if ask.path == "/login.php":
            return self.gate.log_in(ask)
        if ask.path == "/feeds.php":
            return feed(ask, self.world, site=self.name)
        if ask.path == "/torrents.php" and ask.action == "download":
            reply = download(ask, self.world, self.gate, site=self.name)
            return self._faults.in_the_file(ask, reply)
        if ask.path not in _INNER_PAGES:
            return pages.nginx(404, "Not Found")
        visitor = self.gate.enter(ask)
        if isinstance(visitor, SimulatedReply):
            return visitor
        return pages.welcome(visitor.user, site=self.name)

    # Answers

    async def _send(self, request: web.Request, reply: SimulatedReply) -> web.StreamResponse:
        headers = [("Server", "nginx/1.22.1"), ("Content-Type", reply.content_type), *reply.headers]
        if reply.chunked:
            headers.append(("X-Powered-By", "PHP/8.2.36"))
        if reply.manner in {ReplyStyle.HANG, ReplyStyle.DROP}:
            if reply.manner is ReplyStyle.HANG:
                await self._stopping.wait()
            _close(request)
            return web.Response()
        if reply.manner is ReplyStyle.WELL:
            response = web.Response(
                status=reply.status, headers=CIMultiDict(headers), body=reply.body
            )
            if reply.chunked:
                response.enable_chunked_encoding()
            return response
        stream = web.StreamResponse(status=reply.status, headers=CIMultiDict(headers))
        try:
            await self._stream(request, stream, reply)
        except ConnectionError:
            _close(request)
        return stream

    async def _stream(
        self, request: web.Request, stream: web.StreamResponse, reply: SimulatedReply
    ) -> None:
        if reply.manner is ReplyStyle.CUT_OFF:
            stream.content_length = 2 * len(reply.body) + 1
            await stream.prepare(request)
            await stream.write(reply.body)
            _close(request)
            return
        stream.enable_chunked_encoding()
        await stream.prepare(request)
        if reply.manner is ReplyStyle.HUGE:
            for _ in range(self.settings.huge // len(_HUGE_PIECE)):
                await stream.write(_HUGE_PIECE)
            await stream.write(reply.body)
        else:
            step = -(-len(reply.body) // self.settings.pieces) or 1
            for start in range(0, len(reply.body), step):
                await stream.write(reply.body[start : start + step])
                await self._pause(self.settings.pause)
        await stream.write_eof()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(self.clock.world(seconds)):
                await self._stopping.wait()
        except TimeoutError:
            return
        raise ConnectionResetError("the simulated tracker stops")


async def _read(request: web.Request) -> SimulatedRequest:
    form: dict[str, str] = {}
    fields: tuple[tuple[str, str], ...] = ()
    if request.content_type == "application/x-www-form-urlencoded":
        fields = tuple((name, str(value)) for name, value in (await request.post()).items())
        form = dict(fields)
    elif request.content_type == "application/json":
        with contextlib.suppress(ValueError, AttributeError):
            form = {name: str(value) for name, value in (await request.json()).items()}
    return SimulatedRequest(
        method=request.method,
        address=request.remote or "",
        path=request.path,
        uri=request.raw_path,
        query=dict(request.query),
        form=form,
        cookies=dict(request.cookies),
        authorization=request.headers.get("Authorization"),
        user_agent=request.headers.get("User-Agent", ""),
        fields=fields,
    )


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
