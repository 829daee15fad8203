"""The configured targets, made ready: options checked, folders made, and what a plugin may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import structlog

from gazelled.config import Config
from gazelled.errors import ConfigError
from gazelled.hooks import Bus
from gazelled.plugin import Context, Fetch, PluginConfig, PluginContext, RecordParts
from gazelled.plugin.notifying import Notify, notify_nobody
from gazelled.plugin.plugin_context import NO_PLUGIN
from gazelled.plugin.target_context import no_serving, record_no_parts
from gazelled.plugin.torrent_file import no_downloads
from gazelled.tracker.sites.site import Site

PUBLIC = "public"
TARGETS = "targets"
"""The folder in the state that has a folder of each target."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A target made ready: its plugin, its options and what the plugin may use."""

    plugin: str
    options: PluginConfig
    context: Context


def make_destinations(
    config: Config,
    folder: Path,
    site: Site,
    bus: Bus,
    download: Fetch = no_downloads,
    *,
    contexts: Mapping[str, PluginContext] = MappingProxyType({}),
    record_parts: RecordParts = record_no_parts,
    notify: Notify = notify_nobody,
    feeds: str = "/",
) -> dict[str, Destination]:
    """
    Return the targets by name; those whose plugin was left out are not among them.

    `feeds` is the path of what they publish, below the address of the daemon.
    """
    destinations: dict[str, Destination] = {}
    wrong: list[str] = []
    public = folder / PUBLIC
    public.mkdir(mode=0o700, exist_ok=True)
    for name, table in config.targets.items():
        if bus.options(table.plugin) is None:
            continue
        own_folder = folder / TARGETS / name
        options = bus.check_options(table.plugin, table.options, own_folder)
        if not isinstance(options, PluginConfig):
            wrong += [f"target.{'.'.join([name, *path])}: {text}" for path, text in options]
            continue
        wrong += [
            f"target.{name}.{key}: {text}"
            for key, text in table.uncombinable(type(options)).items()
        ]
        plugin = contexts.get(table.plugin, NO_PLUGIN)
        own_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        context = Context(
            target=name,
            folder=own_folder,
            public=public,
            address=config.web.address + feeds,
            site_name=site.name,
            site_url=site.url,
            tracker=plugin.tracker,
            plugin=plugin,
            timeout=table.timeout,
            zone=table.zone,
            record_parts=record_parts,
            notify=notify,
            download=download if options.wants_downloads() else no_downloads,
            serve=bus.web.routes.registering(table.plugin, name, table.timeout)
            if options.publishes
            else no_serving,
            template_filters=bus.contributions.filters,
            watches=tuple(watch.name for watch in config.watches.values() if name in watch.tell),
            log=structlog.stdlib.get_logger(f"gazelled.target.{name}").bind(target=name),
        )
        destinations[name] = Destination(table.plugin, options, context)
    if wrong:
        raise ConfigError("\n".join(wrong))
    return destinations
