"""Sites that plugins declare, as profiles beside those that come with gazelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gazelled.config.document.problems import Problems
from gazelled.hooks.contributions import Contributed
from gazelled.plugin.site_specs import SiteSpec
from gazelled.text import unknown
from gazelled.tracker.sites.profiles import PROFILES, Profile

_SAME = ("endpoint", "scheme", "zone", "requests", "per", "floor")
_TELLS = ("token_loads_user", "token_downloads")


def sites_of(
    declared: Iterable[Contributed[SiteSpec]], problems: Problems
) -> Mapping[str, Profile]:
    """
    Return the profiles of the sites that plugins declare, by name.

    One that gazelled has itself, or whose base is unknown, is left out, and that is a problem.

    Args:
        declared: What plugins declare; a site may be based on an earlier one.
        problems: Takes what is left out.

    """
    profiles: dict[str, Profile] = {}
    for plugin, spec in ((one.plugin, one.value) for one in declared):
        at, known = ("plugin", plugin), {**PROFILES, **profiles}
        if spec.name in PROFILES:
            problems.warn(at, f'its site "{spec.name}" is left out: gazelled has one of that name')
        elif spec.based_on not in known:
            text = unknown(f'profile "{spec.based_on}"', spec.based_on, known)
            problems.warn(at, f'its site "{spec.name}" is left out: {text}')
        else:
            profiles[spec.name] = _profile_of(plugin, spec, known[spec.based_on])
    return profiles


def _profile_of(plugin: str, spec: SiteSpec, base: Profile) -> Profile:
    changed = {
        name: value for name in (*_SAME, *_TELLS) if (value := getattr(spec, name)) is not None
    }
    # As in [profile.NAME]: a limit of one's own stands for all actions, unless some are given.
    limits = spec.limits
    if limits is None:
        limits = {} if {"requests", "per"} & changed.keys() else base.limits
    return replace(
        base,
        name=spec.name,
        about=spec.about,
        hosts=tuple(filter(None, [spec.host])),
        user_class="",
        limits=limits,
        # Nothing was requested or read there of what is known of the base.
        dialect=replace(base.dialect, verified=(), documented=()),
        source=f'the plugin "{plugin}"' + (f": {spec.source}" if spec.source else ""),
        **changed,
    )
