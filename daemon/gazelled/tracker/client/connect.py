"""The parts between a call and the network, put together; and a client for scripts."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import ConfigError, TrackerUnavailable
from gazelled.model import Answer
from gazelled.redact import Redactor
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
from gazelled.tracker.login.auth import Auth, TokenAuth
from gazelled.tracker.login.ownership import Ownership
from gazelled.tracker.login.session import Session
from gazelled.tracker.sites.profiles import PROFILES, Profile, profile_for
from gazelled.tracker.sites.site import Site, in_flight
from gazelled.tracker.transport.dispatcher import Dispatcher
from gazelled.tracker.transport.http import HttpTransport
from gazelled.tracker.transport.proxies import OFF, Proxy, parse_proxy, proxy_from_environment
from gazelled.tracker.transport.rate_limiter import RateLimiter

if TYPE_CHECKING:
    from gazelled.tracker.decoding.reading import By, Drift


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
        dispatcher = Dispatcher(session, limiter, health, clock, answered=answered)
        await stack.enter_async_context(dispatcher.running())
        yield dispatcher


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
    ca: Path | None = None,
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
        folder: Where to store what must survive: the session, pauses, downloads. It is created.
        memory: Stores these instead; the files of downloads still need the folder.
        clock: The clock.
        contact: Your address or page, for the tracker's operators.
        ca: A file with certificates to trust beside the system's.
        proxy: The address of an HTTP proxy.
        downloads_a_day: The most `.torrent` files that are fetched within a day.
        allow: The changes that `api.write` may make by forms of the website, such as
            `{"bookmark"}`; none by default.
        on_drift: Called with the action and the differences when answers differ from their models.

    Yields:
        The API.

    Raises:
        ConfigError: If there is no such profile, or something can't be read.
        TrackerUnavailable: If the tracker asks for a longer pause, or another process
            uses the account; the text says until when, or who.

    """
    check_allowed(allow)
    clock = clock or Clock()
    profile = _profile(url, profile)
    site = _site(url, profile, contact)
    if folder is not None:
        folder = Path(folder)
        memory = memory or FileStore(folder / "memory.json")
    store = memory or InMemoryStore()
    health = TrackerHealth(clock, store, spread=url, hint="")
    async with open_dispatcher(
        site, auth, clock, health, store=memory, ca=ca, proxy=_proxy(url, proxy)
    ) as dispatcher:
        dispatcher.stops_are_final = True
        await dispatcher.session.claim()
        if isinstance(problem := health.problem(), TrackerUnavailable):
            raise problem
        downloads = Downloads(
            dispatcher.call,
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
            dispatcher,
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
    return None if proxy == OFF else parse_proxy(proxy)


def _site(url: str, profile: Profile, contact: str) -> Site:
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
        dialect=profile.dialect,
    )
