"""The page of plugins: where each comes from, what it does, and how it is doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gazelled.service.control.plugin_overview import PluginInfo
from gazelled.service.control.plugin_requests import PluginsRequest
from gazelled.service.web.models.replies import reply_to
from gazelled.service.web.web_page import PageRequest

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App


@dataclass(frozen=True, slots=True)
class PluginsPage:
    """The plugins that are used, those in trouble first, and the others that are installed."""

    now: datetime
    used: tuple[PluginInfo, ...]
    others: tuple[PluginInfo, ...]


async def plugins_page(app: App, _: PageRequest) -> PluginsPage:
    """Return the page of plugins."""
    plugins = (await reply_to(app, PluginsRequest())).plugins
    used = [plugin for plugin in plugins if plugin.state != "not used"]
    used.sort(key=lambda plugin: not plugin.reason)  # otherwise in the order of calling
    others = tuple(plugin for plugin in plugins if plugin.state == "not used")
    return PluginsPage(app.clock.now(), tuple(used), others)
