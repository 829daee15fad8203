"""The registry: plugins are checked and registered, and hooks found in their order."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import cast

import pluggy
from pydantic import SecretStr

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.plugin_call import calling
from gazelled.errors import GazelledError
from gazelled.hooks import contribution_spec, spec
from gazelled.hooks.contributions import Contributions
from gazelled.hooks.loading import BadPluginError, PluginEntry, PluginProblem, PluginSettings
from gazelled.hooks.loading.collecting import collect
from gazelled.hooks.loading.import_thread import IMPORT_LIMIT, run_in_thread
from gazelled.hooks.loading.plugin_import import (
    Stamp,
    forget_module,
    import_plugin,
    own_file,
    stamp_of,
)
from gazelled.hooks.loading.plugin_origin import PREFIX, builtin_names, is_taken
from gazelled.hooks.loading.plugin_parts import MARK, hook_name, implementations, parts_of
from gazelled.hooks.loading.plugin_settings import CORE_KEYS
from gazelled.hooks.options import OptionProblem, check_options
from gazelled.plugin import API_VERSION, PluginConfig
from gazelled.plugin.api_version import DEPRECATIONS, unfit_api
from gazelled.plugin.kinds import AnyKind
from gazelled.text import meant
from gazelled.units import parse_share

NOT_INSTALLED = (
    "gazelled's own kinds of watch are not installed; install gazelled again, with pip install"
)

LIFETIMES = ("gazelled_setup", "gazelled_prepare")
"""The hooks that may be async generators, which yield once: what follows is their end."""


@dataclass(frozen=True, slots=True)
class _Examined:
    """A plugin that was imported and found good, and what it contributes."""

    hooks: Mapping[str, Sequence[pluggy.HookImpl]]
    contributions: Contributions
    share: float | None


@dataclass(frozen=True, slots=True)
class _Instance:
    """
    A loaded plugin as it is in this process: another registry may use the same one.

    Attributes:
        settings: What the config said about it when it was imported.
        stamp: Its own files as they were then.
        module: The module that was made for it alone; empty for one that has its own name.

    """

    settings: PluginSettings
    stamp: Stamp
    module: str
    examined: _Examined
    contained: ContainedPlugin

    def serves(self, settings: PluginSettings, stamp: Stamp) -> bool:
        """Return whether it is what some settings say, so that it goes on."""
        return stamp == self.stamp and _identity(settings) == _identity(self.settings)

    @property
    def is_bound(self) -> bool:
        """Whether a second one would share its state: it has a module's functions as its life."""
        return not self.module and any(
            isinstance(hook.plugin, ModuleType)
            for name in ("gazelled_setup", "gazelled_teardown")
            for hook in self.examined.hooks.get(name, ())
        )


def _identity(settings: PluginSettings) -> tuple[object, ...]:
    """Return what a plugin is handed once, so that another value requires another instance."""
    return (
        settings.file,
        settings.module,
        settings.allow,
        dict(settings.secrets),
        dict(settings.options),
    )


@dataclass(frozen=True, slots=True)
class ImportTerms:
    """
    What holds for all imports of plugins in a process.

    Attributes:
        excluded: The plugins that must not be imported, each with the reason.
        learn: Takes all secrets of the config, before plugins can print them at their import.
        earlier: The plugins that are in use: those that have not changed are taken from there, and
            others are imported beside them.

    """

    excluded: Mapping[str, str] = field(default_factory=dict)
    learn: Callable[[Iterable[SecretStr]], None] | None = None
    earlier: Registry | None = None


