"""The bus: one typed method for each hook, each plugin contained."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Self, cast

import pluggy
import structlog

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.read_only import read_only
from gazelled.errors import GazelledError, GiveUp, RetryLater, TargetFault
from gazelled.hooks import isolation
from gazelled.hooks.contributions import Contributions
from gazelled.hooks.loading import BadPluginError, PluginProblem
from gazelled.hooks.options import OptionProblem, check_options, contained_units
from gazelled.hooks.plain_message import plain_message
from gazelled.hooks.plugin_health import Patience, PluginHealth, PluginState
from gazelled.hooks.registry import Registry
from gazelled.hooks.threads import PATIENCE, DeliveryThreads
from gazelled.hooks.web_handlers import WebRoutes, checked
from gazelled.model import Answer, Delivery, Event
from gazelled.plugin import Context, PluginConfig, WebFile
from gazelled.plugin.plugin_context import NO_TRACKER
from gazelled.plugin.torrent_file import no_downloads

log = structlog.stdlib.get_logger(__name__)

MARGIN = 15.0
"""Seconds by which a delivery's limit is longer than the target's timeout, which plugins set."""

DRAIN = 2.0
"""Seconds that plugins get at the end for the answers that they haven't seen yet."""


class Bus:
    """
    Calls the hooks of the plugins that were loaded; nothing a plugin does reaches the caller.

    It is a context manager: leaving it ends all tasks of plugins in bounded time. `limit` and
    `deliver_limit` are the seconds that a plugin may take for one answer and for one delivery; the
    latter only if it is less than its target's timeout allows. `folder` is what relative paths in
    options are meant from (the current folder when None), and `backlog` is how many answers wait
    for a slow plugin before some are dropped. `scrub` takes secrets out of what plugins raise,
    before it is cut.
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
    ) -> None:
        self._limit = limit
        self._deliver_limit = deliver_limit
        self._folder = folder
        self._backlog = backlog
        self._patience = patience
        self._scrub = scrub
        self._registry = Registry()
        self._threads = DeliveryThreads()
        self._plugins: dict[str, PluginState] = {}
        self._open = False
        self.routes = WebRoutes()

    async def __aenter__(self) -> Self:
        self._open = True
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        """End all tasks of plugins; one that refuses to end is left behind and named."""
        self._open = False
        self._threads.clear()
        states = self._plugins.values()
        workers = {state.worker for state in states if state.worker is not None}
        stuck = {task for state in states for task in state.stuck.values()}
        if workers and error is None:
            await asyncio.wait(workers, timeout=DRAIN)
        await isolation.stop(workers | stuck)
        await isolation.stop({task for state in states for task in state.contained.tasks})
        for task in workers | stuck:
            if not task.done():
                log.warning("plugin.task_abandoned", task=task.get_name())

    def load(
        self, plugins: Mapping[str, Path | None], wanted: Collection[str]
    ) -> list[PluginProblem]:
        """
        Import plugins, each by itself, and return what is wrong with those that were left out.

        `plugins` has their files, None for an installed one; `wanted` names further installed ones.
        """
        problems: list[PluginProblem] = []
        for name in dict.fromkeys([*plugins, *wanted]):
            if name in self._plugins:
                continue
            try:
                self._registry.load(name, plugins.get(name))
            except BadPluginError as error:
                log.warning("plugin.skipped", plugin=name, error=str(error))
                problems.append(PluginProblem(name, str(error)))
            else:
                options = self.contributions.targets.get(name)
                queue: asyncio.Queue[Answer] = asyncio.Queue(self._backlog)
                self._plugins[name] = PluginState(
                    name,
                    options.value if options else None,
                    queue,
                    self._patience,
                    ContainedPlugin(name),
                )
                log.debug("plugin.loaded", plugin=name)
        return problems

    @property
    def contributions(self) -> Contributions:
        """All that the loaded plugins contribute."""
        return self._registry.contributions

    def options(self, plugin: str) -> type[PluginConfig] | None:
        """Return the type of the options of a plugin's targets; None when it has no targets."""
        state = self._plugins.get(plugin)
        return state.options if state else None

    def units(self, plugin: str) -> Callable[[Event], int]:
        """Return what counts how much of `max` a message uses; it never fails."""
        return contained_units(plugin, self.options(plugin) or PluginConfig)

    def check_options(
        self, plugin: str, options: Mapping[str, object]
    ) -> PluginConfig | list[OptionProblem]:
        """Return a target's options, or all that is wrong with what stands in its table."""
        model = self.options(plugin)
        if model is not None:
            return check_options(model, options, self._folder, self.contributions.filters)
        if plugin in self._plugins:
            return [((), f'the plugin "{plugin}" delivers to no targets')]
        return [((), f'the plugin "{plugin}" is not loaded')]

    def answered(self, answer: Answer) -> None:
        """Show an answer to every plugin that wants to see answers; never wait for them."""
        watching = dict.fromkeys(owner for owner, _ in self._registry.every("gazelled_answer"))
        if not (watching and self._open):
            return
        shown = read_only(answer)
        for state in map(self._plugins.__getitem__, watching):
            if state.resting or state.queue.full():
                state.drop()
                continue
            state.queue.put_nowait(shown)
            if state.worker is None or state.worker.done():
                name = f"plugin {state.name}"
                state.worker = asyncio.create_task(self._work(state), name=name)

    async def _work(self, state: PluginState) -> None:
        while not state.queue.empty():
            answer = state.queue.get_nowait()
            if state.resting:
                state.drop()
                continue
            errors = [
                await self._call(state, hook, "answer", self._limit, answer=answer)
                for hook in self._registry.of(state.name, "gazelled_answer")
            ]
            state.judge(next((error for error in errors if error is not None), None), self._scrub)
        state.dropping = False

    async def prepare(
        self, plugin: str, options: PluginConfig, context: Context
    ) -> BaseException | None:
        """Let a plugin get one of its targets ready; a failure is logged, counted and returned."""
        state = self._plugins[plugin]
        failed: BaseException | None = None
        for hook in self._registry.of(plugin, "gazelled_prepare"):
            what = f"prepare {context.target}"
            error = await self._call(
                state, hook, what, self._limit, options=options, context=context
            )
            if error is not None:
                failed, text = error, isolation.describe(error, self._scrub)
                name = context.target
                log.warning("plugin.prepare_failed", plugin=plugin, target=name, error=text)
        return failed

    async def deliver(
        self, plugin: str, delivery: Delivery, options: PluginConfig, context: Context
    ) -> None:
        """
        Deliver an event to a target. Returning means delivered.

        It may take the target's timeout and a margin, and longer while a thread of it runs: what
        goes on must not be begun a second time.

        Raises:
            TargetFault: If the plugin says so.
            RetryLater: If the plugin says so, and for whatever else it does but return.
            GiveUp: If the plugin says so.

        """
        state = self._plugins.get(plugin)
        if state is None or state.options is None:
            raise TargetFault(f'The plugin "{plugin}" is not loaded.')
        limit = min(self._deliver_limit, context.timeout + MARGIN)
        last = asyncio.get_running_loop().time() + limit * PATIENCE
        error = await self._call(
            state,
            self._registry.of(plugin, "gazelled_deliver")[0],
            f"deliver to {delivery.target}",
            limit,
            lambda task: self._threads.outlast(delivery, task, last),
            delivery=read_only(delivery),
            options=options,
            context=replace(context, in_thread=self._threads.run),
            resource=None,
        )
        if error is None:
            return
        if isinstance(error, GiveUp):
            raise GiveUp(isolation.words(error, self._scrub)) from error
        await self._threads.end_of(delivery, last)
        if isinstance(error, RetryLater):
            kind = TargetFault if isinstance(error, TargetFault) else RetryLater
            raise kind(isolation.words(error, self._scrub), after=_seconds(error.after)) from error
        if delivery.attempt == 1:
            log.warning("plugin.failed", plugin=plugin, target=delivery.target, exc_info=error)
        raise RetryLater(
            f'The plugin "{plugin}" failed: {isolation.describe(error, self._scrub)}'
        ) from error

    async def preview(
        self, plugin: str, delivery: Delivery, options: PluginConfig, context: Context
    ) -> str:
        """
        Return the message that a target would send, without sending it.

        The plugin can't reach the tracker meanwhile. If it shows no message of its own, the event
        is returned as plain text.

        Raises:
            GazelledError: If the plugin is not loaded, or fails.

        """
        state = self._plugins.get(plugin)
        if state is None or state.options is None:
            raise GazelledError(f'The plugin "{plugin}" is not loaded.')
        cut_off = replace(context, tracker=NO_TRACKER, download=no_downloads)
        texts: list[object] = []
        for hook in self._registry.of(plugin, "gazelled_preview"):
            error = await self._call(
                state,
                hook,
                f"preview of {context.target}",
                min(self._deliver_limit, context.timeout + MARGIN),
                results=texts,
                delivery=delivery,
                options=options,
                context=cut_off,
            )
            if isinstance(error, GiveUp | RetryLater):
                raise GazelledError(isolation.words(error, self._scrub)) from error
            if error is not None:
                text = f'The plugin "{plugin}" failed: {isolation.describe(error, self._scrub)}'
                raise GazelledError(text) from error
        text_of_plugin = next((text for text in texts if isinstance(text, str)), None)
        return plain_message(delivery.event) if text_of_plugin is None else text_of_plugin

    async def web_file(self, path: str) -> WebFile | None:
        """
        Return what a plugin serves at an address, without its first slash; None if there is none.

        Raises:
            RetryLater: If the plugin says so, fails or takes too long.

        """
        if not (place := self.routes.find(path)):
            return None
        route, rest = place
        results: list[object] = []

        async def handle(rest: str) -> WebFile | None:
            return checked(await route.handler(rest))

        state = self._plugins[route.plugin]
        what, limit = f"serve {route.path}", min(self._deliver_limit, route.timeout)
        error = await self._run(state, handle, [rest], what, limit, results=results)
        if isinstance(error, GiveUp):
            return None
        if error is not None:
            text = isolation.describe(error, self._scrub)
            name, after = route.target, None
            if isinstance(error, RetryLater):
                after = _seconds(error.after)
            log.warning("plugin.serve_failed", plugin=route.plugin, target=name, error=text)
            raise RetryLater(text, after=after) from error
        return cast("WebFile | None", results[0])

    async def history(
        self,
        plugin: str,
        options: PluginConfig,
        context: Context,
        since: datetime,
        until: datetime,
    ) -> list[Mapping[str, object]] | None:
        """
        Return the events that a target keeps of a time; None if it keeps none.

        Raises:
            GazelledError: If the plugin fails.

        """
        results: list[object] = []
        for hook in self._registry.of(plugin, "gazelled_history"):
            error = await self._call(
                self._plugins[plugin],
                hook,
                f"history of {context.target}",
                min(self._deliver_limit, context.timeout + MARGIN),
                results=results,
                since=since,
                until=until,
                options=options,
                context=replace(context, tracker=NO_TRACKER, download=no_downloads),
            )
            if error is not None:
                raise GazelledError(
                    f'The plugin "{plugin}" failed: {isolation.describe(error, self._scrub)}'
                )
        lists = [events for events in results if isinstance(events, list)]
        return [event for events in lists for event in events] if lists else None

    async def _call(
        self,
        state: PluginState,
        hook: pluggy.HookImpl,
        what: str,
        limit: float,
        outlast: Callable[[asyncio.Task[None]], Awaitable[None]] | None = None,
        results: list[object] | None = None,
        **arguments: object,
    ) -> BaseException | None:
        """
        Call one implementation in a task of its own and return what it raised.

        What it returned is added to the results, if they are wanted.
        """
        taken = [arguments[name] for name in hook.argnames]
        function = cast("Callable[..., Awaitable[object]]", hook.function)
        return await self._run(
            state, function, taken, what, limit, outlast=outlast, results=results
        )

    async def _run(
        self,
        state: PluginState,
        function: Callable[..., Awaitable[object]],
        taken: Sequence[object],
        what: str,
        limit: float,
        *,
        outlast: Callable[[asyncio.Task[None]], Awaitable[None]] | None = None,
        results: list[object] | None = None,
    ) -> BaseException | None:
        if problem := state.contained.problem:
            return TargetFault(f"{problem}.")
        if what in state.stuck:
            return RuntimeError("an earlier call has not ended yet")
        name = f"plugin {state.name}: {what}"

        async def called(*values: object) -> None:
            result = await function(*values)
            if results is not None:
                results.append(result)

        error, left = await isolation.run(
            called, taken, name, limit, outlast, plugin=state.contained
        )
        if left is not None:
            state.stuck[what] = left
            left.add_done_callback(lambda _: state.stuck.pop(what, None))
            log.warning("plugin.hung", plugin=state.name, task=name)
        state.failures += error is not None
        return error

    def health(self) -> Mapping[str, PluginHealth]:
        return {name: state.health() for name, state in self._plugins.items()}


def _seconds(after: object) -> float | None:
    """Take a plugin's word for a time only if it is one."""
    if isinstance(after, int | float) and math.isfinite(after) and after >= 0:
        return float(after)
    return None
