"""
Site profiles: what is different from tracker to tracker, as data.

A profile is what a site takes for granted; every value of it can be set in `[tracker]`, and
users write profiles of their own in `[profile.NAME]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gazelled.tracker.sites.dialect import BIOTORRENTS, GAZELLE, Dialect
from gazelled.tracker.sites.orpheus import LIMITS, ORPHEUS

QUARTER = 900.0
ANY_SITE = "gazelle"
"""The profile of sites that none is for."""


@dataclass(frozen=True, slots=True)
class Profile:
    """
    What one kind of site is like.

    Attributes:
        name: Its name in the config.
        about: Which site it is, in a few words.
        hosts: Host names that it is for.
        user_class: The class of users that it is for; empty for all.
        endpoint: The page that answers the API.
        scheme: The word before the token in the Authorization header; empty for the bare token.
        requests: How many requests it takes in each `per`; strict enough for all its actions.
        per: In seconds; 0 for no limit.
        floor: The least seconds between two runs of a watch.
        zone: The zone of the times in its answers.
        token_loads_user: Whether a token sees as much as a cookie.
        token_downloads: Whether a token can download torrents.
        limits: How many requests of an action pass in how many seconds, where that is stricter
            than `requests` in `per`; all count together.
        dialect: In which actions its API differs from the catalogue, and what is known to work.
        source: Where that is known from, and of which date.

    """

    name: str
    about: str
    hosts: tuple[str, ...] = ()
    user_class: str = ""
    endpoint: str = "ajax.php"
    scheme: str = "Bearer"
    requests: int = 1
    per: float = 6.0
    floor: float = QUARTER
    zone: str = "UTC"
    token_loads_user: bool = False
    token_downloads: bool = False
    limits: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    dialect: Dialect = GAZELLE
    source: str = ""


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            "biotorrents",
            "BioTorrents.de",
            hosts=("biotorrents.de", "torrents.bio"),
            dialect=BIOTORRENTS,
            source="its API documentation, and its application of 2021-03-05",
        ),
        Profile(
            "biotorrents-donor",
            "BioTorrents.de for users of the class Donor, who have no limit",
            hosts=("biotorrents.de", "torrents.bio"),
            user_class="Donor",
            per=0.0,
            dialect=BIOTORRENTS,
            source="its API documentation, and its application of 2021-03-05",
        ),
        Profile(
            "orpheus",
            "Orpheus, whose API takes a token without a scheme of its own",
            hosts=("orpheus.network",),
            scheme="token",
            requests=5,
            per=10.0,
            token_loads_user=True,
            token_downloads=True,
            limits=LIMITS,
            dialect=ORPHEUS,
            source=(
                "its documentation, and the published source of its application: limits differ "
                "by action over one shared counter"
            ),
        ),
        Profile(ANY_SITE, "Another site that runs Gazelle", source="as strict as BioTorrents.de"),
    )
}
"""The profiles that come with gazelled, by name."""


def profile_for(
    host: str, profiles: Mapping[str, Profile] = PROFILES, *, user_class: str = ""
) -> Profile:
    """
    Return the profile of a host, or of what a site calls itself; the one for any site if none does.

    One for the user's class comes before others, which keep their order.
    """
    host = host.lower()
    fitting = [
        profile
        for profile in profiles.values()
        if profile.user_class in {"", user_class}
        and (
            any(host == domain or host.endswith(f".{domain}") for domain in profile.hosts)
            or (host == profile.name and profile.hosts)
        )
    ]
    fitting.sort(key=lambda profile: not profile.user_class)
    return fitting[0] if fitting else PROFILES[ANY_SITE]
