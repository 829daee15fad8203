"""A client for a script: everything between a typed call and the wire, in one context."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from yarl import URL

from gazelled.clock import Clock
from gazelled.errors import ConfigError, TrackerUnavailable
from gazelled.tracker.answers.health import Health
from gazelled.tracker.answers.torrent_files import file_page
from gazelled.tracker.api import Api
from gazelled.tracker.client.downloads import A_DAY, Downloads
from gazelled.tracker.client.file_memory import FileMemory
from gazelled.tracker.decoding.drift import Drifts
from gazelled.tracker.login.auth import Auth, Forgetful, Memory, TokenAuth
from gazelled.tracker.login.ownership import Ownership
from gazelled.tracker.login.session import Session
from gazelled.tracker.sites.profiles import PROFILES, Profile, profile_for
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.dispatcher import Dispatcher
from gazelled.tracker.transport.http import HttpTransport
from gazelled.tracker.transport.proxies import OFF, Proxy, proxy_from, read_proxy
from gazelled.tracker.transport.rate_limiter import RateLimiter

if TYPE_CHECKING:
    from gazelled.tracker.decoding.reading import By
    from gazelled.tracker.models import Drift

UNLIMITED_IN_FLIGHT = 2


@asynccontextmanager
async def connect(  # noqa: PLR0913 - each is an independent setting with a default
    url: str,
    auth: Auth,
    *,
    profile: Profile | str | None = None,
    folder: Path | str | None = None,
    memory: Memory | None = None,
    clock: Clock | None = None,
    contact: str = "",
    ca: Path | None = None,
    proxy: str | None = None,
    downloads_a_day: int = A_DAY,
    on_drift: Callable[[str, Sequence[Drift]], None] = lambda *_: None,
) -> AsyncIterator[Api]:
    """
    Be a polite client of a tracker: all calls keep its limit, whoever makes them.

    The first request waits for one window of the limit, since nobody knows what was asked before,
    and for two where the last owner of the account can't be known. An account has one owner on a
    machine: while the daemon or another program has it, this raises. With a folder or a memory the
    account is known by its number, which one request to `index` tells once; without one, by the
    way to log in alone.

    Args:
        url: The tracker's address.
        auth: How to log in.
        profile: What the site is like, or the name of a profile; by its host when None.
        folder: Where to keep what must survive: the session, pauses, downloads. It is made.
        memory: What keeps it instead; downloads still need the folder.
        clock: The time.
        contact: Your address or page, for the tracker's operators.
        ca: A file with certificates to trust beside the system's.
        proxy: The address of an HTTP proxy.
        downloads_a_day: How many `.torrent` files are fetched within a day at most.
        on_drift: Told the action and the differences when answers differ from their models.

    Yields:
        The API.

    Raises:
        ConfigError: If there is no such profile, or something can't be read.
        Unavailable: If the tracker wants to be left alone for longer, or another process uses the
            account; the text says until when, or who.

    """
    clock = clock or Clock()
    profile = _profile(url, profile)
    site = _site(url, profile, contact)
    if folder is not None:
        folder = Path(folder)
        memory = memory or FileMemory(folder / "memory.json")
    kept, memory = memory, memory or Forgetful()
    async with AsyncExitStack() as stack:
        wire = HttpTransport(site, clock, ca=ca, proxy=_proxy(url, proxy))
        stack.push_async_callback(wire.close)
        pacer = RateLimiter(clock, requests=site.requests, per=site.per, first_after=site.per)
        ownership = Ownership(site, auth, kept, clock=clock, control=None, rest=pacer.rest)
        stack.callback(ownership.release)
        await ownership.claim()
        session = Session(site, auth, wire, clock, memory=memory, ownership=ownership)
        health = Health(clock, memory, spread=url, hint="")
        pacer.pause(await health.recall())
        if isinstance(problem := health.problem(), TrackerUnavailable):
            raise problem
        dispatcher = Dispatcher(session, pacer, health, clock)
        await stack.enter_async_context(dispatcher.running())
        downloads = None
        if folder is not None:
            downloads = Downloads(
                dispatcher,
                site.name,
                file_page(site, auth),
                folder / "downloads",
                memory,
                clock,
                a_day=downloads_a_day,
            )
        bare = isinstance(auth, TokenAuth) and not profile.token_loads_user
        by: By = "token" if bare else "cookie"
        yield Api(dispatcher, site, by, drifts=Drifts(on_drift), downloads=downloads)


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
        return proxy_from(os.environ, url)
    return None if proxy == OFF else read_proxy(proxy)


def _site(url: str, profile: Profile, contact: str) -> Site:
    return Site(
        url=url,
        name=URL(url).host or url,
        endpoint=profile.endpoint,
        requests=profile.requests if profile.per else UNLIMITED_IN_FLIGHT,
        per=profile.per,
        scheme=profile.scheme,
        zone=profile.zone,
        token_downloads=profile.token_downloads,
        contact=contact,
    )
