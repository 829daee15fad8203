"""The config that is in use, table by table, as it counts: with defaults, and secrets masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel, SecretStr

from gazelled.config.document.toml_writer import written
from gazelled.config.model import TargetTable, Tracker
from gazelled.hooks.loading import PluginSettings
from gazelled.service.configuration.watch_written import as_configured, schedule_keys
from gazelled.tracker.login.auth import CookieAuth, LoginAuth, TokenAuth
from gazelled.units import human_duration

if TYPE_CHECKING:  # the app's server shows it
    from gazelled.service.app import App

MASK = "********"


def effective_tables(app: App) -> Iterator[tuple[str, str]]:
    """Yield the header of each table, such as `[target.phone]`, and its keys as TOML."""
    config, scrub = app.config, app.redactor.scrub
    tables: dict[str, Mapping[str, object]] = {
        "tracker": _tracker(config.tracker),
        "tracker.limit": _limit(config.tracker),
        "notices": {
            "tell": [*config.notices.tell],
            "alive": " ".join(map(str, schedule_keys(config.notices.alive).values()))
            if config.notices.alive
            else None,
        },
        "web": config.web.model_dump(mode="json"),
        "log": config.log.model_dump(mode="json"),
        **{f"watch.{name}": as_configured(watch) for name, watch in config.watches.items()},
        **{f"target.{name}": _target(app, table) for name, table in config.targets.items()},
        **{f"plugin.{name}": _plugin(settings) for name, settings in config.plugins.items()},
    }
    for name, table in tables.items():
        shown = {key: masked(part) for key, part in table.items() if not _is_nothing(part)}
        header, _, text = written(name.partition(".")[2] or name, shown).partition("\n")
        if "." in name:
            header = f"[{name.partition('.')[0]}.{header.removeprefix('[watch.')}"
        else:
            header = f"[{name}]"
        yield scrub(header), scrub(text.rstrip())


def masked(value: object) -> object:
    """Return a value as TOML takes it, with secrets masked."""
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, BaseModel):
        return masked({name: getattr(value, name) for name in type(value).model_fields})
    if isinstance(value, Mapping):
        return {str(key): masked(part) for key, part in value.items() if part is not None}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(part) for part in value if part is not None]
    return value if isinstance(value, str | int | float) else str(value)


def _is_nothing(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, list | tuple) and not value)


def _tracker(tracker: Tracker) -> dict[str, object]:
    log_in: dict[str, object] = {}
    match tracker.auth:
        case TokenAuth():
            log_in = {"token": MASK}
        case LoginAuth():
            log_in = {"login": {"username": MASK, "password": MASK}}
        case CookieAuth():
            log_in = {"cookies": str(tracker.auth.source)}
    return {
        "url": tracker.url,
        "name": tracker.name,
        **log_in,
        "profile": tracker.profile.name,
        "share": f"{tracker.share * 100:g}%",
        "catch_up": tracker.catch_up,
        "downloads_a_day": tracker.downloads_a_day,
        "allow": sorted(tracker.allow),
        "zone": tracker.effective.zone,
        "contact": tracker.contact,
        "user_agent": tracker.user_agent,
        "proxy": "none" if tracker.proxies_off else MASK if tracker.proxy else None,
        "ca": str(tracker.ca) if tracker.ca else None,
    }


def _limit(tracker: Tracker) -> dict[str, object]:
    limit = tracker.effective
    return {"requests": limit.requests, "per": human_duration(limit.per) if limit.per else "0s"}


def _target(app: App, table: TargetTable) -> dict[str, object]:
    """Return a target with the options that its plugin uses; what those are is known only by it."""
    destination = app.destinations.get(table.name)
    options: Mapping[str, object] = {}
    if destination is not None:
        made = destination.options
        options = {name: getattr(made, name) for name in type(made).model_fields}
    else:
        options = dict.fromkeys(table.options, MASK)
    own = {
        "timeout": human_duration(table.timeout),
        "zone": table.zone,
        "digest": " ".join(map(str, schedule_keys(table.digest).values()))
        if table.digest
        else None,
        "burst": table.burst or None,
    }
    return {"plugin": table.plugin, **options, **own}


def _plugin(settings: PluginSettings) -> dict[str, object]:
    return {
        "file": str(settings.file) if settings.file else None,
        "module": settings.module,
        "disabled": settings.disabled or None,
        "order": settings.order or None,
        "share": None if settings.share is None else f"{settings.share * 100:g}%",
        "allow": sorted(settings.allow),
        **dict.fromkeys(settings.secrets, MASK),
    }
