"""The bus over pluggy: loading and containment of plugins."""

from gazelled.hooks.bus import Bus
from gazelled.hooks.contributions import Contributed, Contributions
from gazelled.hooks.loading import PluginProblem
from gazelled.hooks.plugin_health import Patience, PluginHealth

__all__ = ["Bus", "Contributed", "Contributions", "Patience", "PluginHealth", "PluginProblem"]
