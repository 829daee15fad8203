"""Makes what each plugin can use, and ends what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
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
    targets: dict[str, PluginConfig]


@asynccontextmanager
async def plugin_contexts(parts: DaemonParts) -> AsyncIterator[PluginContexts]:
    """Make the contexts of all loaded plugins; at the end close what they have open."""
    store, clock = parts.store, parts.clock

    async def plan_of(config: Config) -> Plan:
        return await learned_plan(config, store, await store.last_runs(), clock.now())

    async def replan() -> Plan:
        return await plan_of(contexts.config)

    budgets = PluginBudgets(parts.caller.call, await plan_of(parts.config), replan, clock)
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

    def __init__(
        self,
        parts: DaemonParts,
        budgets: PluginBudgets,
        jobs: PluginJobs,
        beside: PluginContexts | None = None,
    ) -> None:
        self._parts = parts
        self._held: dict[str, _Held] = {}
        self._staged = beside is not None
        self.jobs = jobs
        self.budgets = budgets
        (parts.folder / PUBLIC).mkdir(mode=0o700, exist_ok=True)
        self.by_plugin: dict[str, PluginContext] = {}
        if beside is not None:
            address = f"{parts.config.web.address}/"
            for plugin, (held, context) in beside.shared(parts.bus).items():
                self._held[plugin] = held
                self.by_plugin[plugin] = replace(context, address=address)
        for plugin in parts.bus.health():
            if plugin not in self._held:
                self.by_plugin[plugin] = self._context(plugin)

    def shared(self, bus: Bus) -> dict[str, tuple[_Held, PluginContext]]:
        """Return what those plugins have that another bus has, too."""
        names = bus.health().keys() - bus.unlike(self._parts.bus)
        return {name: (self._held[name], self.by_plugin[name]) for name in names}

    @property
    def config(self) -> Config:
        """The config that the contexts are of."""
        return self._parts.config

    def staged(self, config: Config, bus: Bus) -> PluginContexts:
        """Return the contexts of another config beside these, which share what both have."""
        parts = replace(self._parts, config=config, bus=bus)
        return PluginContexts(parts, self.budgets, self.jobs, beside=self)

    def exchange(self, staged: PluginContexts, bus: Bus, plan: Plan) -> None:
        """
        Use the contexts of a staged config from now on; it gets those that are of no use any more.

        Args:
            staged: The contexts.
            bus: The bus, which has exchanged its plugins already.
            plan: The plan of the staged config.

        """
        config, old = staged.config, self._parts.config
        self._parts, staged._parts = replace(self._parts, config=config, bus=bus), self._parts
        staged._parts = replace(staged._parts, config=old)
        self._held, staged._held = staged._held, self._held
        self.by_plugin, staged.by_plugin = staged.by_plugin, self.by_plugin
        leaving, coming = staged._unlike(self), self._unlike(staged)
        self.jobs.replace(
            [held.tasks for held in leaving.values()], [held.tasks for held in coming.values()]
        )
        self.budgets.adopt(plan, self._held)
        for plugin, held in self._held.items():
            held.notices.targets = self._notice_targets(plugin)
            held.targets.clear()
            held.targets.update(self._targets(plugin))

    async def end_tasks(self, user: PluginContexts) -> None:
        """End the jobs and tasks of plugins whose contexts others don't use."""
        leaving = self._unlike(user).values()
        self.jobs.replace([held.tasks for held in leaving], [])
        await asyncio.gather(*(held.tasks.end() for held in leaving))

    async def close_unlike(self, user: PluginContexts) -> None:
        """Close what those plugins have open."""
        await asyncio.gather(*(held.http.close() for held in self._unlike(user).values()))

    def _unlike(self, other: PluginContexts) -> dict[str, _Held]:
        """Return what the plugins hold that other contexts don't have."""
        return {name: it for name, it in self._held.items() if other._held.get(name) is not it}

    def _notice_targets(self, plugin: str) -> Sequence[str]:
        """Return the targets of a plugin's own notices."""
        config = self._parts.config
        tell = config.registry.records[plugin].settings.tell
        return config.notices.tell if tell is None else tell

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
        tasks = PluginTasks(contained, parts.bus.on_task_failure(plugin))
        if self._staged:
            self.jobs.hold_back(tasks)
        http = OutsideHttp(f"plugin {plugin}", site.url, config.tracker.ca)
        notices = OwnNotices(
            plugin,
            self._notice_targets(plugin),
            parts.store.outbox,
            parts.clock,
            url=site.url,
            wake=parts.wake,
            scrub=parts.redactor.scrub,
        )
        targets = self._targets(plugin)
        self._held[plugin] = _Held(tasks, http, notices, targets)
        return PluginContext(
            plugin=plugin,
            options=entry.options or PluginConfig(),
            targets=MappingProxyType(targets),
            folder=folder,
            public=parts.folder / PUBLIC,
            address=f"{config.web.address}/",
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

    def _targets(self, plugin: str) -> dict[str, PluginConfig]:
        """Return the options of a plugin's targets, without those that are wrong."""
        checked = {
            name: self._parts.bus.check_options(plugin, table.options)
            for name, table in self._parts.config.targets.items()
            if table.plugin == plugin
        }
        return {name: one for name, one in checked.items() if isinstance(one, PluginConfig)}

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
