"""Control handlers about plugins: what is known of them, what they keep, using them again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import cast

from gazelled.errors import ConfigError, GazelledError, RequestRefused
from gazelled.plugin import Json
from gazelled.service.app import App
from gazelled.service.control.plugin_overview import PluginFigures, PluginOverview, overview
from gazelled.service.control.plugin_requests import (
    PluginEnableReply,
    PluginEnableRequest,
    PluginForgetRequest,
    PluginsRequest,
    PluginStoreReply,
    PluginStoreRequest,
)
from gazelled.service.plugins.forgetting import Forgotten, forget_plugin
from gazelled.service.plugins.stored_values import StoredValues
from gazelled.text import missing

_MISSING = object()


async def plugins(app: App, _: PluginsRequest) -> AsyncGenerator[PluginOverview, None]:
    """Return what is known of every plugin."""
    figures = PluginFigures(app.bus.health(), await app.plugins.resources())
    targets = {target.name: target.plugin for target in app.config.targets.values()}
    yield overview(app.config.registry, targets, app.plugin_guard.excluded, figures)


async def plugin_enable(
    app: App, request: PluginEnableRequest
) -> AsyncGenerator[PluginEnableReply, None]:
    """
    Use a plugin again that was left out or rests.

    Raises:
        ConfigError: If there is no such plugin.

    """
    name, known = request.plugin, app.config.registry.records
    if name not in known and name not in app.plugin_guard.excluded:
        raise ConfigError(missing("plugin", name, known))
    rested = app.bus.revive(name)
    was_out = app.plugin_guard.enable(name)
    yield PluginEnableReply(was_out or rested, name in app.bus.health())


async def plugin_forget(app: App, request: PluginForgetRequest) -> AsyncGenerator[Forgotten, None]:
    """
    Delete all that a plugin keeps.

    Raises:
        GazelledError: If the daemon uses the plugin.

    """
    if request.plugin in app.bus.health():
        raise GazelledError(
            f"the daemon uses the plugin {request.plugin}; take it out of the config and restart "
            "gazelled first"
        )
    yield await forget_plugin(app.store, app.folder, request.plugin)


async def plugin_store(
    app: App, request: PluginStoreRequest
) -> AsyncGenerator[PluginStoreReply, None]:
    """
    Read or change a value that a plugin keeps.

    Raises:
        RequestRefused: If the key or the value can't be stored.

    """
    values = StoredValues(request.plugin, app.store.plugin_values, app.redactor)
    value: object = None
    try:
        match request.operation:
            case "get":
                value = await values.get(request.key, cast("Json", _MISSING))
            case "set":
                await values.set(request.key, cast("Json", request.value))
            case "delete":
                await values.delete(request.key)
            case "keys":
                value = await values.keys(request.key)
            case other:
                raise RequestRefused(f'a store has no operation "{other}"')
    except (ValueError, TypeError) as error:
        raise RequestRefused(str(error)) from None
    exists = value is not _MISSING
    yield PluginStoreReply(value if exists else None, exists)
