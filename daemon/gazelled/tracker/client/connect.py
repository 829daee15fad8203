"""The parts between a call and the network, put together; and a client for scripts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import wraps
from inspect import signature
from pathlib import Path
from secrets import token_hex
from types import NoneType, TracebackType
from typing import TYPE_CHECKING, NoReturn, ParamSpec

from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import ConfigError, RequestRefused, TrackerUnavailable
from gazelled.model import Answer, Call
from gazelled.redact import Redactor
from gazelled.text import either, is_plain, meant, sentence
from gazelled.tracker.answers.health import TrackerHealth
from gazelled.tracker.answers.torrent_files import file_page
from gazelled.tracker.client.api import Api
from gazelled.tracker.client.composer import Composer
from gazelled.tracker.client.daily_limit import A_DAY
from gazelled.tracker.client.downloads import Downloads
from gazelled.tracker.client.file_store import FileStore
from gazelled.tracker.decoding.drift import Drifts
from gazelled.tracker.forms.allowed import NOTHING, Allowed, check_allowed
from gazelled.tracker.key_values import InMemoryStore, KeyValues
from gazelled.tracker.login.auth import Auth, CookieAuth, TokenAuth, check_auth
from gazelled.tracker.login.cookie_file import read_cookies
from gazelled.tracker.login.ownership import Ownership
from gazelled.tracker.login.session import Session
from gazelled.tracker.sites.profiles import PROFILES, Profile, profile_for
from gazelled.tracker.sites.site import Site, in_flight
from gazelled.tracker.transport.call_queue import ServedCall
from gazelled.tracker.transport.dispatcher import Dispatcher
from gazelled.tracker.transport.http import HttpTransport
from gazelled.tracker.transport.proxies import (
    OFF,
    Proxy,
    parse_proxy,
    proxy_from_environment,
    site_problem,
)
from gazelled.tracker.transport.rate_limiter import RateLimiter

if TYPE_CHECKING:
    from gazelled.tracker.decoding.reading import By, Drift

P = ParamSpec("P")

_OPEN = (
    "The connection isn't open: write `async with connect(…) as api:`, and make calls inside; or "
    "use connect_sync."
)
ARGUMENTS: Mapping[str, tuple[type, ...]] = {
    "url": (str,),
    "profile": (Profile, str, NoneType),
    "folder": (Path, str, NoneType),
    "memory": (KeyValues, NoneType),
    "clock": (Clock, NoneType),
    "contact": (str,),
    "user_agent": (str,),
    "ca": (Path, str, NoneType),
    "proxy": (str, NoneType),
    "downloads_a_day": (int,),
    "allow": (AbstractSet,),
    "on_drift": (Callable,),  # type: ignore[dict-item] # a class at run time
}
"""What the arguments of `connect` may be."""


@asynccontextmanager
async def open_dispatcher(  # noqa: PLR0913 - each is an independent setting
    site: Site,
    auth: Auth,
    clock: Clock,
    health: TrackerHealth,
    *,
    store: KeyValues | None,
    ca: Path | None = None,
    proxy: Proxy | None = None,
    redactor: Redactor | None = None,
    control: Path | None = None,
    first_after: float | None = None,
    mark: Callable[[bool], None] = lambda _: None,
    answered: Callable[[Answer], None] = lambda _: None,
    failed: Callable[[Call, str, float | None], None] = lambda *_: None,
    served: Callable[[ServedCall], None] = lambda _: None,
) -> AsyncIterator[Dispatcher]:
    """
    Put HTTP, session, health, rate limiter and dispatcher together; nothing is sent yet.

    What `health` knew at the end of the last owner is loaded. Without a `store`, which keeps what
    must survive, the account is known by its credentials alone. The first request waits for
    `first_after` seconds; one window of the limit when None. `mark` is called with whether a
    successor would have to wait longer; `control` is where this process has its control socket.
    """
    first_after = site.window if first_after is None else first_after
    limiter = RateLimiter(
        clock,
        requests=site.requests,
        per=site.per,
        first_after=first_after,
        limits=site.limits,
        mark=mark,
    )
    limiter.pause(await health.recall())
    async with AsyncExitStack() as stack:
        ownership = Ownership(site, auth, store, clock=clock, control=control, rest=limiter.rest)
        stack.callback(ownership.release)
        transport = HttpTransport(site, clock, ca=ca, proxy=proxy)
        stack.push_async_callback(transport.close)
        session = Session(
            site,
            auth,
            transport,
            clock,
            memory=store or InMemoryStore(),
            redactor=redactor,
            ownership=ownership,
        )
        await session.api_page.load()
        dispatcher = Dispatcher(
            session, limiter, health, clock, answered=answered, failed=failed, served=served
        )
        await stack.enter_async_context(dispatcher.running())
        yield dispatcher


class Connection(AbstractAsyncContextManager[Api]):
    """What `connect` returns: a connection, to be opened by `async with`."""

    def __init__(self, opening: AbstractAsyncContextManager[Api]) -> None:
        self._opening = opening
        self._entered = False

    async def __aenter__(self) -> Api:
        """Connect."""
        if self._entered:
            raise ConfigError("A connection can be opened once: call connect again.")
        self._entered = True
        return await self._opening.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it; raise what went wrong inside as it is."""
        try:
            await self._opening.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            raise _first(group) from None

    if not TYPE_CHECKING:  # which know by themselves that there is none of these

        def __enter__(self) -> NoReturn:
            """Raise ConfigError: it is asynchronous."""
            raise ConfigError(_OPEN)

        def __exit__(self, *_: object) -> None: ...

        def __await__(self) -> NoReturn:
            """Raise ConfigError: it is entered, not awaited."""
            raise ConfigError(_OPEN)

        def __getattr__(self, name: str) -> NoReturn:
            """Raise ConfigError: the connection is not open."""
            if hasattr(Api, name) and not name.startswith("_"):
                raise ConfigError(_OPEN)
            raise AttributeError(name)


