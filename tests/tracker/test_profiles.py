"""Site profiles: data that is true of the sites."""

from __future__ import annotations

import pytest

from gazelled.clock import Clock
from gazelled.model import Call
from gazelled.testing import Simulator
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import TokenAuth
from gazelled.tracker.login.session import Session
from gazelled.tracker.sites.profiles import PROFILES, Profile, profile_for
from gazelled.tracker.sites.site import Site
from gazelled.tracker.transport.http import HttpTransport
from gazelled.tracker.transport.rate_limiter import RateLimiter, SlotSource

STRICTEST = {
    "announcements": (2, 60.0),
    "notifications": (2, 60.0),
    "requests": (5, 60.0),
    "browse": (5, 10.0),
}


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("biotorrents.de", "biotorrents"),
        ("www.biotorrents.de", "biotorrents"),
        ("torrents.bio", "biotorrents"),
        ("notbiotorrents.de", "gazelle"),
        ("orpheus.network", "orpheus"),
        ("127.0.0.1", "gazelle"),
        ("", "gazelle"),
    ],
)
def test_a_host_has_a_profile(host: str, name: str) -> None:
    """A host and those below it have the profile that names it, all others the strict one."""
    assert profile_for(host).name == name


@pytest.mark.parametrize("profile", PROFILES.values(), ids=str)
def test_a_site_can_be_a_key(profile: Profile) -> None:
    """Readers of answers are made once for each site."""
    sites = [
        Site("https://a.example", "A", limits=profile.limits, dialect=profile.dialect)
        for _ in range(2)
    ]
    assert len({*sites}) == 1


def test_own_profiles_come_first() -> None:
    """A profile of a user's own for a known host is the one that holds."""
    own = Profile("mine", "Mine", hosts=("biotorrents.de",))
    assert profile_for("biotorrents.de", {"mine": own, **PROFILES}) is own


def test_every_profile_says_where_it_is_known_from() -> None:
    """What is claimed of a site has a source."""
    assert all(each.about and each.source for each in PROFILES.values())
    assert list(PROFILES) == [each.name for each in PROFILES.values()]


async def test_the_limits_are_strict_enough_for_all_actions() -> None:
    """On a site with a limit for each action over one counter, the profile's is never refused."""
    profile = PROFILES["orpheus"]
    clock = Clock(speed=600.0)
    asked = ["browse", "announcements", "index", "requests", "notifications", "announcements"]
    async with Simulator(
        clock=clock, per=10.0, allowed=5, scheme=profile.scheme, limits=STRICTEST
    ) as sim:
        site = Site(
            sim.url,
            sim.name,
            endpoint=profile.endpoint,
            requests=profile.requests,
            per=profile.per,
            scheme=profile.scheme,
        )
        transport = HttpTransport(site, clock)
        session = Session(site, TokenAuth(sim.token()), transport, clock, memory=InMemoryStore())
        limiter = RateLimiter(
            clock,
            requests=profile.requests,
            per=profile.per,
            first_after=0.0,
            limits=profile.limits,
        )
        try:
            for action in asked * 2:
                slots = SlotSource(limiter)
                await session.ask(Call(action), slots)
        finally:
            await transport.close()
    assert [each.action for each in sim.arrivals] == asked * 2
    assert "limited" not in {each.verdict for each in sim.arrivals}
