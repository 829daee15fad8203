"""
Sites that gazelled has no profile for, as a plugin declares them.

    SiteSpec(
        name="biotorrents-api",
        about="BioTorrents.de by its newer page",
        based_on="biotorrents",
        url="https://torrents.bio",
        endpoint="api.php",
    )

`[tracker] profile = "NAME"` names it; without, it applies to the host of its url where no bundled
profile does. What is left out is that of the profile it is based on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_ENDPOINT = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]*|")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSpec:
    """
    What a site is like; None is as the profile that it is based on.

    Attributes:
        name: Its name in the config.
        about: Which site it is, in a few words.
        based_on: A bundled profile, or a site that a plugin declares.
        url: Its address; the address of the tracker where `[tracker]` names the site and no url.
        endpoint: The page that answers its API.
        scheme: The word before the token in the Authorization header; empty for the bare token.
        zone: The zone of the times in its answers.
        requests: How many requests it takes in each `per`.
        per: In seconds.
        limits: How many requests of single actions it takes in how many seconds, where that is
            stricter.
        floor: The least seconds between two looks of a watch.
        token_loads_user: Whether a token sees as much as a log-in.
        token_downloads: Whether a token can download torrents.
        source: Where this is known from.

    """

    name: str
    about: str
    based_on: str = "gazelle"
    url: str = ""
    endpoint: str | None = None
    scheme: str | None = None
    zone: str | None = None
    requests: int | None = None
    per: float | None = None
    limits: Mapping[str, tuple[int, float]] | None = None
    floor: float | None = None
    token_loads_user: bool | None = None
    token_downloads: bool | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for what no site is like."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f'a site is named with letters, digits, - and _, not "{self.name}"')
        if self.url and (urlsplit(self.url).scheme not in {"http", "https"} or not self.host):
            raise ValueError(f"{self.name}: url is an address with https://")
        if not _ENDPOINT.fullmatch(self.endpoint or "ajax.php"):
            raise ValueError(f"{self.name}: endpoint is the name of a file, like ajax.php")
        if not _SCHEME.fullmatch(self.scheme or ""):
            raise ValueError(f"{self.name}: scheme is one word, or empty for none")
        for name in ("requests", "per", "floor"):
            number = getattr(self, name)
            if number is not None and number <= 0:
                raise ValueError(f"{self.name}: {name} is more than 0")
        try:
            ZoneInfo(self.zone or "UTC")
        except (KeyError, OSError, ValueError):
            raise ValueError(f'{self.name}: there is no time zone "{self.zone}"') from None

    @property
    def host(self) -> str:
        """The host of its address; empty without one."""
        return urlsplit(self.url).hostname or ""
