"""Threads of deliveries: they can't be ended, so a delivery lasts as long as its threads."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from gazelled.containment.plugin_call import caller
from gazelled.containment.thread_pool import Job, settle
from gazelled.errors import RetryLater
from gazelled.model import Delivery

PATIENCE = 10
"""How many times its limit a delivery whose thread still runs may take."""

MOST = 10
"""How many threads of one target may run, abandoned ones among them."""

_AFTER = 5.0
"""Seconds that a delivery whose limit is over gets after its thread ended, to say how."""

P = ParamSpec("P")
T = TypeVar("T")


class DeliveryThreads:
    """The threads of deliveries that haven't ended, each by a future that is done when it has."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Future[None], Delivery] = {}

    async def run(
        self, delivery: Delivery, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function in a thread for a delivery: see `gazelled.plugin.InThread`."""
        if sum(other.target == delivery.target for other in self._running.values()) >= MOST:
            raise RetryLater(f"{MOST} earlier attempts have not ended yet.")
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        ended.add_done_callback(lambda _: self._running.pop(ended, None))

        def report(_: Future[T]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(ended.set_result, None)

        context = contextvars.copy_context()
        work = partial(context.run, partial(function, *args, **kwargs))
        call = caller()
        job = Job(partial(call.plugin.run_marked, work, call.what) if call else work)
        job.set_running_or_notify_cancel()
        job.add_done_callback(report)
        # The process doesn't wait for it at its end, as it does for those of a pool.
        name = f"deliver to {delivery.target}"
        threading.Thread(target=settle, args=(job,), name=name, daemon=True).start()
        self._running[ended] = delivery  # not one that the system refused
        return await asyncio.wrap_future(job)

    def of(self, delivery: Delivery) -> list[asyncio.Future[None]]:
        """
        Return what is done when the threads of an attempt have ended.

        Those of earlier attempts were given up: to wait for them again would hold up the target.
        """
        attempt = (delivery.key, delivery.attempt)
        return [
            ended for ended, owner in self._running.items() if (owner.key, owner.attempt) == attempt
        ]

    async def outlast(self, delivery: Delivery, task: asyncio.Task[None], until: float) -> None:
        """Wait for a task for as long as its threads run, until a time of the loop at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                while not task.done() and (threads := self.of(delivery)):
                    await asyncio.wait({task, *threads}, return_when=asyncio.FIRST_COMPLETED)
                    await asyncio.wait({task}, timeout=_AFTER)

    async def end_of(self, delivery: Delivery, until: float) -> None:
        """Wait for threads that nobody waits for, until a time of the loop at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                while threads := self.of(delivery):
                    await asyncio.wait(threads)

    def clear(self) -> None:
        """Forget all threads: the event loop ends."""
        self._running.clear()
