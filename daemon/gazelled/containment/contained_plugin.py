"""What is counted of one plugin, and what it may have: threads, tasks, lines of the log."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

import structlog

from gazelled.containment.running_mark import MARK
from gazelled.containment.thread_pool import DaemonThreadPool, Job
from gazelled.errors import RetryLater
from gazelled.text import counted

log = structlog.stdlib.get_logger(__name__)

MOST_THREADS = 10
"""How many threads of a plugin may run at once, those among them that nobody waits for."""

MOST_WAITING = 1000
"""How many functions of a plugin may wait for a thread."""

MOST_TASKS = 1000
"""How many tasks that it makes itself a plugin may have at once."""

MOST_LEFT = 100
"""How many of them may outlive the calls in which they were made."""

MOST_LINES = 500
"""How many lines a plugin may log or print at once."""

LINES_A_SECOND = 5
"""How many more it may write each second."""

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
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def remarks(self) -> Sequence[str]:
        """What people should know of it, a clause each."""
        threads = counted(self.threads_left, "thread has", "threads have")
        lines = counted(self.lines_dropped, "line", "lines")
        remarks = {
            f"held gazelled up {counted(self.blocked, 'time', 'times')}": self.blocked,
            f"{threads} not ended": self.threads_left,
            f"{counted(self.tasks_ended, 'task', 'tasks')} left behind": self.tasks_ended,
            f"{lines} of the log too many": self.lines_dropped,
        }
        tried = [
            f"tried to {what} {counted(times, 'time', 'times')}"
            for what, times in self.refused.items()
        ]
        return [*(remark for remark, number in remarks.items() if number), *tried]


class DueCode(threading.Event):
    """An event that costs next to nothing to set again, as each step of a plugin does."""

    def set(self) -> None:
        if not self.is_set():
            super().set()


CODE_IS_DUE = DueCode()
"""Set when code of a plugin runs or is queued; the watcher clears it, and sleeps until then."""


class ContainedPlugin:
    """
    A plugin, as the process knows it.

    Args:
        name: Its name in the config.
        owns: Returns whether a file of code is its own.

    Attributes:
        excluded: Why it is left out; empty when it isn't.
        blocked: How often it held the event loop.
        lines_dropped: How many of its lines were left out of the log.
        tasks_ended: How many of its tasks were ended.
        changes: Puts back what plugins' code changed of the process, and returns what, in words.

    """

    changes: ClassVar[Callable[[], Iterable[str]]] = tuple

    def __init__(self, name: str, owns: Callable[[str], bool] = lambda _: False) -> None:
        self.name = name
        self.owns = owns
        self.excluded = ""
        self.blocked = 0
        self.lines_dropped = 0
        self.tasks_ended = 0
        self.tasks: set[asyncio.Task[object]] = set()
        self._lines_left = float(MOST_LINES)
        self._lines_at = time.monotonic()
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

    def submit(self, work: Callable[[], T], what: str) -> Job[T]:
        """
        Run a function in a thread of the plugin, as soon as one is free.

        Args:
            work: The function.
            what: What the plugin was called for.

        Raises:
            RetryLater: If all its threads are left over, or too many functions wait.

        """
        try:
            return self._threads.submit(lambda: self.run_marked(work, what))
        except RuntimeError as error:
            raise RetryLater(f"{error}.") from error

    def run_marked(self, work: Callable[[], T], what: str) -> T:
        """Return what a function of the plugin returns, while it is marked that it runs."""
        with MARK.running(self.name, what):
            try:
                return work()
            finally:
                self._restore()

    @contextmanager
    def stepping(self, what: str) -> Iterator[None]:
        """Mark that code of the plugin runs in the context, and put back what it changes."""
        CODE_IS_DUE.set()
        with MARK.running(self.name, what):
            try:
                yield
            finally:
                self._restore()

    def _restore(self) -> None:
        for what in [*ContainedPlugin.changes()]:
            self.refuse(what)

    def may_log(self) -> bool:
        """Return whether a line of the plugin is written; count it if they are too many."""
        now = time.monotonic()
        since, self._lines_at = now - self._lines_at, now
        self._lines_left = min(MOST_LINES, self._lines_left + since * LINES_A_SECOND)
        if self._lines_left >= 1:
            self._lines_left -= 1
            return True
        self.lines_dropped += 1
        if self.lines_dropped == 1:
            log.warning("plugin.lines_dropped", plugin=self.name)
        return False

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
            refused=dict(sorted(self._refused.items())),
        )
