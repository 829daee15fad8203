"""Lifetimes: what plugins open at the start and close at the end, each in one task of its own."""

from __future__ import annotations

import asyncio
import inspect
import math
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast

import pluggy
import structlog

from gazelled.hooks import isolation
from gazelled.hooks.calls.hook_calls import HookCaller, HookOutcome
from gazelled.hooks.calls.observing_calls import ObservingCalls
from gazelled.hooks.loading import PluginProblem
from gazelled.hooks.plugin_health import PluginState
from gazelled.plugin import Context, PluginConfig, PluginContext

log = structlog.stdlib.get_logger(__name__)

LIMIT = 10.0
"""Seconds that a lifetime may take to begin, and to end."""

Place = tuple[str, str, int]
"""The plugin of a lifetime, what it is (`setup`, or of which target), and whose part's it is."""

_ENDED = object()


class Lifetime:
    """
    An async generator that yields once: entered and left in the same task.

    Args:
        function: The async generator function.
        arguments: Its arguments.

    Attributes:
        resource: What it yielded.

    """

    def __init__(
        self, function: Callable[..., AsyncGenerator[object, None]], arguments: Sequence[object]
    ) -> None:
        self._function = function
        self._arguments = arguments
        self._ending = asyncio.Event()
        self.begun = asyncio.Event()
        self.resource: object = None

    async def live(self) -> None:
        """Run it: to its yield, and when the end has come, to its end."""
        generator = self._function(*self._arguments)
        try:
            self.resource = await anext(generator, _ENDED)
            if self.resource is _ENDED:
                raise RuntimeError("it must yield once")
            self.begun.set()
            await self._ending.wait()
            if await anext(generator, _ENDED) is not _ENDED:
                raise RuntimeError("it must yield only once")
        finally:
            await generator.aclose()  # its end is run also when it is cancelled

    def end(self) -> None:
        """Resume it after its yield."""
        self._ending.set()