def _first(error: BaseException) -> BaseException:
    """Return the first error of nested exception groups."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


class OpenLine:
    """Sends the calls of a connection while it is open, in the loop that opened it."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._loop = asyncio.get_running_loop()
        self._open = True

    async def call(self, call: Call) -> Answer:
        """
        Send a call.

        Raises:
            RequestRefused: If the connection is closed, or was opened in another event loop.
            TrackerError: If there is no answer.

        """
        if not self._open:
            text = "The connection is closed: make calls inside `async with connect(…) as api:`."
            raise RequestRefused(text)
        if asyncio.get_running_loop() is not self._loop:
            text = (
                "The connection was opened in another event loop: connect in this one, or use "
                "connect_sync."
            )
            raise RequestRefused(text)
        return await self._dispatcher.call(call)

    def close(self) -> None:
        self._open = False


def _checked(
    connect: Callable[P, AbstractAsyncContextManager[Api]],
) -> Callable[P, Connection]:
    """Return a way to connect that checks its arguments before anything is opened."""
    spec = signature(connect)

    @wraps(connect)
    def checked(*args: P.args, **kwargs: P.kwargs) -> Connection:
        for name in kwargs:
            if name not in spec.parameters:
                hint = meant(name, spec.parameters)
                raise ConfigError(sentence(f'connect takes no parameter "{name}"{hint}'))
        try:
            bound = spec.bind(*args, **kwargs)
        except TypeError as error:
            raise ConfigError(f"connect: {error}.") from None
        for name, value in bound.arguments.items():
            _check(name, value)
        return Connection(connect(*args, **kwargs))

    return checked


def _check(name: str, value: object) -> None:
    """Check an argument of `connect`; raise ConfigError if it is invalid."""
    if name == "auth":
        check_auth(value)
        return
    if not isinstance(value, ARGUMENTS[name]):
        kinds = [kind.__name__ for kind in ARGUMENTS[name] if kind is not NoneType]
        raise ConfigError(f"{name}: expected {either(kinds)}, not {type(value).__name__}.")
    if name == "allow" and isinstance(value, AbstractSet):
        check_allowed(map(str, value))
    if name == "url" and (problem := site_problem(str(value))):
        raise ConfigError(f"url: {problem}.")
    if name in {"contact", "user_agent"} and not is_plain(str(value)):
        raise ConfigError(f"{name}: expected plain ASCII on one line.")


