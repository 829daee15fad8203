"""What differs between the config in use and a newer one, and what of that requires a restart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from gazelled.config import Config
from gazelled.config.model import TargetTable, Tracker
from gazelled.hooks.loading import PluginSettings
from gazelled.plugin import TableChanges
from gazelled.service.reloading.reload_reply import ConfigDifference
from gazelled.tracker.login.auth import TokenAuth
from gazelled.tracker.sites.profiles import Profile
from gazelled.watches.watch import Watch

T = TypeVar("T")

_LIMITS = ("share", "catch_up", "downloads_a_day")
"""The keys of `[tracker]` that limit requests, beside its limit."""

_AT_A_START = ("name", "auth", "ca", "proxy", "proxies_off", "contact", "user_agent", "effective")
"""What of `[tracker]` the connection is made of."""

_KEYS = {"auth": "credentials", "proxies_off": "proxy", "effective": "profile"}
"""What people know some of them as."""

_LIMIT = ("requests", "per", "limits", "floor")
"""The limit in a profile; `floor` is only looked at by checks of the config."""

_ABOUT = ("name", "about", "hosts", "user_class", "source")
"""What of a profile nothing depends on, once it was chosen."""

_IDENTITY = ("endpoint", "scheme", "zone", "dialect")
"""What of a profile its watches are made for."""


def limit_of(config: Config) -> tuple[object, ...]:
    """Return the limit that requests keep."""
    site = config.tracker.site
    return site.requests, site.per, site.limits


def is_another_site(old: Config, new: Config) -> bool:
    """Return whether two configs are about different sites, so that nothing of one fits."""
    before, now = old.tracker.effective, new.tracker.effective
    other = any(getattr(before, name) != getattr(now, name) for name in _IDENTITY)
    return other or old.tracker.url != new.tracker.url


def renewed_token(old: Config, new: Config) -> TokenAuth | None:
    """Return a token that is to take the place of another one; None if there is none."""
    before, auth = old.tracker.auth, new.tracker.auth
    if before == auth or not isinstance(before, TokenAuth):
        return None
    return auth if isinstance(auth, TokenAuth) else None


def restart_needed(old: Config, new: Config, *, renews: bool) -> list[str]:
    """Return the keys that are used from the next start on; with `renews` a token is none."""
    if is_another_site(old, new):
        return _site_keys(old.tracker, new.tracker)
    tracker = dict.fromkeys(
        f"tracker.{_KEYS.get(name, name)}"
        for name in _AT_A_START
        if getattr(old.tracker, name) != getattr(_with_limit(new.tracker, old.tracker), name)
        and not (name == "auth" and renews and renewed_token(old, new))
    )
    return [*tracker, *(f"plugin.{name}" for name in sorted(new.registry.bound))]


def _site_keys(old: Tracker, new: Tracker) -> list[str]:
    """Return the keys that make another site of it: the address, the profile, or keys of one."""
    if old.url != new.url:
        return ["tracker.url"]
    if old.profile.name != new.profile.name:
        return ["tracker.profile"]
    return [
        f"profile.{new.profile.name}.{'based_on' if name == 'dialect' else name}"
        if getattr(old.profile, name) != getattr(new.profile, name)
        else f"tracker.{name}"
        for name in _IDENTITY
        if getattr(old.effective, name) != getattr(new.effective, name)
    ]


def usable_now(old: Config, new: Config, *, renews: bool) -> Config:
    """Return a new config with the old values of what requires a restart, as a token may."""
    fresh: dict[str, object] = {name: getattr(new.tracker, name) for name in (*_LIMITS, "allow")}
    tracker: Tracker = replace(old.tracker, **fresh)  # type: ignore[arg-type]  # their own types
    tracker = _with_limit(tracker, new.tracker)
    if renews:
        tracker = replace(tracker, auth=renewed_token(old, new) or tracker.auth)
    bound = {name: old.plugins[name] for name in new.registry.bound if name in old.plugins}
    return replace(new, tracker=tracker, plugins={**new.plugins, **bound})


def _with_limit(tracker: Tracker, other: Tracker) -> Tracker:
    """Return a tracker with the limit of another one, as its profile and config have it."""
    limit = {name: getattr(other.effective, name) for name in (*_LIMIT, *_ABOUT)}
    effective = replace(tracker.effective, **limit)
    fits = effective == other.effective  # in all that the connection is made of
    return replace(tracker, effective=effective, profile=other.profile if fits else tracker.profile)


def difference_of(old: Config, new: Config) -> ConfigDifference:
    """Return what differs between two configs of one site."""
    return ConfigDifference(
        watches=_names(old.watches, new.watches, _renamed_watches(old.watches, new.watches)),
        targets=_names(old.targets, new.targets, _renamed_targets(old.targets, new.targets)),
        plugins=_plugins(old, new),
        limits=tuple(_limits(old, new)),
        other=tuple(_others(old, new)),
    )


def _names(
    old: Mapping[str, object], new: Mapping[str, object], renamed: Mapping[str, str]
) -> TableChanges:
    return TableChanges(
        added=tuple(name for name in new if name not in old and name not in renamed),
        removed=tuple(name for name in old if name not in new and name not in renamed.values()),
        changed=tuple(name for name in new if name in old and old[name] != new[name]),
        renamed=dict(renamed),
    )


def _renamed_watches(old: Mapping[str, Watch], new: Mapping[str, Watch]) -> dict[str, str]:
    return _renamed(
        {name: watch.rule for name, watch in old.items() if name not in new},
        {name: watch.rule for name, watch in new.items() if name not in old},
    )


def _renamed_targets(
    old: Mapping[str, TargetTable], new: Mapping[str, TargetTable]
) -> dict[str, str]:
    def identity(table: TargetTable) -> str:
        return repr((table.plugin, table.timeout, sorted(table.options.items())))

    return _renamed(
        {name: identity(table) for name, table in old.items() if name not in new},
        {name: identity(table) for name, table in new.items() if name not in old},
    )


def _renamed(gone: Mapping[str, T], come: Mapping[str, T]) -> dict[str, str]:
    """Return the old names by the new ones, where just one of each can be meant."""
    often = Counter(gone.values()), Counter(come.values())
    old_names = {value: name for name, value in gone.items()}
    return {
        name: old_names[value]
        for name, value in come.items()
        if all(counts[value] == 1 for counts in often)
    }


def _plugins(old: Config, new: Config) -> TableChanges:
    """Return which plugins are loaded, and which have changed; `order` and `share` count."""
    before, now = _loaded(old), _loaded(new)
    names = _names(before, now, {})
    others = (now.keys() & before.keys()) - new.registry.shared_with(old.registry)
    return replace(names, changed=tuple(dict.fromkeys([*names.changed, *sorted(others)])))


def _loaded(config: Config) -> dict[str, PluginSettings]:
    records = config.registry.records.values()
    return {record.name: record.settings for record in records if record.state == "loaded"}


def _limits(old: Config, new: Config) -> Iterator[str]:
    limits = [_limit_text(config.tracker.effective) for config in (old, new)]
    if limits[0] != limits[1]:
        yield f"tracker.limit: {limits[0]} → {limits[1]}"
    for name in _LIMITS:
        values = [getattr(config.tracker, name) for config in (old, new)]
        if values[0] != values[1]:
            yield f"tracker.{name}: {values[0]} → {values[1]}"


def _limit_text(profile: Profile) -> str:
    """Return the limit of a profile, as a person writes it."""
    stricter = f", {len(profile.limits)} actions fewer" if profile.limits else ""
    return f"{profile.requests} in {profile.per:g} s{stricter}" if profile.per else "none"


def _others(old: Config, new: Config) -> Iterator[str]:
    values: dict[str, tuple[object, object]] = {
        "notices.tell": (old.notices.tell, new.notices.tell),
        "notices.alive": (old.notices.alive, new.notices.alive),
        "notices.ping": (old.notices.ping, new.notices.ping),
        "tracker.token": (old.tracker.auth, new.tracker.auth),
        "tracker.allow": (old.tracker.allow, new.tracker.allow),
        "web": (old.web, new.web),
        "log": (old.log, new.log),
        "secrets": ({*old.secrets}, {*new.secrets}),
    }
    yield from (name for name, (before, now) in values.items() if before != now)
