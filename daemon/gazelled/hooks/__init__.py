"""The bus over pluggy: loading and containment of plugins."""

from gazelled.hooks.bus import Bus
from gazelled.hooks.health import Patience, PluginHealth
from gazelled.hooks.loading import PluginProblem

__all__ = ["Bus", "Patience", "PluginHealth", "PluginProblem"]
