"""The event loop of the daemon and its commands: plugins' code can't stop it or end its tasks."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, TypeVar, TypeVarTuple, cast

from gazelled.containment.contained_plugin import CODE_IS_DUE, MOST_TASKS
from gazelled.containment.executors import RoutingExecutor
from gazelled.containment.plugin_call import CALL, PluginCall, caller, refusing

RUN_HANDLE = asyncio.Handle._run.__code__  # noqa: SLF001 - whose frame says which callback runs

GRACE = 1.0
"""Seconds that tasks of plugins get at the end of the program, once they are cancelled."""

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class OwnedTask(asyncio.Task[T]):
    """A task that knows in which call of a plugin it was made; the others' can't be cancelled."""

    __slots__ = ("call",)
    call: PluginCall | None

    def cancel(self, msg: object = None) -> bool:
        """Cancel it, unless a plugin wants that for what isn't its own."""
        canceller = caller()
        own = self.call.plugin if self.call else None
        if canceller is not None and own is not canceller.plugin:
            canceller.plugin.refuse("cancel tasks that are not its own")
            return False
        return super().cancel(msg)


class ContainedLoop(asyncio.SelectorEventLoop):
    """An event loop that plugins' code can use and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        super().set_default_executor(RoutingExecutor())

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: contextvars.Context | None = None,
        **more: Any,  # noqa: ANN401 - what later versions of Python take
    ) -> asyncio.Task[T]:
        """
        Return a task that belongs to the plugin in whose call it is made.

        Raises:
            RuntimeError: If the plugin has too many tasks that haven't ended.

        """
        call = _call_in(context)
        if call is not None:
            coro = _admitted(call, coro)
        task: OwnedTask[T] = OwnedTask(
            coro,
            loop=self,
            name=None if name is None else str(name),
            context=context,
            **more,
        )
        task.call = call
        if call is not None:
            _count(call, task)
        return task

    # Each way into the queue of callbacks: what belongs to a plugin wakes the loop's watcher.

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """Call something in the next round."""
        _announce(context)
        return super().call_soon(callback, *args, context=context)

    def call_soon_threadsafe(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """Call something in the next round, from any thread."""
        _announce(context)
        return super().call_soon_threadsafe(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call something at a time of the loop's clock."""
        if _call_in(context) is None:
            return super().call_at(when, callback, *args, context=context)
        return super().call_at(when, _announced, callback, args, context=context)

    def _add_callback(self, handle: asyncio.Handle) -> None:
        """Queue what a file descriptor was waited for."""
        _announce(cast("contextvars.Context", handle._context))  # type: ignore[attr-defined]  # noqa: SLF001 - asyncio shows it nowhere else
        super()._add_callback(handle)  # type: ignore[misc]  # typeshed doesn't have it

    def run_forever(self) -> None:
        """Run until it is stopped; what a plugin raises to end the process ends only that."""
        while True:
            try:
                super().run_forever()
            except (KeyboardInterrupt, SystemExit) as error:
                call = None if is_by_person(error) else _call_of(error.__traceback__)
                if call is None:
                    raise
                call.plugin.refuse(f"end the process ({type(error).__name__})")
            else:
                return


_REFUSED = {
    "stop": "stop the event loop",
    "close": "stop the event loop",
    "add_signal_handler": "handle signals",
    "remove_signal_handler": "handle signals",
    "set_default_executor": "change the event loop",
    "set_exception_handler": "change the event loop",
    "set_task_factory": "change the event loop",
    "shutdown_asyncgens": "change the event loop",
    "shutdown_default_executor": "change the event loop",
}
"""The methods of the event loop that plugins' code can't call, and what that would do."""


for _name, _what in _REFUSED.items():
    setattr(ContainedLoop, _name, refusing(getattr(ContainedLoop, _name), _what))


def run(main: Coroutine[Any, Any, T]) -> T:
    """
    Run a program's main coroutine in a contained loop, as `asyncio.run`, and return its result.

    Tasks of plugins that refuse to end are left behind: the process ends without them.
    """
    runner = asyncio.Runner(loop_factory=ContainedLoop)
    try:
        return runner.run(main)
    finally:
        if _ended(runner.get_loop()):
            runner.close()


def _ended(loop: asyncio.AbstractEventLoop) -> bool:
    """End the tasks of plugins, and return whether all have ended."""
    tasks = [task for task in asyncio.all_tasks(loop) if getattr(task, "call", None)]
    for task in tasks:
        task.cancel()
    if not tasks:
        return True
    _, left = loop.run_until_complete(asyncio.wait(tasks, timeout=GRACE))
    return not left


def is_by_person(error: BaseException) -> bool:
    """Return whether it is Ctrl-C that was raised, wherever it met the program."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_name == "_on_sigint"


def _call_of(trace: TracebackType | None) -> PluginCall | None:
    """Return in which call of a plugin the callback ran that an exception came from."""
    while trace is not None:
        if trace.tb_frame.f_code is RUN_HANDLE:
            handle = trace.tb_frame.f_locals["self"]
            return cast("contextvars.Context", handle._context).get(CALL)  # noqa: SLF001 - no public name
        trace = trace.tb_next
    return None


def _call_in(context: contextvars.Context | None) -> PluginCall | None:
    return CALL.get() if context is None else context.get(CALL)


def _announce(context: contextvars.Context | None) -> None:
    """Take note that a callback will run, if it belongs to a plugin's call."""
    if _call_in(context) is not None:
        CODE_IS_DUE.set()


def _announced(callback: Callable[[*Ts], object], args: tuple[*Ts]) -> None:
    """Run a timer's callback of a plugin, and take note of that."""
    CODE_IS_DUE.set()
    callback(*args)


def _admitted(
    call: PluginCall, coro: Generator[Any, None, T] | Coroutine[Any, Any, T]
) -> Generator[Any, None, T] | Coroutine[Any, Any, T]:
    """Return a task's coroutine so that it is marked whose code runs; refuse one too many."""
    plugin = call.plugin
    if len(plugin.tasks) < MOST_TASKS:
        return _MarkedCoroutine(coro, call) if isinstance(coro, Coroutine) else coro
    coro.close()
    plugin.refuse(f"have more than {MOST_TASKS} tasks")
    raise RuntimeError(f"{MOST_TASKS} tasks of the plugin {plugin.name} have not ended")


def _count(call: PluginCall, task: asyncio.Task[Any]) -> None:
    call.plugin.tasks.add(task)
    call.tasks.add(task)
    task.add_done_callback(call.plugin.tasks.discard)
    task.add_done_callback(call.tasks.discard)


class _MarkedCoroutine(Coroutine[Any, Any, T]):
    """A plugin's coroutine; while a step of it runs, that is marked."""

    def __init__(self, coro: Coroutine[Any, Any, T], call: PluginCall) -> None:
        self._coro = coro
        self._call = call

    def send(self, value: Any) -> Any:  # noqa: ANN401 - the base class's
        with self._call.plugin.stepping(self._call.what):
            return self._coro.send(value)

    def throw(self, *error: Any) -> Any:  # noqa: ANN401 - the base class's
        with self._call.plugin.stepping(self._call.what):
            return self._coro.throw(*error)

    def close(self) -> None:
        with self._call.plugin.stepping(self._call.what):
            self._coro.close()

    def __await__(self) -> Generator[Any, Any, T]:
        return self._coro.__await__()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - what asyncio shows of a coroutine
        return getattr(self._coro, name)
