"""`[profile.NAME]`, and what `[tracker]` changes of the profile that it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Problems
from gazelled.text import unknown
from gazelled.tracker.sites.profiles import PROFILES, Profile, profile_for
from gazelled.units import human_duration, parse_duration
from gazelled.watches.keys.schedules import check_zone
from gazelled.watches.keys.table import Table, key

_ANY = PROFILES["gazelle"]
_ENDPOINT = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]*|")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_FOREVER = 10**9


class LimitTable(Table):
    """`[tracker.limit]`, or the limit of a profile; what is left out is the profile's."""

    requests: int = 0
    per: object = key(None, form="pause")
    floor: object = key(None, form="pause")


class SiteTable(Table):
    """What a site takes for granted: the keys that `[tracker]` and `[profile.NAME]` share."""

    endpoint: str = key("", '"ajax.php"', form="endpoint")
    scheme: str = key("", '"Bearer"', form="scheme")
    zone: str = key("", '"Europe/Berlin"')
    limit: LimitTable = LimitTable()


class ProfileTable(SiteTable):
    """`[profile.NAME]`; what is left out is that of the profile it is based on."""

    about: str = key("", '"Our tracker"')
    based_on: str = key("", '"gazelle"')
    hosts: list[str] = key([], '["tracker.example"]', form="hosts")
    token_loads_user: bool = False
    token_downloads: bool = False


def check_profiles(
    tables: Mapping[str, ProfileTable], sites: Mapping[str, Profile], problems: Problems
) -> Mapping[str, Profile]:
    """
    Return all profiles by name, those of the config first, without what is wrong in them.

    Args:
        tables: The tables of the config.
        sites: The profiles of sites that plugins declare; they come last.
        problems: Takes what is wrong.

    """
    known = {**PROFILES, **sites}
    profiles = {**tables, **known}
    built: dict[str, Profile] = {}

    def build(name: str, under_way: tuple[str, ...]) -> Profile:
        if name in built:
            return built[name]
        if name in known:
            return known[name]
        at, table = ("profile", name, "based_on"), tables[name]
        base = table.based_on or _ANY.name
        if base in {name, *under_way}:
            problems.error(at, "it is based on itself in the end; name another one")
            base = _ANY.name
        elif base not in profiles:
            problems.error(at, unknown(f'profile "{base}"', base, profiles))
            base = _ANY.name
        profile = build(base, (*under_way, name))
        built[name] = built.get(name) or _built(name, table, profile, problems)
        return built[name]

    for name in tables:
        if name in known:
            whose = "gazelled" if name in PROFILES else "a plugin"
            text = f'comes with {whose}; give yours another name, and based_on = "{name}"'
            problems.error(("profile", name), text)
        else:
            build(name, ())
    return {**{name: built[name] for name in tables if name in built}, **known}


def choose_profile(
    name: str, host: str, profiles: Mapping[str, Profile], problems: Problems
) -> Profile:
    """Return the profile that `[tracker]` names, else the one of its host."""
    if name in profiles:
        return profiles[name]
    if name:
        problems.error(("tracker", "profile"), unknown(f'profile "{name}"', name, profiles))
    return profile_for(host, profiles)


def check_site(at: Key, table: SiteTable, profile: Profile, problems: Problems) -> Profile:
    """Return a profile with the endpoint, scheme, zone and limit of a table, as far as they fit."""
    written = table.model_fields_set
    if "endpoint" in written and not _ENDPOINT.fullmatch(table.endpoint):
        problems.error((*at, "endpoint"), 'expected the name of a file, like "ajax.php"')
    if "scheme" in written and not _SCHEME.fullmatch(table.scheme):
        problems.error((*at, "scheme"), 'expected one word, like "Bearer", or "" for none')
    if "zone" in written and (wrong := check_zone(table.zone)):
        problems.error((*at, "zone"), wrong)
    fitting = [
        name
        for name in ("endpoint", "scheme", "zone")
        if name in written and not problems.at((*at, name))
    ]
    site = replace(profile, **{name: getattr(table, name) for name in fitting})
    return _check_limit((*at, "limit"), table.limit, site, problems)


def _built(name: str, table: ProfileTable, base: Profile, problems: Problems) -> Profile:
    at: Key = ("profile", name)
    written = table.model_fields_set
    for index, host in enumerate(table.hosts):
        if not _HOST.fullmatch(host) and not problems.at((*at, "hosts", index)):
            problems.error(
                (*at, "hosts", index), 'expected the name of a host, like "tracker.example"'
            )
    tells = written & {"token_loads_user", "token_downloads"}
    return replace(
        check_site(at, table, base, problems),
        name=name,
        about=table.about or f"as the config says, based on {base.name}",
        hosts=tuple(table.hosts),
        source="the config",
        **{key: getattr(table, key) for key in tells},
    )


def _check_limit(at: Key, table: LimitTable, profile: Profile, problems: Problems) -> Profile:
    written = table.model_fields_set
    requests, per, floor = profile.requests, profile.per, profile.floor
    if "requests" in written:
        requests = table.requests
        if requests < 1:
            problems.error((*at, "requests"), "expected 1 or more")
    if "per" in written:
        per = _seconds((*at, "per"), table.per, problems, or_none=True)
    if "floor" in written:
        floor = _seconds((*at, "floor"), table.floor, problems)
        if floor < profile.floor and not problems.at((*at, "floor")):
            problems.warn(
                (*at, "floor"),
                f"below {human_duration(profile.floor)}: the site's operators may mind watches"
                " that ask more often",
            )
    # Somebody who sets a limit knows what holds for every action.
    limits = {} if {"requests", "per"} & written else profile.limits
    return replace(profile, requests=requests, per=per, floor=floor, limits=limits)


def _seconds(at: Key, value: object, problems: Problems, *, or_none: bool = False) -> float:
    """Read a duration: a text, or a number of seconds; 0 is no limit at all where that fits."""
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError as error:
            problems.error(at, str(error))
            return _ANY.floor
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else -1
    if number == 0 and or_none:
        return 0.0
    if not 0 < number < _FOREVER:
        problems.error(at, 'expected more than 0 seconds, or a duration, like 6 or "15m"')
        return _ANY.floor
    return float(number)