class Registry:
    """
    The plugins of a process, over pluggy: each is imported once.

    pluggy's manager has the specs alone: it would compare the objects of plugins and read their
    properties, which is code of theirs.

    Attributes:
        records: What became of each plugin, by its name, in the order of their import.
        builtin: The names of those that are always loaded.
        contained: The plugins whose import was tried, as the process knows them.
        contributions: All that they contribute.
        instances: The plugins themselves, which another registry may go on with.
        bound: The plugins whose new settings can't be used beside the old ones, which they keep.

    Args:
        scrub: Takes secrets out of what plugins raise at their import.
        limit: The seconds that the import of one may take.
        excluded: The plugins that must not be imported, each with the reason.
        earlier: The plugins that are in use; see `ImportTerms`.

    """

    def __init__(
        self,
        *,
        scrub: Callable[[str], str] = str,
        limit: float = IMPORT_LIMIT,
        excluded: Mapping[str, str] = MappingProxyType({}),
        earlier: Registry | None = None,
    ) -> None:
        self._manager = new_manager()
        self._scrub = scrub
        self._limit = limit
        self._excluded = excluded
        self._earlier = None if earlier is None else earlier.instances
        self.instances: dict[str, _Instance] = {}
        self._implementations: dict[str, list[pluggy.HookImpl]] = {}
        self._ordered: dict[str, list[tuple[str, pluggy.HookImpl]]] = {}
        self.records: dict[str, PluginEntry] = {}
        self.builtin: list[str] = []
        self.contained: dict[str, ContainedPlugin] = {}
        self.contributions = Contributions()
        self.bound: set[str] = set()

    def load(self, settings: PluginSettings) -> PluginEntry:
        """
        Import a plugin, check and register it wholly, or record why not.

        One that was loaded is returned as it is; one that was left out is tried again.
        """
        earlier = self.records.get(settings.name)
        if earlier is not None and earlier.state == "loaded":
            return earlier
        try:
            record = self._load(settings)
        except BadPluginError as error:
            record = PluginEntry(settings, "left out", reason=str(error))
        self.records[settings.name] = record
        return record

    def load_builtin(self, settings: Mapping[str, PluginSettings]) -> Mapping[str, AnyKind]:
        """
        Import the plugins that are always loaded, and return the kinds of watch that there are.

        Where another plugin has the name of one, that of this begins with `gazelled.`, so that
        what the config has called its plugins goes on.

        Args:
            settings: What the config says about them, by name.

        Raises:
            GazelledError: If this installation doesn't know its own plugins.

        """
        for name in builtin_names():
            own = settings.get(name) or PluginSettings(name)
            taken = own.key or is_taken(name)
            record = self.load(PluginSettings(f"{PREFIX}{name}") if taken else own)
            self.builtin.append(record.name)
        if not self.contributions.kinds:
            raise GazelledError(NOT_INSTALLED)
        return {name: kind.value for name, kind in self.contributions.kinds.items()}

    def load_installed(self, names: Iterable[str]) -> None:
        """Import those installed plugins of some names that were not tried yet."""
        for name in names:
            if name not in self.records:
                self.load(PluginSettings(name))

    def problems(self) -> list[PluginProblem]:
        """Return why plugins were left out."""
        return [record.problem for record in self.records.values() if record.problem]

    def check_own_options(
        self, plugin: str, folder: Path | None, own_folder: Path | None = None
    ) -> Sequence[OptionProblem]:
        """
        Check the options of `[plugin.NAME]` of a loaded plugin, and keep them if they are right.

        Args:
            plugin: The name of the plugin.
            folder: The folder of the config.
            own_folder: The folder that the plugin has in the state, for relative paths; None if
                that isn't known yet.

        Returns:
            All that is wrong with them.

        """
        record = self.records[plugin]
        model = record.model or PluginConfig
        with calling(self.contained[plugin], "options"):
            checked = check_options(model, record.settings.options, folder, own_folder=own_folder)
        if not isinstance(checked, PluginConfig):
            return checked
        self.records[plugin] = replace(record, options=checked if record.model else None)
        return ()

    def shared_with(self, other: Registry) -> frozenset[str]:
        """Return the plugins of which both use the same instance."""
        return frozenset(
            name
            for name, instance in self.instances.items()
            if other.instances.get(name) is instance
        )

    def release(self, user: Registry) -> None:
        """Forget the modules that were imported for plugins which another registry doesn't use."""
        modules = {instance.module for instance in user.instances.values()}
        for instance in self.instances.values():
            if instance.module and instance.module not in modules:
                forget_module(instance.module)

    def _load(self, settings: PluginSettings) -> PluginEntry:
        if settings.disabled:
            return PluginEntry(settings, "disabled")
        name, stamp = settings.name, stamp_of(settings)
        instance = self._in_use(settings, stamp)
        # What is in use may have been excluded since: it stays, and is not called.
        if reason := settings.unusable or ("" if instance else self._excluded.get(name, "")):
            raise BadPluginError(reason)
        instance = self.instances[name] = instance or self._imported(settings, stamp)
        if name in self.bound:
            settings = instance.settings
        examined = instance.examined
        contributed = examined.contributions
        self.contributions = self.contributions.joined(contributed)
        self.contained[name] = instance.contained
        for hook, made in examined.hooks.items():
            self._implementations.setdefault(hook, []).extend(made)
        self._ordered.clear()
        return PluginEntry(
            settings,
            "loaded",
            hooks=tuple(hook for hook in vars(self._manager.hook) if hook in examined.hooks),
            model=contributed.options[name].value if contributed.options else None,
            target_model=contributed.targets[name].value if contributed.targets else None,
            share=examined.share,
            deprecations=tuple(str(one) for one in DEPRECATIONS if one.name in examined.hooks),
        )

    def _in_use(self, settings: PluginSettings, stamp: Stamp) -> _Instance | None:
        """Return the instance that goes on; None if there is none, or it has changed."""
        instance = self._earlier.get(settings.name) if self._earlier else None
        if instance is None or instance.serves(settings, stamp):
            return instance
        if not instance.is_bound or settings.key != instance.settings.key:
            return None
        self.bound.add(settings.name)
        return instance

    def _imported(self, settings: PluginSettings, stamp: Stamp) -> _Instance:
        """Import a plugin and examine it, in limited time."""
        name, owns, modules = settings.name, partial(own_file, settings), list[str]()
        plugin = self.contained[name] = ContainedPlugin(name, owns)
        work = partial(self._examine, settings, plugin, modules)
        try:
            examined = run_in_thread(name, work, owns, self._limit, self._scrub)
        except BadPluginError:
            if self._earlier is not None:
                for module in modules:
                    forget_module(module)
            raise
        return _Instance(settings, stamp, "".join(modules), examined, plugin)

    def _examine(
        self, settings: PluginSettings, contained: ContainedPlugin, modules: list[str]
    ) -> _Examined:
        """Import a plugin, check it and collect what it contributes: all code of its own."""
        with calling(contained, "import"):
            plugin = import_plugin(settings, anew=self._earlier is not None)
            modules.append(cast("ModuleType", plugin).__name__ if settings.file else "")
            return self._examined(settings, plugin)

    def _examined(self, settings: PluginSettings, plugin: object) -> _Examined:
        _check_version(plugin)
        parts = parts_of(plugin)
        # All of them before their hooks, of which this version may not know some.
        for part in parts:
            _check_version(part)
        hooks: dict[str, list[pluggy.HookImpl]] = {}
        for part in parts:
            _check(self._manager, part)
            for name, function in implementations(part):
                made = pluggy.HookImpl(part, settings.name, function, getattr(function, MARK))
                hooks.setdefault(hook_name(name, function), []).append(made)
        contributions = collect(settings.name, lambda hook: hooks.get(hook, ()), self._scrub)
        _check_targets(
            len(hooks.get("gazelled_deliver", ())), registers=bool(contributions.targets)
        )
        _check_own_model(contributions)
        return _Examined(hooks, contributions, _declared_share([plugin, *parts]))

    def every(self, name: str) -> list[tuple[str, pluggy.HookImpl]]:
        """Return the implementations of a hook with their plugins, in the order of calling."""
        if name not in self._ordered:
            owned = [(hook.plugin_name, hook) for hook in self._implementations.get(name, ())]
            owned.sort(key=lambda pair: (self._order(pair[0]), *_rank(pair[1])))
            self._ordered[name] = owned
        return self._ordered[name]

    def _order(self, plugin: str) -> int:
        record = self.records.get(plugin)
        return record.settings.order if record else 0

    def of(self, plugin: str, name: str) -> list[pluggy.HookImpl]:
        """Return the implementations of a hook in one plugin."""
        return [hook for owner, hook in self.every(name) if owner == plugin]


