"""Isolation: a plugin's code is run so that whatever it does stays its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.containment.event_loop import is_by_person
from gazelled.containment.plugin_call import PluginCall, context_of

LINE = 300
"""The longest that a plugin's words may be in a line of the log."""

_LONGEST = 10_000
"""So much of them is looked through for secrets, so that none is cut in two."""

GRACE = 1.0
"""Seconds that a cancelled plugin gets to clean up."""


async def run(
    function: Callable[..., Any],
    arguments: Sequence[object],
    name: str,
    limit: float,
    outlast: Callable[[asyncio.Task[None]], Awaitable[None]] | None = None,
    *,
    plugin: ContainedPlugin,
) -> tuple[BaseException | None, asyncio.Task[None] | None]:
    """
    Run a plugin's async function in a task of its own, for a limited time in seconds.

    What it raised is returned, and its task when that did not even end when cancelled. Only a
    cancellation of the caller is raised, and it reaches the plugin too. `outlast` may wait for the
    task when the time is over.
    """
    error: BaseException | None = None

    async def guarded() -> None:
        nonlocal error
        try:
            await function(*arguments)
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as caught:
            if is_by_person(caught):
                raise
            error = caught

    call = PluginCall(plugin, name.removeprefix(f"plugin {plugin.name}: "))
    task = asyncio.create_task(guarded(), name=name, context=context_of(call))
    try:
        await asyncio.wait({task}, timeout=limit)
        if outlast is not None and not task.done():
            await outlast(task)
    except asyncio.CancelledError:
        await stop({task})
        raise
    finally:
        plugin.end_leftovers(call.tasks - {task})
    if not task.done():
        await stop({task})
        slow = TimeoutError(f"it took longer than {limit:g} s")
        return slow, None if task.done() else task
    if task.cancelled():
        return RuntimeError("it cancelled itself"), None
    return task.exception() if error is None else error, None


async def stop(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait for them, but not for ever."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=GRACE)
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()  # it was asked to end: how it did so is nobody's concern


def words(error: BaseException, scrub: Callable[[str], str] = str) -> str:
    """Return an error's text in one short line, without what `scrub` takes out."""
    try:
        text = scrub(" ".join(str(error).split())[:_LONGEST])
    except BaseException:  # noqa: BLE001 - a plugin's error may be as broken as the plugin
        return ""
    return text if len(text) <= LINE else f"{text[:LINE]}…"


def describe(error: BaseException, scrub: Callable[[str], str] = str) -> str:
    """Return an error in one short line: its class and its text, without secrets likewise."""
    text = words(error, scrub)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
