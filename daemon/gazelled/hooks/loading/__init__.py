"""Loading: plugins are found, imported once, examined, and recorded with what they contribute."""

from gazelled.hooks.loading.plugin_entry import BadPluginError, PluginEntry, PluginProblem
from gazelled.hooks.loading.plugin_origin import BUILTIN, GROUP, PluginOrigin
from gazelled.hooks.loading.plugin_settings import PluginSettings

__all__ = [
    "BUILTIN",
    "GROUP",
    "BadPluginError",
    "PluginEntry",
    "PluginOrigin",
    "PluginProblem",
    "PluginSettings",
]