def _rank(hook: pluggy.HookImpl) -> tuple[bool, bool]:
    """Return where a hook wants to stand among others: what pluggy's marks say, first to last."""
    return not hook.tryfirst, hook.trylast


def _check_version(owner: object) -> None:
    if unfit := unfit_api(getattr(owner, "requires_api", API_VERSION)):
        raise BadPluginError(unfit)


def _declared_share(owners: Iterable[object]) -> float | None:
    """Return the share of the limit that a plugin declares; None if it declares none."""
    for owner in owners:
        share = getattr(owner, "share", None)
        # Another thing of this name is none of gazelled's.
        if isinstance(share, str):
            try:
                return parse_share(share)
            except ValueError as error:
                raise BadPluginError(f"share: {error}") from error
    return None


def _check_targets(delivers: int, *, registers: bool) -> None:
    if delivers > 1:
        raise BadPluginError("it has several hooks that deliver; keep one")
    if delivers and not registers:
        raise BadPluginError("it delivers, but registers no options: see gazelled_targets")
    if registers and not delivers:
        raise BadPluginError(
            "it registers options, but has no hook that delivers: see gazelled_deliver"
        )


def _check_own_model(contributions: Contributions) -> None:
    for contributed in contributions.options.values():
        fields = contributed.value.model_fields
        names = {field.alias or name for name, field in fields.items()}
        for name in sorted(names & CORE_KEYS):
            raise BadPluginError(
                f'its option "{name}" has the name of a key that each [plugin.NAME] has; rename it'
            )


def new_manager() -> pluggy.PluginManager:
    """Return a manager that knows all hooks."""
    manager = pluggy.PluginManager("gazelled")
    manager.add_hookspecs(spec)
    manager.add_hookspecs(contribution_spec)
    return manager


def _check(manager: pluggy.PluginManager, part: object) -> None:
    """Check the hook implementations of an object against the specs."""
    hooks = vars(manager.hook)
    for name, function in implementations(part):
        where = _where(function)
        options = getattr(function, MARK)
        hook = hook_name(name, function)
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


def _where(function: Callable[..., object]) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{Path(code.co_filename).name}:{code.co_firstlineno}: " if code else ""
