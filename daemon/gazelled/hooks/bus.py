"""The bus: one typed method for each hook, each plugin contained."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Self

import structlog

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.plugin_call import calling
from gazelled.hooks import isolation
from gazelled.hooks.calls.awaited_calls import AwaitedCalls
from gazelled.hooks.calls.hook_calls import CallEnded, CallLimits, HookCaller
from gazelled.hooks.calls.lifetime_calls import LifetimeCalls
from gazelled.hooks.calls.observing_calls import DRAIN, ObservingCalls
from gazelled.hooks.calls.target_calls import TargetCalls
from gazelled.hooks.calls.web_calls import WebCalls
from gazelled.hooks.contributions import Contributions
from gazelled.hooks.loading import PluginProblem, PluginSettings
from gazelled.hooks.options import OptionProblem, check_options, contained_units
from gazelled.hooks.plugin_health import Observation, Patience, PluginHealth, PluginState
from gazelled.hooks.registry import Registry
from gazelled.model import Event
from gazelled.plugin import PluginConfig

log = structlog.stdlib.get_logger(__name__)


class Bus:
    """
    Calls the hooks of the plugins that were loaded; nothing a plugin does reaches the caller.

    It is a context manager: leaving it ends all tasks of plugins in bounded time. `limit` and
    `deliver_limit` are the seconds that a plugin may take for one answer and for one delivery; the
    latter only if it is less than its target's timeout allows. `folder` is what relative paths in
    options are meant from (the current folder when None), and `backlog` is how many objects
    wait for a slow plugin before some are dropped. `scrub` takes secrets out of what plugins raise,
    before it is cut. `registry` has the plugins that were loaded before, with the config.
    `ended` is shown how each call of a hook ended. `beside` is a bus that is in use: what both have
    is shared.

    Attributes:
        caller: What all of them use.
        observers: Hooks that see what happens.
        awaited: Hooks that have a say.
        lifetimes: Hooks that open and close what a plugin or a target needs.
        targets: Hooks of targets.
        web: What plugins serve.

    """

    def __init__(
        self,
        *,
        limit: float = 10.0,
        deliver_limit: float = math.inf,
        folder: Path | None = None,
        backlog: int = 100,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
        scrub: Callable[[str], str] = str,
        registry: Registry | None = None,
        ended: CallEnded | None = None,
        beside: Bus | None = None,
    ) -> None:
        limits = CallLimits(limit, deliver_limit, folder, backlog, patience, scrub)
        registry = Registry(scrub=scrub) if registry is None else registry
        caller = self.caller = HookCaller(limits, registry, ended)
        self.observers = ObservingCalls(caller)
        self.awaited = AwaitedCalls(caller)
        self.lifetimes = LifetimeCalls(caller, self.observers)
        self.targets = TargetCalls(caller, self.lifetimes)
        self.web = WebCalls(caller)
        self._reasons: dict[str, str] = {}  # why plugins were left out, as it was logged
        if beside is not None:
            caller.plugins, self._reasons = beside.shared(registry)
        self._adopt()

    def shared(self, registry: Registry) -> tuple[dict[str, PluginState], dict[str, str]]:
        """Return the plugins that another registry has, too, and what was logged of others."""
        names = self._registry.shared_with(registry) & self._plugins.keys()
        return {name: self._plugins[name] for name in names}, dict(self._reasons)

    @property
    def _limits(self) -> CallLimits:
        return self.caller.limits

    @property
    def _registry(self) -> Registry:
        return self.caller.registry

    @property
    def _plugins(self) -> dict[str, PluginState]:
        return self.caller.plugins

    async def __aenter__(self) -> Self:
        self.observers.observing = True
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        """End all tasks of plugins; one that refuses to end is left behind and named."""
        if error is None:
            await self.observers.end()
        self.observers.observing = False
        await self.lifetimes.end()
        self.targets.end()
        await self._stop(self._plugins.values())

    async def _stop(self, states: Collection[PluginState]) -> None:
        """End the tasks of some plugins."""
        workers = {state.worker for state in states if state.worker is not None}
        stuck = {task for state in states for task in state.stuck.values()}
        await isolation.stop(workers | stuck)
        await isolation.stop({task for state in states for task in state.contained.tasks})
        for task in workers | stuck:
            if not task.done():
                log.warning("plugin.task_abandoned", task=task.get_name())

    def staged(self, registry: Registry) -> Bus:
        """Return a bus over other plugins beside this one, which shares what both use."""
        limits = self._limits
        staged = Bus(
            limit=limits.limit,
            deliver_limit=limits.deliver_limit,
            folder=limits.folder,
            backlog=limits.backlog,
            patience=limits.patience,
            scrub=limits.scrub,
            registry=registry,
            ended=self.caller.ended,
            beside=self,
        )
        staged.web.routes = self.web.routes.copied()
        return staged

    def unlike(self, other: Bus) -> list[str]:
        """Return the plugins that another bus doesn't have, or has another instance of."""
        plugins = self._plugins.items()
        return [name for name, state in plugins if other._plugins.get(name) is not state]

    async def quiet(self, plugins: Collection[str]) -> None:
        """Let some plugins see what waits for them, and end what they see it in."""
        states = [self._plugins[name] for name in plugins]
        workers = {state.worker for state in states if state.worker is not None}
        if workers:
            await asyncio.wait(workers, timeout=DRAIN)
        await isolation.stop(workers)

    def exchange(self, staged: Bus, targets: Collection[str]) -> None:
        """
        Call the plugins of a staged bus from now on; it gets those that are called no more.

        Args:
            staged: The bus, whose new plugins are set up and whose new targets are prepared.
            targets: The targets that are not what they were.

        """
        leaving = self.unlike(staged)
        mine, theirs = self.caller, staged.caller
        mine.registry, theirs.registry = theirs.registry, mine.registry
        mine.plugins, theirs.plugins = theirs.plugins, mine.plugins
        mine.contexts, theirs.contexts = theirs.contexts, mine.contexts
        self.lifetimes.exchange(staged.lifetimes, leaving, targets)
        self.web.routes.join(staged.web.routes)
        self._reasons, staged._reasons = staged._reasons, self._reasons

    async def discard(self, user: Bus) -> None:
        """End what another bus doesn't use: the rest of an exchange, or what wasn't taken over."""
        leaving = self.unlike(user)
        await self.lifetimes.end()
        await self.lifetimes.tear_down(leaving)
        await self._stop([self._plugins[name] for name in leaving])
        self._registry.release(user._registry)

    def load(
        self, plugins: Mapping[str, Path | None], wanted: Collection[str]
    ) -> list[PluginProblem]:
        """
        Import plugins, each by itself, and return what is wrong with those that were left out.

        `plugins` has their files, None for an installed one; `wanted` names further installed ones.
        """
        names = [name for name in dict.fromkeys([*plugins, *wanted]) if name not in self._plugins]
        records = [self._registry.load(PluginSettings(name, plugins.get(name))) for name in names]
        self._adopt()
        return [record.problem for record in records if record.problem]

    def load_installed(self, wanted: Collection[str]) -> list[PluginProblem]:
        """Import those wanted plugins that were not tried yet; return why plugins are left out."""
        self._registry.load_installed(wanted)
        self._adopt()
        return self._registry.problems()

    def _adopt(self) -> None:
        """Make room for the plugins that were loaded since the last time."""
        for name, record in self._registry.records.items():
            if record.problem and self._reasons.get(name) != record.reason:
                self._reasons[name] = record.reason
                log.warning("plugin.skipped", plugin=name, error=record.reason)
            elif record.state == "loaded" and name not in self._plugins:
                queue: asyncio.Queue[Observation] = asyncio.Queue(self._limits.backlog)
                self._plugins[name] = PluginState(
                    name,
                    record.target_model,
                    queue,
                    self._limits.patience,
                    self._registry.contained[name],
                )
                log.debug("plugin.loaded", plugin=name)
                for text in record.deprecations:
                    log.warning("plugin.deprecated", plugin=name, text=text)

    @property
    def contributions(self) -> Contributions:
        """All that the loaded plugins contribute."""
        return self._registry.contributions

    def contained(self, plugin: str) -> ContainedPlugin | None:
        """Return what the process knows of a plugin; None if it isn't loaded."""
        state = self._plugins.get(plugin)
        return state.contained if state else None

    def options(self, plugin: str) -> type[PluginConfig] | None:
        """Return the type of the options of a plugin's targets; None when it has no targets."""
        state = self._plugins.get(plugin)
        return state.options if state else None

    def units(self, plugin: str) -> Callable[[Event], int]:
        """Return what counts how much of `max` a message uses; it never fails."""
        units = contained_units(plugin, self.options(plugin) or PluginConfig)
        contained = self.contained(plugin)
        if contained is None:
            return units

        def marked_units(event: Event) -> int:
            with calling(contained, "units of a message"):
                return units(event)

        return marked_units

    def check_options(
        self, plugin: str, options: Mapping[str, object], own_folder: Path | None = None
    ) -> PluginConfig | list[OptionProblem]:
        """
        Return a target's options, or all that is wrong with what stands in its table.

        Args:
            plugin: The plugin of the target.
            options: What stands in the table.
            own_folder: The folder that the target has in the state, for relative paths.

        """
        model = self.options(plugin)
        if model is not None:
            contributions, folder = self.contributions, self._limits.folder
            filters, added = contributions.filters, contributions.extensions.samples
            with calling(self._plugins[plugin].contained, "options"):
                return check_options(model, options, folder, filters, own_folder, added)
        if plugin in self._plugins:
            return [((), f'the plugin "{plugin}" delivers to no targets')]
        return [((), f'the plugin "{plugin}" is not loaded')]

    def on_task_failure(self, plugin: str) -> Callable[[BaseException], None]:
        """Return what counts what a task that a plugin started has raised."""
        return partial(self._plugins[plugin].failed, scrub=self._limits.scrub)

    def revive(self, plugin: str) -> bool:
        """End the rest of a plugin; return whether it rested."""
        state = self._plugins.get(plugin)
        if state is None or not state.resting:
            return False
        state.rests_until, state.in_a_row = 0.0, 0
        return True

    def health(self) -> Mapping[str, PluginHealth]:
        """Return how the plugins are doing."""
        failures = self.contributions.function_failures
        return {name: state.health(*failures(name)) for name, state in self._plugins.items()}
