"""`context.schedule`: jobs of plugins, at times that outlive a restart."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count

import structlog

from gazelled.clock import Clock
from gazelled.containment.plugin_call import as_daemon, context_of
from gazelled.errors import GazelledError
from gazelled.schedule import Scheduler
from gazelled.service.plugins.plugin_tasks import PluginTasks
from gazelled.store import Store
from gazelled.watches.keys.schedules import Schedule, parse_times

log = structlog.stdlib.get_logger(__name__)

JobFunction = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job of a plugin: when it ran last, is due next, and whether it runs."""

    plugin: str
    name: str
    last: datetime | None
    next: datetime | None
    running: bool


@dataclass(slots=True)
class _Job:
    plugin: str
    name: str
    function: JobFunction
    tasks: PluginTasks
    schedule: Schedule
    last: datetime | None
    task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        return self.task is not None and not self.task.done()


class PluginJobs:
    """
    The jobs of all plugins.

    Args:
        last_runs: When jobs ran last, by plugin and name.
        salt: Makes the offsets of this installation its own; no offsets when empty.

    """

    def __init__(
        self, store: Store, clock: Clock, last_runs: Mapping[tuple[str, str], datetime], salt: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._last_runs = dict(last_runs)
        self._scheduler = Scheduler(clock, self._start, salt=salt)
        self._jobs: dict[str, _Job] = {}
        self._held_back: set[PluginTasks] = set()

    def begin(self) -> None:
        """Begin to run jobs when they are due; needs a running event loop."""
        self._scheduler.begin()

    def look_again(self) -> None:
        """Compare with the time of day again: the machine may have slept, or its clock was set."""
        self._scheduler.look_again()

    def end(self) -> None:
        """Run no more jobs; those that run are ended with the tasks of their plugins."""
        self._scheduler.end()

    def add(
        self,
        plugin: str,
        tasks: PluginTasks,
        function: JobFunction,
        *,
        every: str = "",
        cron: str = "",
        zone: str = "",
        name: str = "",
    ) -> None:
        """
        Have a function of a plugin run at times.

        Raises:
            ValueError: If the times or the zone can't be read, or the plugin has such a job.

        """
        name = name or str(getattr(function, "__name__", "job"))
        own = [
            job
            for job in self._jobs.values()
            if job.plugin == plugin and (job.tasks is tasks or tasks not in self._held_back)
        ]
        if any(job.name == name for job in own):
            raise ValueError(f'there is a job "{name}" already; pass another name')
        schedule = parse_times(every, cron, zone)
        last = self._last_runs.get((plugin, name))
        # An instance of the plugin that this one replaces may have a job of this name, too.
        key = next(key for key in _keys(plugin, name) if key not in self._jobs)
        self._jobs[key] = job = _Job(plugin, name, function, tasks, schedule, last)
        if tasks not in self._held_back:
            self._plan(key, job)

    def hold_back(self, tasks: PluginTasks) -> None:
        """Run no job of a plugin that is set up while another config is in use."""
        self._held_back.add(tasks)

    def replace(self, leaving: Collection[PluginTasks], coming: Collection[PluginTasks]) -> None:
        """Let the jobs of some plugins go, and those that were held back begin."""
        for tasks in leaving:
            for key in self._jobs_of(tasks):
                del self._jobs[key]
                self._scheduler.remove(key)
        self._held_back.difference_update(leaving, coming)
        for tasks in coming:
            for key, job in self._jobs_of(tasks).items():
                job.last = self._last_runs.get((job.plugin, job.name))
                self._plan(key, job)

    def _jobs_of(self, tasks: PluginTasks) -> dict[str, _Job]:
        return {key: job for key, job in self._jobs.items() if job.tasks is tasks}

    def _plan(self, key: str, job: _Job) -> None:
        # What the scheduler starts is the daemon's, also if it is a plugin that adds it.
        add = partial(self._scheduler.add, offset_of=f"{job.plugin}:{job.name}")
        context_of(None).run(add, key, [job.schedule], job.last)

    def status(self) -> list[JobStatus]:
        """Return how all jobs are."""
        following = self._scheduler.next_runs()
        return [
            JobStatus(job.plugin, job.name, job.last, following.get(key), job.running)
            for key, job in self._jobs.items()
        ]

    async def run_due(self) -> None:
        """Run what is due now, and wait for its end."""
        now, following = self._clock.now(), self._scheduler.next_runs()
        for key in self._jobs:
            if (due := following.get(key)) and due <= now:
                self._start(key)
        if running := [job.task for job in self._jobs.values() if job.task is not None]:
            await asyncio.wait(running)

    def _start(self, key: str) -> None:
        job = self._jobs[key]
        if job.running:
            log.info("plugin.job_skipped", plugin=job.plugin, job=job.name)
            return
        try:
            job.task = job.tasks.start(self._run(job), job.name)
        except GazelledError as error:
            log.warning("plugin.job_refused", plugin=job.plugin, job=job.name, reason=str(error))

    async def _run(self, job: _Job) -> None:
        job.last = self._last_runs[job.plugin, job.name] = self._clock.now()
        with as_daemon():
            await self._store.plugin_records.mark_job(job.plugin, job.name, job.last)
        result: object = job.function()
        if not inspect.isawaitable(result):
            raise TypeError(f"the function of the job {job.name} must be async")
        await result


def _keys(plugin: str, name: str) -> Iterator[str]:
    """Yield the keys that a job may have, the first one first."""
    yield f"{plugin}:{name}"
    yield from (f"{plugin}:{name}#{number}" for number in count(2))
