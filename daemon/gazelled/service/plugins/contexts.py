"""Makes what each plugin can use, and ends what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

import structlog

from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.containment.executors import run_in_plugin_thread
from gazelled.hooks import Bus
from gazelled.hooks.loading import PluginProblem
from gazelled.hooks.loading.plugin_origin import is_bundled
from gazelled.planning.config_plan import learned_plan
from gazelled.planning.plan import Plan
from gazelled.plugin.plugin_config import PluginConfig
from gazelled.plugin.plugin_context import PluginContext, SiteFacts
from gazelled.redact import Redactor
from gazelled.service.destinations import PUBLIC
from gazelled.service.plugin_access import ReadOnlyTracker
from gazelled.service.plugins.budgets import PluginBudgets, PluginUsage
from gazelled.service.plugins.outside_http import OutsideHttp
from gazelled.service.plugins.own_notices import OwnNotices
from gazelled.service.plugins.plugin_jobs import JobStatus, PluginJobs
from gazelled.service.plugins.plugin_tasks import PluginTasks
from gazelled.service.plugins.stored_values import StoredValues
from gazelled.service.plugins.tracker_access import TrackerAccess, WriteAccess
from gazelled.store import Store
from gazelled.tracker.client.composer import Composer
from gazelled.tracker.forms.allowed import Allowed
from gazelled.tracker.forms.sender import FormCaller

FOLDERS = "plugins"
"""The folder in the state that has a folder of each plugin."""


@dataclass(frozen=True, slots=True)
class DaemonParts:
    """
    What the daemon has for all plugins.

    Attributes:
        folder: The state folder.
        caller: Sends requests to the tracker.
        wake: Called when there is something to deliver.
        salt: Makes the times of jobs this installation's own; empty if they are as they are said.

    """

    config: Config
    folder: Path
    clock: Clock
    redactor: Redactor
    store: Store
    bus: Bus
    caller: FormCaller
    composer: Composer
    wake: Callable[[], None]
    salt: str


@dataclass(frozen=True, slots=True)
class PluginResources:
    """
    What a plugin uses of the daemon.

    Attributes:
        requests: What it uses of the tracker.
        tasks: The names of the tasks that it runs, those of its jobs included.
        jobs: Its jobs.
        stored: The bytes that it keeps in the state.
        notices_refused: How many of its notices were too many.

    """

    requests: PluginUsage
    tasks: tuple[str, ...]
    jobs: tuple[JobStatus, ...]
    stored: int
    notices_refused: int


@dataclass(frozen=True, slots=True)
class _Held:
    """What a plugin holds until it ends."""

    tasks: PluginTasks
    http: OutsideHttp
    notices: OwnNotices


@asynccontextmanager
async def plugin_contexts(parts: DaemonParts) -> AsyncIterator[PluginContexts]:
    """Make the contexts of all loaded plugins; at the end close what they have open."""
    config, store, clock = parts.config, parts.store, parts.clock

    async def plan() -> Plan:
        return await learned_plan(config, store, await store.last_runs(), clock.now())

    budgets = PluginBudgets(parts.caller.call, await plan(), plan, clock)
    jobs = PluginJobs(store, clock, await store.plugin_records.job_runs(), parts.salt)
    async with budgets.running():
        contexts = PluginContexts(parts, budgets, jobs)
        try:
            yield contexts
        finally:
            await contexts.close()


class PluginContexts:
    """
    The contexts of all loaded plugins.

    Attributes:
        jobs: The jobs of all plugins.
        budgets: What plugins use of the tracker.
        by_plugin: The contexts, by the names of the plugins.

    """

    def __init__(self, parts: DaemonParts, budgets: PluginBudgets, jobs: PluginJobs) -> None:
        self._parts = parts
        self._held: dict[str, _Held] = {}
        self.jobs = jobs
        self.budgets = budgets
        (parts.folder / PUBLIC).mkdir(mode=0o700, exist_ok=True)
        self.by_plugin: Mapping[str, PluginContext] = {
            plugin: self._context(plugin) for plugin in parts.bus.health()
        }

    def _context(self, plugin: str) -> PluginContext:
        parts, config, site = self._parts, self._parts.config, self._parts.config.tracker.site
        folder = parts.folder / FOLDERS / plugin
        config.registry.check_own_options(plugin, config.file.parent, folder)
        entry = config.registry.records[plugin]
        settings = entry.settings
        if settings.has_table or not is_bundled(plugin):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        contained = parts.bus.contained(plugin)
        assert contained is not None  # noqa: S101 - it is loaded
        tasks = PluginTasks(contained, partial(parts.bus.task_failed, plugin))
        http = OutsideHttp(plugin, site.url, config.tracker.ca)
        notices = OwnNotices(
            plugin,
            config.notices.tell if settings.tell is None else settings.tell,
            parts.store.outbox,
            parts.clock,
            url=site.url,
            wake=parts.wake,
            scrub=parts.redactor.scrub,
        )
        self._held[plugin] = _Held(tasks, http, notices)
        return PluginContext(
            plugin=plugin,
            options=entry.options or PluginConfig(),
            targets=self._targets(plugin),
            folder=folder,
            public=parts.folder / PUBLIC,
            address=f"http://{config.web.listen}/",
            site=SiteFacts(site.name, site.url, config.tracker.effective.zone),
            log=structlog.stdlib.get_logger(f"gazelled.plugin.{plugin}").bind(plugin=plugin),
            clock=parts.clock,
            tracker=self._tracker(plugin, settings.allow),
            store=StoredValues(plugin, parts.store.plugin_values, parts.redactor),
            secrets=MappingProxyType(dict(settings.secrets)),
            schedule=self._schedule(plugin, tasks),
            spawn=tasks.spawn,
            to_thread=run_in_plugin_thread,
            notify=notices.send,
            open_http=http.session,
        )

    def _targets(self, plugin: str) -> Mapping[str, PluginConfig]:
        """Return the options of a plugin's targets, without those that are wrong."""
        checked = {
            name: self._parts.bus.check_options(plugin, table.options)
            for name, table in self._parts.config.targets.items()
            if table.plugin == plugin
        }
        return MappingProxyType(
            {name: one for name, one in checked.items() if isinstance(one, PluginConfig)}
        )

    def _tracker(self, plugin: str, allow: frozenset[Allowed]) -> TrackerAccess:
        parts, tracker = self._parts, self._parts.config.tracker
        calls = self.budgets.of(plugin)
        reads = ReadOnlyTracker(parts.composer.composing(calls.call), tracker.site.dialect)
        if not allow:
            return TrackerAccess(reads)
        write = WriteAccess(
            plugin,
            calls,
            parts.caller,
            site=tracker.site,
            by="token" if tracker.bare_token else "cookie",
            allow=allow,
            scrub=parts.redactor.scrub_foreign,
        )
        return TrackerAccess(reads, write)

    def _schedule(self, plugin: str, tasks: PluginTasks) -> Callable[..., None]:
        return partial(self.jobs.add, plugin, tasks)

    @asynccontextmanager
    async def living(self) -> AsyncIterator[list[PluginProblem]]:
        """
        Set up all plugins; at the end stop their jobs and tasks, then tear them down.

        Why the setup of some failed is returned.
        """
        async with self._parts.bus.lifetimes.all_set_up(self.by_plugin) as problems:
            try:
                yield problems
            finally:
                self.jobs.end()
                await asyncio.gather(*(held.tasks.end() for held in self._held.values()))

    async def close(self) -> None:
        """Close what plugins have open, in bounded time."""
        await asyncio.gather(*(held.http.close() for held in self._held.values()))

    async def resources(self) -> Mapping[str, PluginResources]:
        """Return what each plugin uses."""
        usage, jobs = self.budgets.usage(), self.jobs.status()
        stored = await self._parts.store.plugin_values.sizes()
        return {
            plugin: PluginResources(
                requests=usage[plugin],
                tasks=held.tasks.names,
                jobs=tuple(job for job in jobs if job.plugin == plugin),
                stored=stored.get(plugin, 0),
                notices_refused=held.notices.refused,
            )
            for plugin, held in self._held.items()
        }
