"""Tasks that plugins start themselves: contained, named, counted, ended with the plugin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import structlog

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.event_loop import is_by_person
from gazelled.containment.plugin_call import PluginCall, context_of
from gazelled.errors import GazelledError
from gazelled.hooks import isolation

log = structlog.stdlib.get_logger(__name__)

MOST = 100
"""So many tasks that it started may a plugin have at once."""


class PluginTasks:
    """
    The tasks that one plugin has started.

    Args:
        failed: Called with what a task raised.

    """

    def __init__(self, plugin: ContainedPlugin, failed: Callable[[BaseException], None]) -> None:
        self._plugin = plugin
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()
        self._failing: set[str] = set()
        self._ended = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of those that run, sorted."""
        return tuple(sorted(task.get_name() for task in self._tasks))

    def spawn(self, coroutine: Coroutine[object, object, object], /, *, name: str) -> None:
        """
        Run a coroutine in a task; what it raises is logged and counted.

        Raises:
            TypeError: If it is no coroutine.
            GazelledError: If the plugin has ended, or has too many tasks.

        """
        _ = self.start(coroutine, name)

    def start(self, coroutine: Coroutine[object, object, object], name: str) -> asyncio.Task[None]:
        """Run a coroutine as `spawn` does, and return the task."""
        _check(coroutine, name)
        problem = self._plugin.problem
        if self._ended:
            problem = f"the plugin {self._plugin.name} has ended"
        elif len(self._tasks) >= MOST:
            problem = f"{MOST} tasks of the plugin {self._plugin.name} run already"
        if problem:
            coroutine.close()
            raise GazelledError(problem)
        what = f"task {name}"
        task = asyncio.create_task(
            self._guarded(coroutine, name),
            name=f"plugin {self._plugin.name}: {what}",
            context=context_of(PluginCall(self._plugin, what)),
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: coroutine.close())  # one that never began
        return task

    async def _guarded(self, coroutine: Coroutine[object, object, object], name: str) -> None:
        try:
            await coroutine
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as error:
            if is_by_person(error):
                raise
            self._failed(error)
            if name not in self._failing:
                self._failing.add(name)
                log.warning(
                    "plugin.task_failed", plugin=self._plugin.name, task=name, exc_info=error
                )
        else:
            self._failing.discard(name)

    async def end(self) -> None:
        """Cancel all tasks, and name those that don't end."""
        self._ended = True
        tasks = {*self._tasks}
        await isolation.stop(tasks)
        for task in tasks:
            if not task.done():
                log.warning("plugin.task_abandoned", task=task.get_name())


def _check(coroutine: object, name: str) -> None:
    if not asyncio.iscoroutine(coroutine):
        kind = type(coroutine).__name__
        raise TypeError(f"expected a coroutine for the task {name}, not {kind}: call its function")