@_checked
@asynccontextmanager
async def connect(  # noqa: PLR0913 - each is an independent setting with a default
    url: str,
    auth: Auth,
    *,
    profile: Profile | str | None = None,
    folder: Path | str | None = None,
    memory: KeyValues | None = None,
    clock: Clock | None = None,
    contact: str = "",
    user_agent: str = "",
    ca: Path | str | None = None,
    proxy: str | None = None,
    downloads_a_day: int = A_DAY,
    allow: AbstractSet[Allowed] = NOTHING,
    on_drift: Callable[[str, Sequence[Drift]], None] = lambda *_: None,
) -> AsyncIterator[Api]:
    """
    Connect to a tracker as a polite client: all calls together keep to its rate limit.

    The first request waits for one window of the limit, since earlier requests are not known. It
    waits for two windows if the last owner of the account can't be known. An account has one owner
    on a machine: while the daemon or another program has it, this raises. With a folder or a memory
    the account is identified by its number, which one request to `index` returns once; without
    one, by the log-in alone.

    Args:
        url: The tracker's address.
        auth: How to log in.
        profile: The profile of the site, or its name; None chooses it by the host.
        folder: Where to store what must survive: the session, pauses, downloads. It is created. An
            account needs one of its own.
        memory: Stores these instead; the files of downloads still need the folder.
        clock: The clock.
        contact: Your address or page, for the tracker's operators.
        user_agent: The name of your program, such as "my-lab/1.2", which ends the User-Agent.
        ca: A file with certificates to trust beside the system's.
        proxy: The address of an HTTP proxy.
        downloads_a_day: The most `.torrent` files that are fetched within a day.
        allow: The changes that `api.write` may make by forms of the website, such as
            `{"bookmark"}`; none by default.
        on_drift: Called with the action and the differences when answers differ from their models.

    Yields:
        The API.

    Raises:
        ConfigError: If a parameter is of no use, or something can't be read.
        StateError: If the folder can't be used.
        TrackerUnavailable: If the tracker asks for a longer pause, or another process
            uses the account; the text says until when, or who.

    """
    clock = clock or Clock()
    profile = _profile(url, profile)
    site = _site(url, profile, contact, user_agent)
    if isinstance(auth, CookieAuth):
        read_cookies(auth.source, site.root.host or "", clock.now())
    ca = Path(ca) if ca else None
    if folder is not None:
        folder = Path(folder)
        memory = memory or FileStore(folder / "memory.json")
        if isinstance(memory, FileStore):
            await memory.check()
    store = memory or InMemoryStore()
    # To connect again is what a person does after a stop, so that it isn't remembered.
    health = TrackerHealth(clock, store, credentials=token_hex(8), spread=url, hint="")
    opening = open_dispatcher(
        site, auth, clock, health, store=memory, ca=ca, proxy=_proxy(url, proxy)
    )
    async with opening as dispatcher, AsyncExitStack() as stack:
        dispatcher.stops_are_final = True
        await dispatcher.session.claim()
        if isinstance(problem := health.problem(), TrackerUnavailable):
            raise problem
        line = OpenLine(dispatcher)
        stack.callback(line.close)
        downloads = Downloads(
            line.call,
            site,
            file_page(site, auth),
            None if folder is None else folder / "downloads",
            store,
            clock,
            a_day=downloads_a_day,
        )
        bare = isinstance(auth, TokenAuth) and not profile.token_loads_user
        by: By = "token" if bare else "cookie"
        yield Api(
            line,
            site,
            by,
            drifts=Drifts(on_drift),
            downloads=downloads,
            composer=Composer(store),
            allow=allow,
        )


def _profile(url: str, profile: Profile | str | None) -> Profile:
    if isinstance(profile, Profile):
        return profile
    if profile is None:
        return profile_for(URL(url).host or "")
    if profile not in PROFILES:
        raise ConfigError(f'There is no profile "{profile}"; there are {", ".join(PROFILES)}.')
    return PROFILES[profile]


def _proxy(url: str, proxy: str | None) -> Proxy | None:
    if proxy is None:
        return proxy_from_environment(os.environ, url)
    try:
        return None if proxy == OFF else parse_proxy(proxy)
    except ConfigError as problem:
        raise ConfigError(sentence(f"proxy: {problem}")) from None


def _site(url: str, profile: Profile, contact: str, program: str) -> Site:
    return Site(
        url=url,
        name=URL(url).host or url,
        endpoint=profile.endpoint,
        requests=in_flight(profile.requests, profile.per),
        per=profile.per,
        limits=profile.limits,
        scheme=profile.scheme,
        zone=profile.zone,
        token_downloads=profile.token_downloads,
        contact=contact,
        program=program,
        dialect=profile.dialect,
    )
