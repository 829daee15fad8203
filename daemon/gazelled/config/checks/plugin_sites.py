"""Sites that plugins declare, as profiles beside those that come with gazelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gazelled.config.document.problems import Problems
from gazelled.plugin.site_specs import SiteSpec
from gazelled.text import unknown
from gazelled.tracker.sites.profiles import PROFILES, Profile

_SAME = ("endpoint", "scheme", "zone", "requests", "per", "floor")
_TELLS = ("token_loads_user", "token_downloads")


def sites_of(declared: Iterable[tuple[str, SiteSpec]], problems: Problems) -> Mapping[str, Profile]:
    """
    Return the profiles of the sites that plugins declare, by name.

    One whose name is taken, or whose base is unknown, is left out, and that is a problem.

    Args:
        declared: The names of plugins, and what each declares.
        problems: Takes what is left out.

    """
    profiles: dict[str, Profile] = {}
    owners: dict[str, str] = {}
    for plugin, spec in declared:
        at, known = ("plugin", plugin), {**PROFILES, **profiles}
        if spec.name in PROFILES:
            problems.warn(at, f'its site "{spec.name}" is left out: gazelled has one itself')
        elif spec.name in owners:
            owner = owners[spec.name]
            problems.warn(at, f'its site "{spec.name}" is left out: the plugin "{owner}" has it')
        elif spec.based_on not in known:
            text = unknown(f'profile "{spec.based_on}"', spec.based_on, known)
            problems.warn(at, f'its site "{spec.name}" is left out: {text}')
        else:
            owners[spec.name] = plugin
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
        source=f'the plugin "{plugin}"' + (f": {spec.source}" if spec.source else ""),
        **changed,
    )
