"""Waits for the daemon, but not for a plugin that holds its event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from gazelled.containment.running_mark import LoopHolder, read_holder, read_running
from gazelled.errors import TrackerUnavailable
from gazelled.text import local_minute

PATIENCE = 3.5
"""Seconds after which a command looks whether a plugin holds the daemon's event loop."""

SILENT = 60.0
"""Seconds after which a daemon that has not begun to reply is given up, whatever it does."""

_AGAIN = 0.5

T = TypeVar("T")


class DaemonHeldUpError(TrackerUnavailable):
    """A daemon runs and doesn't reply; the text says why."""


async def reply_within_patience(
    waiting: Coroutine[Any, Any, T], state: Path | None, *, begun: bool
) -> T:
    """
    Return what is waited for.

    Args:
        waiting: Waits for the daemon.
        state: The state folder of the daemon, as far as it is known.
        begun: Whether the daemon has begun to reply: it may take its time then.

    Raises:
        DaemonHeldUpError: If a plugin holds the daemon's event loop, or it doesn't begin to reply.

    """
    task, is_taken = asyncio.ensure_future(waiting), False
    seconds = 0.0
    try:
        while not (await asyncio.wait({task}, timeout=PATIENCE))[0]:
            seconds += PATIENCE
            if holder := await _holder(state, begun=begun):
                raise DaemonHeldUpError(
                    f"gazelled can't reply: the plugin {holder.plugin} holds it up{_since(holder)}."
                )
            if not begun and seconds >= SILENT:
                raise DaemonHeldUpError(f"gazelled has not replied within {seconds:g} s.")
        is_taken = True
        return task.result()
    finally:
        if not is_taken:
            await _give_back(task)


async def _give_back(task: asyncio.Task[Any]) -> None:
    """End the wait for a reply; its connection must be free before the session of it ends."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled() and task.exception() is None:
        reply = task.result()
        if isinstance(reply, aiohttp.ClientResponse):
            reply.close()


async def _holder(state: Path | None, *, begun: bool) -> LoopHolder | None:
    """Return who holds the loop, as its watcher saw, or else whose code doesn't seem to pause."""
    if state is None:
        return None
    holder = read_holder(state)
    if holder is None and not begun and (running := read_running(state)):
        await asyncio.sleep(_AGAIN)
        holder = read_holder(state) or (
            LoopHolder(running) if running == read_running(state) else None
        )
    return holder


def _since(holder: LoopHolder) -> str:
    """Return since when, in this machine's time; nothing if its mark doesn't say."""
    try:
        return f" since {local_minute(datetime.fromisoformat(holder.since))}"
    except ValueError:
        return ""