class LifetimeCalls:
    """Begins and ends what plugins keep open: for themselves, and for each of their targets."""

    def __init__(self, caller: HookCaller, observers: ObservingCalls) -> None:
        self._caller = caller
        self._observers = observers
        self._lives: dict[Place, tuple[Lifetime, asyncio.Task[HookOutcome]]] = {}

    @asynccontextmanager
    async def all_set_up(
        self, contexts: Mapping[str, PluginContext]
    ) -> AsyncIterator[list[PluginProblem]]:
        """
        Set up all plugins, and tear them down at the end, each in limited time.

        The problems of those whose setup failed are returned: they are left out until the next
        start.
        """
        self._caller.contexts = contexts
        problems = await self.set_up(self._caller.plugins)
        try:
            yield problems
        finally:
            await self._observers.end()
            await self.end()
            await self.tear_down(self._caller.plugins)

    async def set_up(self, names: Collection[str]) -> list[PluginProblem]:
        """Set up some plugins, and return the problems of those whose setup failed."""
        plugins = [name for name in self._caller.plugins_with("gazelled_setup") if name in names]
        for name in plugins:
            self._caller.plugins[name].set_up.clear()
        begun = await asyncio.gather(*map(self._set_up, plugins))
        return [problem for problem in begun if problem is not None]

    async def tear_down(self, names: Collection[str]) -> None:
        """Tear some plugins down, each in limited time."""
        plugins = [name for name in self._caller.plugins_with("gazelled_teardown") if name in names]
        await asyncio.gather(*map(self._tear_down, plugins))

    def exchange(
        self, other: LifetimeCalls, plugins: Collection[str], targets: Collection[str]
    ) -> None:
        """Take over the lifetimes of a staged bus, which gets those of some plugins and targets."""
        whats = {_of_target(name) for name in targets}
        leaving = {
            place: life
            for place, life in self._lives.items()
            if place[0] in plugins or place[1] in whats
        }
        staying = {place: life for place, life in self._lives.items() if place not in leaving}
        self._lives, other._lives = {**staying, **other._lives}, leaving

    async def _set_up(self, plugin: str) -> PluginProblem | None:
        state = self._caller.plugins[plugin]
        try:
            return await self._set_up_parts(plugin, state)
        finally:
            state.set_up.set()

    async def _set_up_parts(self, plugin: str, state: PluginState) -> PluginProblem | None:
        for hook in self._caller.registry.of(plugin, "gazelled_setup"):
            arguments = {"context": self._caller.plugin_context(plugin)}
            error = (await self._begin(state, hook, "setup", arguments)).error
            if error is not None:
                text = f"setup failed: {isolation.describe(error, self._caller.scrub)}"
                state.contained.excluded = text
                log.warning("plugin.setup_failed", plugin=plugin, error=text)
                await self._end_of([place for place in self._lives if place[0] == plugin])
                return PluginProblem(plugin, text)
        return None

    async def _tear_down(self, plugin: str) -> None:
        state = self._caller.plugins[plugin]
        for hook in self._caller.registry.of(plugin, "gazelled_teardown"):
            outcome = await self._caller.call(state, hook, "teardown", {}, LIMIT)
            self._log_end(plugin, "teardown", outcome)

    async def prepare(
        self, plugin: str, options: PluginConfig, context: Context
    ) -> BaseException | None:
        """Call `gazelled_prepare` for a target; a failure is logged, counted and returned."""
        state = self._caller.plugins[plugin]
        if state.contained.excluded:
            return None
        failed: BaseException | None = None
        for hook in self._caller.registry.of(plugin, "gazelled_prepare"):
            arguments = {"options": options, "context": context}
            what = _of_target(context.target)
            error = (await self._begin(state, hook, what, arguments)).error
            if error is not None:
                failed, text = error, isolation.describe(error, self._caller.scrub)
                name = context.target
                log.warning("plugin.prepare_failed", plugin=plugin, target=name, error=text)
        return failed

    async def resource(self, plugin: str, options: PluginConfig, context: Context) -> HookOutcome:
        """Return what a target's lifetime yielded; it begins now unless it has begun."""
        for hook in self._caller.registry.of(plugin, "gazelled_prepare"):
            if _is_lifetime(hook):
                what = _of_target(context.target)
                if (place := _place(hook, what)) in self._lives:
                    return HookOutcome(None, self._lives[place][0].resource)
                arguments = {"options": options, "context": context}
                return await self._begin(self._caller.plugins[plugin], hook, what, arguments)
        return HookOutcome(None)

    async def _begin(
        self,
        state: PluginState,
        hook: pluggy.HookImpl,
        what: str,
        arguments: Mapping[str, object],
    ) -> HookOutcome:
        """Call a hook that may be a lifetime, and return what it yielded, or how it failed."""
        if not _is_lifetime(hook):
            return await self._caller.call(state, hook, what, arguments)
        lifetime = Lifetime(
            cast("Callable[..., AsyncGenerator[object, None]]", hook.function),
            self._caller.taken(state, hook, arguments),
        )

        async def outlast(task: asyncio.Task[None]) -> None:
            """Wait without a limit for what has begun."""
            if lifetime.begun.is_set():
                await asyncio.wait({task}, timeout=math.inf)

        run = self._caller.run(state, lifetime.live, (), what, LIMIT, outlast=outlast)
        began = time.perf_counter()
        task = asyncio.create_task(run, name=f"plugin {state.name}: {what}")
        waiting = asyncio.create_task(lifetime.begun.wait())
        try:
            await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if task.done():
            outcome = task.result()
        else:
            self._lives[_place(hook, what)] = lifetime, task
            outcome = HookOutcome(None, lifetime.resource)
        self._caller.report(hook, began, outcome)
        return outcome

    async def end(self) -> None:
        """End the lifetimes of all targets, then those of the plugins themselves."""
        targets = [place for place in self._lives if place[1] != "setup"]
        await self._end_of(targets)
        await self._end_of([*self._lives])

    async def _end_of(self, places: Sequence[Place]) -> None:
        lives = {place: self._lives.pop(place) for place in places}
        for lifetime, _ in lives.values():
            lifetime.end()
        tasks = {task for _, task in lives.values()}
        if tasks:
            await asyncio.wait(tasks, timeout=LIMIT)
        slow = {task for task in tasks if not task.done()}
        for task in slow:
            task.cancel()
        if slow:
            await asyncio.wait(slow, timeout=isolation.GRACE * 2)
        for (plugin, what, _), (_, task) in lives.items():
            if task.cancelled() or not task.done():
                error: BaseException = TimeoutError(f"it took longer than {LIMIT:g} s to end")
                self._log_end(plugin, what, HookOutcome(error))
            else:
                self._log_end(plugin, what, task.result())

    def _log_end(self, plugin: str, what: str, outcome: HookOutcome) -> None:
        if outcome.error is not None:
            text = isolation.describe(outcome.error, self._caller.scrub)
            log.warning("plugin.teardown_failed", plugin=plugin, part=what, error=text)


def _place(hook: pluggy.HookImpl, what: str) -> Place:
    return hook.plugin_name, what, id(hook.plugin)


def _of_target(target: str) -> str:
    return f"prepare {target}"


def _is_lifetime(hook: pluggy.HookImpl) -> bool:
    return inspect.isasyncgenfunction(hook.function)
