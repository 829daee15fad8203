"""Threads that the process never waits for at its end, at most some of them at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

IDLE = 10.0
"""Seconds after which a thread without work ends."""

T = TypeVar("T")


class Job(Future[T], Generic[T]):
    """
    The result of a function that runs in a thread, or will.

    Attributes:
        is_abandoned: Whether nobody waits any more, although it runs.

    """

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__()
        self.work = work
        self.is_abandoned = False

    def cancel(self) -> bool:
        """Return whether it is cancelled; if it runs, it counts as abandoned until it ends."""
        cancelled = super().cancel()
        self.is_abandoned = not cancelled and not self.done()
        return cancelled


class DaemonThreadPool:
    """
    Runs functions in threads.

    Args:
        name: What the threads are called.
        most: How many may run at once.
        most_waiting: How many functions may wait for a thread.

    """

    def __init__(self, name: str, most: int, most_waiting: int = 100_000) -> None:
        self.name = name
        self.most = most
        self._most_waiting = most_waiting
        self._changed = threading.Condition()
        self._waiting: deque[Job[Any]] = deque()
        self._running: set[Job[Any]] = set()
        self._threads = 0
        self._idle = 0

    @property
    def leftover(self) -> int:
        """How many threads run although nobody waits for them any more."""
        with self._changed:
            return sum(job.is_abandoned for job in self._running)

    @property
    def is_stuck(self) -> bool:
        """Whether every thread that there may be is left over."""
        return len(self._running) >= self.most and self.leftover >= self.most

    def submit(self, work: Callable[[], T]) -> Job[T]:
        """
        Run a function in a thread, as soon as one is free.

        Raises:
            RuntimeError: If all threads are left over, too many functions wait, or the system
                allows no thread.

        """
        if self.is_stuck:
            raise RuntimeError(f"{self.most} threads of {self.name} have not ended")
        job = Job(work)
        with self._changed:
            waiting = sum(not job.cancelled() for job in self._waiting)
            if len(self._waiting) >= self._most_waiting <= waiting:
                raise RuntimeError(f"{waiting} functions of {self.name} wait for a thread")
            self._waiting.append(job)
            if self._idle >= len(self._waiting) or self._threads >= self.most:
                self._changed.notify()
                return job
            self._threads += 1
        try:
            threading.Thread(target=self._work, name=self.name, daemon=True).start()
        except RuntimeError:
            with self._changed:
                self._threads -= 1
                if not self._threads:
                    self._waiting.remove(job)
                    raise
        return job

    def finish(self, seconds: float) -> bool:
        """Wait until all is done, or for some seconds; return whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._running or self._waiting), seconds)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            settle(job)
            with self._changed:
                self._running.discard(job)
                self._changed.notify_all()

    def _next(self) -> Job[Any] | None:
        """Return the next function that somebody waits for; None if none came for a while."""
        with self._changed:
            while True:
                self._idle += 1
                came = self._changed.wait_for(lambda: bool(self._waiting), IDLE)
                self._idle -= 1
                if not came:
                    self._threads -= 1
                    return None
                job = self._waiting.popleft()
                if job.set_running_or_notify_cancel():
                    self._running.add(job)
                    return job


def settle(job: Job[T]) -> None:
    """Run a job's function and set its result, or what it raised."""
    try:
        value = job.work()
    except StopIteration as error:
        ended = RuntimeError("the function raised StopIteration")  # no future of asyncio takes that
        ended.__cause__ = error
        job.set_exception(ended)
    except BaseException as error:  # noqa: BLE001 - whoever waits for the thread gets it
        job.set_exception(error)
    else:
        job.set_result(value)
