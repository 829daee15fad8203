"""The registry: the plugins that were loaded, what they registered and how pluggy orders them."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path

import pluggy

from gazelled.hooks import isolation, loading, spec, validation
from gazelled.hooks.loading import BadPluginError
from gazelled.plugin import PluginConfig


@dataclass(slots=True)
class Plugin:
    """A plugin that was loaded; `options` is None when it has no targets."""

    name: str
    options: type[PluginConfig] | None = None


class Registry:
    """The plugins that were loaded, over pluggy."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager("gazelled")
        self._manager.add_hookspecs(spec)
        self._owners: dict[str, str] = {}

    def load(self, name: str, file: Path | None) -> Plugin:
        """Import a plugin, check and register it wholly; or raise BadPluginError, saying why."""
        parts = validation.parts(loading.find(name, file))
        for part in parts:
            validation.check(self._manager, part)
        plugin = Plugin(name)
        try:
            for number, part in enumerate(parts):
                self._owners[f"{name}#{number}"] = name
                self._manager.register(part, f"{name}#{number}")
            self._collect_targets(plugin)
        except (Exception, SystemExit) as error:
            self._forget(name)
            if isinstance(error, BadPluginError):
                raise
            raise BadPluginError(f"{isolation.describe(error)}; fix it") from error
        return plugin

    def _forget(self, name: str) -> None:
        for unique in [unique for unique, owner in self._owners.items() if owner == name]:
            if self._manager.has_plugin(unique):
                self._manager.unregister(name=unique)
            del self._owners[unique]

    def _collect_targets(self, plugin: Plugin) -> None:
        def register(options: object) -> None:
            if not (inspect.isclass(options) and issubclass(options, PluginConfig)):
                raise BadPluginError("gazelled_targets must register a subclass of PluginConfig")
            if plugin.options is not None:
                raise ValueError("the options of targets can be registered only once")
            plugin.options = options

        for hook in self.of(plugin.name, "gazelled_targets"):
            hook.function(*([register] if hook.argnames else []))
        delivers = len(self.of(plugin.name, "gazelled_deliver"))
        if delivers > 1:
            raise BadPluginError("it has several hooks that deliver; keep one")
        if delivers and plugin.options is None:
            raise BadPluginError("it delivers, but registers no options: see gazelled_targets")
        if plugin.options is not None and not delivers:
            raise BadPluginError(
                "it registers options, but has no hook that delivers: see gazelled_deliver"
            )

    def every(self, name: str) -> list[tuple[str, pluggy.HookImpl]]:
        """List the implementations of a hook in pluggy's order of calling, with their plugins."""
        caller: pluggy.HookCaller = getattr(self._manager.hook, name)
        hooks = reversed(caller.get_hookimpls())
        return [(self._owners[hook.plugin_name], hook) for hook in hooks]

    def of(self, plugin: str, name: str) -> list[pluggy.HookImpl]:
        """List the implementations of a hook in one plugin."""
        return [hook for owner, hook in self.every(name) if owner == plugin]
