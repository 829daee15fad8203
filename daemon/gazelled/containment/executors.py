"""The event loop's default executor: each plugin's threads are bounded and its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from gazelled.containment.plugin_call import caller
from gazelled.containment.thread_pool import DaemonThreadPool

MOST = 16
"""How many threads the daemon has for its own work, and as many for looking names up."""

END_WITHIN = 10.0
"""Seconds that the daemon's own work in threads gets at the end."""

_NAME_LOOK_UPS = (socket.getaddrinfo, socket.getnameinfo)

P = ParamSpec("P")
T = TypeVar("T")


class RoutingExecutor(ThreadPoolExecutor):
    """
    Runs a plugin's functions in that plugin's threads, and the daemon's own in others.

    Whose a function is, the context says in which it is submitted. Looking names up has threads of
    its own. asyncio demands this base class, no thread of which is ever started.
    """

    def __init__(self) -> None:
        super().__init__(1)
        self._own = DaemonThreadPool("gazelled", MOST)
        self._names = DaemonThreadPool("looking names up", MOST)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function in a thread of whoever calls this."""
        work = partial(copy_context().run, partial(fn, *args, **kwargs))
        if call := caller():
            return call.plugin.submit(work, call.what)
        return (self._names if fn in _NAME_LOOK_UPS else self._own).submit(work)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the base class's signature
        """Wait for the daemon's own work, for a while; plugins' threads end with the process."""
        if wait:
            self._own.finish(END_WITHIN)
        super().shutdown(wait, cancel_futures=cancel_futures)


async def run_in_plugin_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """
    Return what a function returns in a thread of the plugin that calls this.

    Raises:
        RetryLater: If all threads that the plugin may have are left over from earlier calls.

    """
    call = caller()
    if call is None:
        return await asyncio.to_thread(function, *args, **kwargs)
    work = partial(copy_context().run, partial(function, *args, **kwargs))
    return await asyncio.wrap_future(call.plugin.submit(work, call.what))
