"""The registry: plugins are checked and registered, and hooks found in pluggy's order."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import cast

import pluggy

from gazelled.hooks import contribution_spec, isolation, loading, spec
from gazelled.hooks.contributions import Contributions, collect
from gazelled.hooks.loading import BadPluginError
from gazelled.plugin.target_function import Target
from gazelled.text import meant

LIFETIMES = ("gazelled_setup", "gazelled_prepare")
"""The hooks that may be async generators, which yield once: what follows is their end."""


class Registry:
    """
    The plugins that were loaded, over pluggy.

    Attributes:
        contributions: All that they contribute.

    """

    def __init__(self) -> None:
        self._manager = new_manager()
        self.contributions = Contributions()

    def load(self, name: str, file: Path | None) -> None:
        """Import a plugin, check and register it wholly; or raise BadPluginError, saying why."""
        classes = _parts(loading.find(name, file))
        parts = {f"{name}#{number}": part for number, part in enumerate(classes)}
        for part in parts.values():
            _check(self._manager, part)
        try:
            for unique, part in parts.items():
                self._manager.register(part, unique)
            contributed = collect(name, lambda hook: self.of(name, hook))
            self._check_targets(name, registers=bool(contributed.targets))
            self.contributions = self.contributions.joined(contributed)
        except (Exception, SystemExit) as error:
            for unique in filter(self._manager.has_plugin, parts):
                self._manager.unregister(name=unique)
            if isinstance(error, BadPluginError):
                raise
            raise BadPluginError(f"{isolation.describe(error)}; fix it") from error

    def _check_targets(self, plugin: str, *, registers: bool) -> None:
        delivers = len(self.of(plugin, "gazelled_deliver"))
        if delivers > 1:
            raise BadPluginError("it has several hooks that deliver; keep one")
        if delivers and not registers:
            raise BadPluginError("it delivers, but registers no options: see gazelled_targets")
        if registers and not delivers:
            raise BadPluginError(
                "it registers options, but has no hook that delivers: see gazelled_deliver"
            )

    def every(self, name: str) -> list[tuple[str, pluggy.HookImpl]]:
        """Return the implementations of a hook in pluggy's order of calling, with their plugins."""
        caller: pluggy.HookCaller = getattr(self._manager.hook, name)
        hooks = reversed(caller.get_hookimpls())
        return [(hook.plugin_name.rpartition("#")[0], hook) for hook in hooks]

    def of(self, plugin: str, name: str) -> list[pluggy.HookImpl]:
        """Return the implementations of a hook in one plugin."""
        return [hook for owner, hook in self.every(name) if owner == plugin]


def new_manager() -> pluggy.PluginManager:
    """Return a manager that knows all hooks."""
    manager = pluggy.PluginManager("gazelled")
    manager.add_hookspecs(spec)
    manager.add_hookspecs(contribution_spec)
    return manager


def _parts(plugin: object) -> list[object]:
    """Return the objects of a plugin that implement hooks: itself and the target in it."""
    offered = [plugin] if _implementations(plugin) else []
    if isinstance(plugin, ModuleType):
        values = vars(plugin).values()
        targets = [*{id(value): value for value in values if isinstance(value, Target)}.values()]
        if len(targets) > 1:
            names = ", ".join(sorted(target.name for target in targets))
            raise BadPluginError(f"it has several targets ({names}); put each into its own file")
        offered += targets
    if not offered:
        raise BadPluginError("it has neither a function with @target nor one with @hookimpl")
    return offered


def _check(manager: pluggy.PluginManager, part: object) -> None:
    """Check the hook implementations of an object against the specs."""
    hooks = vars(manager.hook)
    for name, function in _implementations(part):
        where = _where(function)
        options = getattr(function, "gazelled_impl")  # noqa: B009 - set by pluggy's marker
        hook = options.get("specname") or name
        if hook not in hooks or not hooks[hook].has_spec():
            raise BadPluginError(f'{where}there is no hook "{hook}"{meant(hook, hooks)}')
        if options.get("wrapper") or options.get("hookwrapper"):
            raise BadPluginError(f"{where}{name} is a wrapper, and hooks can't be wrapped here")
        wanted = cast("Callable[..., object]", hooks[hook].spec.function)
        yields = inspect.isasyncgenfunction(function)
        is_async = inspect.iscoroutinefunction(function) or (yields and hook in LIFETIMES)
        if inspect.iscoroutinefunction(wanted) and not is_async:
            raise BadPluginError(
                f"{where}{name} must be 'async def': it would block the daemon; "
                "for calls that block use asyncio.to_thread"
                if not yields
                else f"{where}{name} must not yield; only {' and '.join(LIFETIMES)} may"
            )
        if (is_async or yields) and not inspect.iscoroutinefunction(wanted):
            raise BadPluginError(f"{where}{name} must be a plain 'def', not async")
        _check_signature(where, name, function, tuple(inspect.signature(wanted).parameters))


def _check_signature(
    where: str, name: str, function: Callable[..., object], parameters: Sequence[str]
) -> None:
    for parameter in inspect.signature(function).parameters.values():
        free = parameter.default is not inspect.Parameter.empty
        variable = parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        keyword = parameter.kind is parameter.KEYWORD_ONLY
        if not free and (variable or keyword or parameter.name not in parameters):
            raise BadPluginError(
                f'{where}{name} takes "{parameter}", which the hook does not give; '
                f"it gives {', '.join(parameters)}"
            )


def _implementations(part: object) -> list[tuple[str, Callable[..., object]]]:
    """Return the functions that carry pluggy's marker, without touching properties."""
    functions = []
    for name in dir(part):
        static = inspect.getattr_static(part, name, None)
        inner = getattr(static, "__func__", static)
        if isinstance(getattr(inner, "gazelled_impl", None), dict):
            functions.append((name, getattr(part, name)))
    return functions


def _where(function: Callable[..., object]) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{Path(code.co_filename).name}:{code.co_firstlineno}: " if code else ""
