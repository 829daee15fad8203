"""What `gazelled plugins` knows and changes: by the daemon that runs, or else by the state."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gazelled.cli.client import ask_daemon
from gazelled.cli.owner import load_plugins
from gazelled.cli.settings import Settings
from gazelled.containment.exclusions import Exclusions
from gazelled.errors import StateError
from gazelled.regular_file import is_regular
from gazelled.service.control.plugin_overview import PluginOverview, overview
from gazelled.service.control.plugin_requests import (
    PluginEnableReply,
    PluginEnableRequest,
    PluginForgetRequest,
    PluginsRequest,
)
from gazelled.service.lock import as_state_user, own
from gazelled.service.plugins.forgetting import Forgotten, forget_plugin
from gazelled.store import NAME, Store


def all_plugins(settings: Settings) -> PluginOverview:
    """Return what the daemon knows of plugins; without one, what config and state say."""
    if reply := ask_daemon(settings, PluginsRequest()):
        return reply
    loaded = load_plugins(settings)
    targets = {name: target.plugin for name, target in loaded.targets.items()}
    loaded.registry.load_installed(filter(None, targets.values()))
    excluded = Exclusions(settings.state_folder).excluded
    return overview(loaded.registry, targets, excluded)


def enable(settings: Settings, plugin: str) -> PluginEnableReply:
    """Use a plugin again: at once by the daemon, or from the next start."""
    if reply := ask_daemon(settings, PluginEnableRequest(plugin)):
        return reply
    folder = _state(settings)
    with as_state_user(folder):
        return PluginEnableReply(Exclusions(folder).enable(plugin), runs=False)


def forget(settings: Settings, plugin: str) -> Forgotten:
    """
    Delete all that a plugin keeps.

    Raises:
        GazelledError: If a daemon uses the plugin.
        StateError: If there is no state.

    """
    if reply := ask_daemon(settings, PluginForgetRequest(plugin)):
        return reply
    folder = _state(settings)

    async def delete() -> Forgotten:
        async with await Store.open(folder) as store:
            return await forget_plugin(store, folder, plugin)

    with own(folder):
        forgotten = asyncio.run(delete())
        Exclusions(folder).enable(plugin)
    return forgotten


def _state(settings: Settings) -> Path:
    for folder in settings.daemon_folders:
        if is_regular(folder / NAME):
            return folder
    raise StateError(f"There is no state in {settings.state_folder} yet; see --state.")
