"""What is known of every plugin: where it comes from, what it does, and how it is doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gazelled.containment.exclusions import Exclusion
from gazelled.hooks import PluginHealth
from gazelled.hooks.loading import PluginEntry, PluginSettings
from gazelled.hooks.loading.plugin_origin import installed_names, origin_of
from gazelled.hooks.registry import Registry
from gazelled.service.plugins.contexts import PluginResources


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """
    One plugin.

    Attributes:
        state: `running`, or `loaded` without a daemon; `resting` after failures; `left out`;
            `disabled`; `not used` if it is installed and nothing in the config names it.
        reason: Why it is left out or rests; empty otherwise.
        form: What it is: a `file`, a `folder`, a `module`, `bundled` with gazelled, `installed`.
        place: Its path or its module.
        distribution: What has installed it.
        version: The version of that.
        order: Its place among plugins with the same hook; lower ones are called first.
        hooks: The hooks that it implements.
        targets: The targets of the config that use it.
        health: How it is doing; None without a daemon.
        resources: What it uses of the daemon; None without one.
        deprecations: What it uses that a later version of the API removes, a sentence each.

    """

    name: str
    state: str
    reason: str = ""
    form: str = ""
    place: str = ""
    distribution: str = ""
    version: str = ""
    order: int = 0
    hooks: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    health: PluginHealth | None = None
    resources: PluginResources | None = None
    deprecations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PluginOverview:
    """
    All plugins.

    Attributes:
        running: Whether a daemon runs.
        plugins: Those of the config in the order of calling, then the others that are installed.
        calling: The plugins that have a hook, by the hook, in the order of calling.

    """

    running: bool
    plugins: tuple[PluginInfo, ...]
    calling: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PluginFigures:
    """
    What a running daemon knows of plugins, by their names.

    Attributes:
        health: How they are doing.
        resources: What they use.

    """

    health: Mapping[str, PluginHealth] = field(default_factory=dict)
    resources: Mapping[str, PluginResources] = field(default_factory=dict)


def overview(
    registry: Registry,
    targets: Mapping[str, str],
    excluded: Mapping[str, Exclusion],
    figures: PluginFigures | None = None,
) -> PluginOverview:
    """
    Return what is known of all plugins.

    Args:
        registry: The plugins that were loaded.
        targets: The plugin of each target of the config.
        excluded: The plugins that are left out since they harmed the daemon.
        figures: What the running daemon knows; None without one.

    """
    entries = sorted(registry.records.values(), key=lambda entry: entry.settings.order)
    infos = [_info(entry, targets, excluded.get(entry.name), figures) for entry in entries]
    others = sorted(installed_names() - registry.records.keys())
    infos += [_described(PluginSettings(name), "not used") for name in others]
    hooks = dict.fromkeys(hook for entry in entries for hook in entry.hooks)
    calling = {
        hook: tuple(dict.fromkeys(owner for owner, _ in registry.every(hook))) for hook in hooks
    }
    return PluginOverview(figures is not None, tuple(infos), calling)


def _described(settings: PluginSettings, state: str, reason: str = "") -> PluginInfo:
    origin = origin_of(settings)
    return PluginInfo(
        settings.name,
        state,
        reason,
        origin.form,
        origin.place,
        origin.distribution,
        origin.version,
        settings.order,
    )


def _info(
    entry: PluginEntry,
    targets: Mapping[str, str],
    exclusion: Exclusion | None,
    figures: PluginFigures | None,
) -> PluginInfo:
    health = figures.health.get(entry.name) if figures else None
    state, reason = _state(entry, exclusion, health, is_running=figures is not None)
    return replace(
        _described(entry.settings, state, reason),
        hooks=entry.hooks,
        targets=tuple(target for target, plugin in targets.items() if plugin == entry.name),
        health=health,
        resources=figures.resources.get(entry.name) if figures else None,
        deprecations=entry.deprecations,
    )


def _state(
    entry: PluginEntry,
    exclusion: Exclusion | None,
    health: PluginHealth | None,
    *,
    is_running: bool,
) -> tuple[str, str]:
    if exclusion is not None:
        return "left out", exclusion.reason
    if entry.state != "loaded":
        return entry.state, entry.reason
    if health is not None and health.left_out:
        return "left out", health.left_out
    if health is not None and health.resting:
        return "resting", health.last_error
    return ("running" if is_running else "loaded"), ""
