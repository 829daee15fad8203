"""The configuration as the rest of the daemon sees it: complete, checked, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from gazelled.config.document.config_files import Stamp
from gazelled.delivery.limit import DeliveryLimit
from gazelled.hooks.loading import PluginSettings
from gazelled.hooks.registry import Registry
from gazelled.model import QuietHours
from gazelled.plugin import PluginConfig
from gazelled.tracker.client.daily_limit import A_DAY
from gazelled.tracker.forms.allowed import NOTHING, Allowed
from gazelled.tracker.login.auth import Auth, TokenAuth
from gazelled.tracker.sites.profiles import PROFILES, Profile
from gazelled.tracker.sites.site import Site, in_flight
from gazelled.tracker.transport.proxies import Proxy
from gazelled.watches.keys.kinds import Kinds
from gazelled.watches.keys.schedules import At, Every, Schedule
from gazelled.watches.keys.table import Table, key
from gazelled.watches.plugins.source_set import SourceSet
from gazelled.watches.watch import Watch

TIMEOUT = 60.0
"""The seconds that a target may take for a message, unless configured: real services need less."""


@dataclass(frozen=True, slots=True)
class Tracker:
    """
    The tracker and how to log in there.

    Attributes:
        url: Its address, without a slash at the end.
        share: The part of the limit that watches may use, up to 1.
        ca: A file with certificates to trust beside the system's.
        proxies_off: Whether `proxy = "none"` switches off what the environment names.
        contact: Told to the operators in the User-Agent.
        user_agent: What the User-Agent ends with.
        profile: What the site takes for granted, by itself.
        effective: The profile with what `[tracker]` changes of it, which is what holds.
        catch_up: How many ids are asked for one by one, at most, when a stream was cut off.
        downloads_a_day: How many `.torrent` files are fetched within a day, at most.
        allow: The changes that commands may make by forms of the website.

    """

    url: str
    name: str
    auth: Auth
    share: float = 0.1
    ca: Path | None = None
    proxy: Proxy | None = None
    proxies_off: bool = False
    contact: str = ""
    user_agent: str = ""
    profile: Profile = PROFILES["gazelle"]
    effective: Profile = PROFILES["gazelle"]
    catch_up: int = 5000
    downloads_a_day: int = A_DAY
    allow: frozenset[Allowed] = NOTHING

    @property
    def bare_token(self) -> bool:
        """Whether it is a token that asks, at a site that tells a token less than its user."""
        return isinstance(self.auth, TokenAuth) and not self.profile.token_loads_user

    @property
    def site(self) -> Site:
        profile = self.effective
        return Site(
            url=self.url,
            name=self.name,
            endpoint=profile.endpoint,
            requests=in_flight(profile.requests, profile.per),
            per=profile.per,
            limits=profile.limits,
            scheme=profile.scheme if isinstance(self.auth, TokenAuth) else "",
            zone=profile.zone,
            token_downloads=profile.token_downloads,
            contact=self.contact,
            program=self.user_agent,
            dialect=self.profile.dialect,
        )


@dataclass(frozen=True, slots=True)
class PingSettings:
    """The address that is fetched while all is well, and every how many seconds."""

    url: SecretStr
    every: float


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """Which targets to notify about the daemon itself, when to send a heartbeat, what to fetch."""

    tell: tuple[str, ...] = ()
    alive: Schedule | None = None
    ping: PingSettings | None = None


@dataclass(frozen=True, slots=True)
class TargetTable:
    """
    One destination; its options are what else its table holds, with references replaced.

    Attributes:
        quiet: When its messages wait.
        timeout: The seconds that it may take for a message.
        zone: Its time zone, for the times in messages.
        limit: How many messages it gets in a period.
        digest: When its messages come as one; None if each comes by itself.
        burst: How many messages at once are not one yet; 0 if any number is not.

    """

    name: str
    plugin: str
    options: Mapping[str, object] = field(default_factory=dict, repr=False)
    quiet: tuple[QuietHours, ...] = ()
    timeout: float = TIMEOUT
    zone: str = "UTC"
    limit: DeliveryLimit | None = None
    digest: Every | At | None = None
    burst: int = 0

    def uncombinable(self, options: type[PluginConfig]) -> dict[str, str]:
        """Return what is wrong with keys that combine events, at a plugin that takes each alone."""
        if options.combines:
            return {}
        text = f"{self.plugin} gets each event by itself, as it must; remove this key"
        return {name: text for name in ("digest", "burst") if getattr(self, name)}


class Web(Table):
    """
    `[web]`: where the page and feeds are served, and what is open there.

    Attributes:
        listen: `host:port` on loopback, or `unix:PATH`; empty for nowhere.
        prefix: The path below which a proxy has it, such as `/gazelled`.
        url: The name under which a proxy has it, such as `https://lab.example`.
        forwarded: Whether to believe what a proxy says of its clients (`X-Forwarded-*`).
        metrics: Who may read `/metrics`: `token`, `open` for all, `off`.
        private_feeds: Whether only those who know their address can read feeds.

    """

    listen: str = key("127.0.0.1:8765", '"127.0.0.1:8765"')
    prefix: str = key("", '"/gazelled"')
    url: str = key("", '"https://lab.example"')
    forwarded: bool = key(default=False, example="true")
    metrics: Literal["token", "open", "off"] = key("token", '"open"')
    private_feeds: bool = key(default=False, example="true")

    @property
    def address(self) -> str:
        """What stands before every address of this daemon, without a slash at its end."""
        host = "localhost" if self.listen.startswith("unix:") else self.listen
        origin = self.url.rstrip("/") or (f"http://{host}" if host else "")
        return origin + self.prefix


class Log(Table):
    """`[log]`: how and how much is logged."""

    format: Literal["auto", "console", "json", "journald"] = key(
        "auto", about="What a line looks like; auto suits where it is written."
    )
    level: Literal["debug", "info", "warning", "error"] = key("info", about="How much is logged.")


@dataclass(frozen=True, slots=True)
class Config:
    """
    Everything that config.toml and conf.d say.

    Attributes:
        watches: The watches by name, without disabled ones.
        resting: Those that don't run: disabled ones, and those that lack a plugin.
        plugins: The tables of plugins, by the name that targets use.
        registry: The plugins that were loaded.
        profiles: All profiles of sites by name.
        secrets: Every secret that was found, for the redactor.
        kinds: The kinds of watch that there are.
        sources: The sources that plugins bring.
        stamp: The files it was read from, as they were just before.
        read_at: When that was.

    """

    file: Path
    tracker: Tracker
    notices: NoticeSettings
    watches: Mapping[str, Watch]
    targets: Mapping[str, TargetTable]
    plugins: Mapping[str, PluginSettings]
    web: Web
    log: Log
    secrets: tuple[SecretStr, ...]
    kinds: Kinds
    resting: Mapping[str, Watch] = field(default_factory=dict)
    sources: SourceSet = field(default_factory=SourceSet)
    registry: Registry = field(default_factory=Registry, repr=False, compare=False)
    stamp: Stamp = field(default=(), repr=False, compare=False)
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC), repr=False, compare=False)
    profiles: Mapping[str, Profile] = field(
        default_factory=lambda: PROFILES, repr=False, compare=False
    )
