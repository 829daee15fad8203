"""Checks `[profile.NAME]`, and what `[tracker]` changes of the profile that it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Report
from gazelled.config.schedules import check_zone
from gazelled.config.tables import LimitTable, ProfileTable, TrackerTable
from gazelled.text import unknown
from gazelled.tracker.sites.profiles import PROFILES, Profile, profile_for
from gazelled.units import human_duration, parse_duration

_ANY = PROFILES["gazelle"]
_ENDPOINT = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]*|")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_FOREVER = 10**9


def check_profiles(tables: Mapping[str, ProfileTable], report: Report) -> Mapping[str, Profile]:
    """
    Check the profiles of the config and build them; what is wrong in one is told, and left out.

    Args:
        tables: The tables by name.
        report: Where problems go.

    Returns:
        All profiles by name, those of the config first.

    """
    known = {**tables, **PROFILES}
    built: dict[str, Profile] = {}

    def build(name: str, under_way: tuple[str, ...]) -> Profile:
        if name in built:
            return built[name]
        if name in PROFILES:
            return PROFILES[name]
        key, table = ("profile", name, "based_on"), tables[name]
        base = table.based_on or _ANY.name
        if base in {name, *under_way}:
            report.error(key, "it is based on itself in the end; name another one")
            base = _ANY.name
        elif base not in known:
            report.error(key, unknown(f'profile "{base}"', base, known))
            base = _ANY.name
        profile = build(base, (*under_way, name))
        built[name] = built.get(name) or _built(name, table, profile, report)
        return built[name]

    for name in tables:
        if name in PROFILES:
            text = f'comes with gazelled; give yours another name, and based_on = "{name}"'
            report.error(("profile", name), text)
        else:
            build(name, ())
    return {**{name: built[name] for name in tables if name in built}, **PROFILES}


def choose_profile(
    name: str, host: str, profiles: Mapping[str, Profile], report: Report
) -> Profile:
    """
    Return the profile that `[tracker]` names, else the one of its host.

    Args:
        name: What it names; empty for none.
        host: The host of its address; empty if that isn't known.
        profiles: All profiles by name.
        report: Where problems go.

    """
    if name in profiles:
        return profiles[name]
    if name:
        report.error(("tracker", "profile"), unknown(f'profile "{name}"', name, profiles))
    return profile_for(host, profiles)


def check_site(
    at: Key, table: TrackerTable | ProfileTable, profile: Profile, report: Report
) -> Profile:
    """
    Apply to a profile what a table says of the endpoint, the scheme, the zone and the limit.

    Args:
        at: Where the table stands.
        table: The table.
        profile: The profile.
        report: Where problems go; what doesn't fit leaves the profile's.

    """
    given = table.model_fields_set
    if "endpoint" in given and not _ENDPOINT.fullmatch(table.endpoint):
        report.error((*at, "endpoint"), 'wanted the name of a file, like "ajax.php"')
    if "scheme" in given and not _SCHEME.fullmatch(table.scheme):
        report.error((*at, "scheme"), 'wanted one word, like "Bearer", or "" for none')
    if "zone" in given and (wrong := check_zone(table.zone)):
        report.error((*at, "zone"), wrong)
    kept = {name for name in given if not report.told((*at, name))}
    site = replace(
        profile,
        endpoint=table.endpoint if "endpoint" in kept else profile.endpoint,
        scheme=table.scheme if "scheme" in kept else profile.scheme,
        zone=table.zone if "zone" in kept else profile.zone,
    )
    return _check_limit((*at, "limit"), table.limit, site, report)


def _built(name: str, table: ProfileTable, base: Profile, report: Report) -> Profile:
    at: Key = ("profile", name)
    given = table.model_fields_set
    for index, host in enumerate(table.hosts):
        if not _HOST.fullmatch(host) and not report.told((*at, "hosts", index)):
            report.error((*at, "hosts", index), 'wanted the name of a host, like "tracker.example"')
    site = check_site(at, table, base, report)
    return replace(
        site,
        name=name,
        about=table.about or f"as the config says, based on {base.name}",
        hosts=tuple(table.hosts),
        token_loads_user=(table if "token_loads_user" in given else base).token_loads_user,
        token_downloads=(table if "token_downloads" in given else base).token_downloads,
        source="the config",
    )


def _check_limit(at: Key, table: LimitTable, profile: Profile, report: Report) -> Profile:
    given = table.model_fields_set
    requests, per, floor = profile.requests, profile.per, profile.floor
    if "requests" in given:
        requests = table.requests
        if requests < 1:
            report.error((*at, "requests"), "wanted 1 or more")
    if "per" in given:
        per = _seconds((*at, "per"), table.per, report, or_none=True)
    if "floor" in given:
        floor = _seconds((*at, "floor"), table.floor, report)
        if floor < profile.floor and not report.told((*at, "floor")):
            report.warn(
                (*at, "floor"),
                f"below {human_duration(profile.floor)}: the site's operators may mind watches"
                " that ask more often",
            )
    return replace(profile, requests=requests, per=per, floor=floor)


def _seconds(key: Key, value: object, report: Report, *, or_none: bool = False) -> float:
    """
    Read a duration.

    Args:
        key: Where it stands.
        value: A text, or a number of seconds.
        report: Where it is told when it doesn't fit.
        or_none: Whether the number 0 fits: no limit at all.

    """
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError as error:
            report.error(key, str(error))
            return _ANY.floor
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else -1
    if number == 0 and or_none:
        return 0.0
    if not 0 < number < _FOREVER:
        text = 'wanted more than 0 seconds, or a duration, like 6 or "15m"'
        report.error(key, text)
        return _ANY.floor
    return float(number)
