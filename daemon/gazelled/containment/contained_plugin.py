"""What is counted of one plugin, and what it may have: threads, tasks, lines of the log."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

import structlog

from gazelled.containment.running_mark import MARK, RunningMark
from gazelled.containment.thread_pool import DaemonThreadPool, Job
from gazelled.errors import RetryLater

log = structlog.stdlib.get_logger(__name__)

MOST_THREADS = 10
"""How many threads of a plugin may run at once, those among them that nobody waits for."""

MOST_WAITING = 1000
"""How many functions of a plugin may wait for a thread."""

MOST_TASKS = 1000
"""How many tasks that it makes itself a plugin may have at once."""

MOST_LEFT = 100
"""How many of them may outlive the calls in which they were made."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Containment:
    """
    What a plugin has left behind, and what was kept from it.

    Attributes:
        threads_left: How many of its threads run although nobody waits for them.
        tasks: How many of its tasks have not ended.
        tasks_ended: How many of its tasks were ended, since too many outlived their calls.
        blocked: How often it held the event loop.
        lines_dropped: How many of its lines of the log were left out, since they were too many.
        refused: What it tried and was kept from, such as `stop the event loop`, and how often.

    """

    threads_left: int = 0
    tasks: int = 0
    tasks_ended: int = 0
    blocked: int = 0
    lines_dropped: int = 0
    refused: tuple[tuple[str, int], ...] = ()


class ContainedPlugin:
    """
    A plugin, as the process knows it.

    Args:
        name: Its name in the config.
        places: Its file or folder, in which its code is looked for in stacks.
        mark: Where it is marked that its code runs.

    Attributes:
        excluded: Why it is left out; empty when it isn't.
        blocked: How often it held the event loop.
        lines_dropped: How many of its lines were left out of the log.
        tasks_ended: How many of its tasks were ended.

    """

    def __init__(self, name: str, places: tuple[str, ...] = (), mark: RunningMark = MARK) -> None:
        self.name = name
        self.places = places
        self.mark = mark
        self.excluded = ""
        self.blocked = 0
        self.lines_dropped = 0
        self.tasks_ended = 0
        self.tasks: set[asyncio.Task[object]] = set()
        self._refused: Counter[str] = Counter()
        self._threads = DaemonThreadPool(f"the plugin {name}", MOST_THREADS, MOST_WAITING)

    @property
    def is_out_of_threads(self) -> bool:
        """Whether all threads that it may have run although nobody waits for them any more."""
        return self._threads.is_stuck

    @property
    def problem(self) -> str:
        """Why it can't be called now; empty when it can."""
        if self.excluded:
            return f"the plugin {self.name} is left out: {self.excluded}"
        if self.is_out_of_threads:
            return f"{MOST_THREADS} threads of the plugin {self.name} have not ended"
        return ""

    def submit(self, work: Callable[[], T]) -> Job[T]:
        """
        Run a function in a thread of the plugin, as soon as one is free.

        Raises:
            RetryLater: If all its threads are left over, or too many functions wait.

        """
        try:
            return self._threads.submit(lambda: self._marked(work))
        except RuntimeError as error:
            raise RetryLater(f"{error}.") from error

    def _marked(self, work: Callable[[], T]) -> T:
        with self.mark.running_in_thread(self.name):
            return work()

    def refuse(self, what: str) -> None:
        """Count something that the plugin was kept from, such as `stop the event loop`."""
        self._refused[what] += 1
        if self._refused[what] == 1:
            log.warning("plugin.refused", plugin=self.name, what=what)

    def end_leftovers(self, tasks: Collection[asyncio.Task[object]]) -> None:
        """End tasks that outlive the call in which they were made, if there are too many of all."""
        left = [task for task in tasks if not task.done()]
        if not left or len(self.tasks) <= MOST_LEFT:
            return
        for task in left:
            task.cancel()
        if not self.tasks_ended:
            log.warning("plugin.tasks_ended", plugin=self.name, tasks=len(self.tasks))
        self.tasks_ended += len(left)

    def contained(self) -> Containment:
        """Return what it has left behind and what was kept from it."""
        return Containment(
            threads_left=self._threads.leftover,
            tasks=len(self.tasks),
            tasks_ended=self.tasks_ended,
            blocked=self.blocked,
            lines_dropped=self.lines_dropped,
            refused=tuple(sorted(self._refused.items())),
        )
