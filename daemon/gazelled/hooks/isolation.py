"""Isolation: a plugin's code is run so that whatever it does stays its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from gazelled.model import Answer

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
        except (Exception, SystemExit) as caught:  # noqa: BLE001 - the point of this module
            error = caught

    task = asyncio.create_task(guarded(), name=name)
    try:
        await asyncio.wait({task}, timeout=limit)
        if outlast is not None and not task.done():
            await outlast(task)
    except asyncio.CancelledError:
        await stop({task})
        raise
    if not task.done():
        await stop({task})
        slow = TimeoutError(f"it took longer than {limit:g} s")
        return slow, None if task.done() else task
    if task.cancelled():
        return RuntimeError("it cancelled itself"), None
    return task.exception() if error is None else error, None


async def stop(tasks: set[asyncio.Task[None]]) -> None:
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
    except Exception:  # noqa: BLE001 - a plugin's error may be as broken as the plugin
        return ""
    return text if len(text) <= LINE else f"{text[:LINE]}…"


def describe(error: BaseException, scrub: Callable[[str], str] = str) -> str:
    """Return an error in one short line: its class and its text, without secrets likewise."""
    text = words(error, scrub)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def frozen(answer: Answer) -> Answer:
    """Return the answer with a payload that can't be changed."""
    return replace(answer, payload=_freeze(answer.payload))


def _freeze(value: object) -> object:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _freeze(inner) for key, inner in value.items()})
    if isinstance(value, list | tuple):
        return tuple(_freeze(inner) for inner in value)
    return value
