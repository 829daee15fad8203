"""Calls of plugins: what all typed callers of hooks have in common."""

from __future__ import annotations

import time
from asyncio import Task
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, cast

import pluggy
import structlog

from gazelled.errors import GazelledError, TargetFault
from gazelled.hooks import isolation
from gazelled.hooks.plugin_health import Patience, PluginState
from gazelled.hooks.registry import Registry
from gazelled.plugin import Context, PluginContext
from gazelled.plugin.plugin_context import NO_PLUGIN, NO_TRACKER
from gazelled.plugin.torrent_file import no_downloads

log = structlog.stdlib.get_logger(__name__)

Outlast = Callable[["Task[None]"], Awaitable[None]]
"""Waits for a task whose time is over."""


class HookFailure(GazelledError):  # noqa: N818 - says what it means to the caller
    """A plugin failed at a hook; the text names it."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """
    What plugins may take.

    Attributes:
        limit: The seconds of one call.
        deliver_limit: The seconds of a delivery, if less than its target's timeout allows.
        folder: What relative paths in options are meant from; the current folder when None.
        backlog: How many objects wait for a slow plugin before some are dropped.
        patience: When a plugin rests.
        scrub: Takes secrets out of what plugins raise, before it is cut.

    """

    limit: float
    deliver_limit: float
    folder: Path | None
    backlog: int
    patience: Patience
    scrub: Callable[[str], str]


class HookOutcome(NamedTuple):
    """How a call ended: what was raised, or else returned."""

    error: BaseException | None
    value: object = None


CallEnded = Callable[[pluggy.HookImpl, float, HookOutcome], None]
"""Is called with a hook, the seconds that a call of it took, and how that ended."""


class HookCaller:
    """
    Calls plugins, isolated, and counts what comes of it: what all typed callers of hooks use.

    Args:
        limits: What plugins may take.
        registry: The plugins and their hooks.
        ended: Is shown how each call of a hook ended.

    Attributes:
        scrub: Takes secrets out of what plugins raise, before it is cut.
        plugins: What is kept for each plugin that can be called, by its name.
        contexts: What each plugin can use, while it is set up.
        ended: Is shown how each call of a hook ended.

    """

    def __init__(
        self, limits: CallLimits, registry: Registry, ended: CallEnded | None = None
    ) -> None:
        self.limits = limits
        self.scrub = limits.scrub
        self.registry = registry
        self.plugins: dict[str, PluginState] = {}
        self.contexts: Mapping[str, PluginContext] = {}
        self.ended = ended

    def plugins_with(self, *hooks: str) -> list[str]:
        """Return the plugins that have one of some hooks and can be called, in their order."""
        owners = dict.fromkeys(owner for hook in hooks for owner, _ in self.registry.every(hook))
        states = [self.plugins[name] for name in owners if name in self.plugins]
        return [state.name for state in states if not state.contained.excluded]

    def plugin_context(self, plugin: str) -> PluginContext:
        """Return what a plugin can use."""
        return self.contexts.get(plugin, NO_PLUGIN)

    def describe(self, plugin: str, error: BaseException) -> str:
        """Return in a clause that a plugin failed, and how."""
        return f'The plugin "{plugin}" failed: {isolation.describe(error, self.scrub)}'

    def cut_off(self, context: Context) -> Context:
        """Return the context of a target without access to the tracker."""
        plugin = replace(context.plugin, tracker=NO_TRACKER)
        return replace(context, tracker=NO_TRACKER, download=no_downloads, plugin=plugin)

    async def call(
        self,
        state: PluginState,
        hook: pluggy.HookImpl,
        what: str,
        arguments: Mapping[str, object],
        limit: float | None = None,
        outlast: Outlast | None = None,
    ) -> HookOutcome:
        """Call one implementation in a task of its own, and return how it ended."""
        function = cast("Callable[..., Awaitable[object]]", hook.function)
        taken = self.taken(state, hook, arguments)
        began = time.perf_counter()
        outcome = await self.run(state, function, taken, what, limit, outlast=outlast)
        self.report(hook, began, outcome)
        return outcome

    def report(self, hook: pluggy.HookImpl, began: float, outcome: HookOutcome) -> None:
        """Show how a call of a hook ended that began at a time of `time.perf_counter`."""
        if self.ended is not None:
            self.ended(hook, time.perf_counter() - began, outcome)

    def taken(
        self, state: PluginState, hook: pluggy.HookImpl, arguments: Mapping[str, object]
    ) -> list[object]:
        """Return the arguments that an implementation takes; all can take a context."""
        own = self.plugin_context(state.name)
        context = arguments.get("context", own)
        if isinstance(context, Context) and context.plugin is NO_PLUGIN:
            context = replace(context, plugin=own)
        every = {**arguments, "context": context}
        return [every[name] for name in hook.argnames]

    async def run(
        self,
        state: PluginState,
        function: Callable[..., Awaitable[object]],
        taken: Sequence[object],
        what: str,
        limit: float | None = None,
        *,
        outlast: Outlast | None = None,
    ) -> HookOutcome:
        """Run an async function of a plugin in a task of its own, and return how it ended."""
        if problem := state.contained.problem:
            return HookOutcome(TargetFault(f"{problem}."))
        if what in state.stuck:
            return HookOutcome(RuntimeError("an earlier call has not ended yet"))
        name = f"plugin {state.name}: {what}"
        results: list[object] = []

        async def called(*values: object) -> None:
            results.append(await function(*values))

        allowed = self.limits.limit if limit is None else limit
        began = time.perf_counter()
        error, left = await isolation.run(
            called, taken, name, allowed, outlast, plugin=state.contained
        )
        if left is not None:
            state.stuck[what] = left
            left.add_done_callback(lambda _: state.stuck.pop(what, None))
            log.warning("plugin.hung", plugin=state.name, task=name)
        state.calls += 1
        state.seconds += time.perf_counter() - began
        if error is not None:
            state.failed(error, self.scrub)
            return HookOutcome(error)
        return HookOutcome(None, *results)
