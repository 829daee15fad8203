"""One config in the place of another: all that can fail is prepared, and then used in one step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial

from gazelled.config import Config, credentials_digest
from gazelled.hooks import Bus
from gazelled.planning.plan import Plan
from gazelled.service.app import App
from gazelled.service.configuration.configured_targets import (
    TargetChanges,
    adopt_targets,
    record_targets,
)
from gazelled.service.destinations import Destination
from gazelled.service.maintenance import adopt_state
from gazelled.service.plugins.contexts import PluginContexts
from gazelled.service.policies import make_policies
from gazelled.service.reloading.differences import limit_of, renewed_token
from gazelled.service.reloading.reload_reply import ConfigDifference
from gazelled.service.wiring import heartbeats, reschedule
from gazelled.tracker.transport.token_renewal import TokenRenewal

DELIVERED_WITHIN = 60.0
"""Seconds of the world that messages to targets which change get to arrive."""

LOOKED_WITHIN = 10.0
"""Seconds of the world that looks get to end, before they are interrupted and begin anew."""


class Replacement:
    """
    Puts a config in the place of the one that is in use.

    Args:
        app: The daemon.
        config: The new config.
        plan: Its plan.
        difference: How it differs.

    Attributes:
        config: The new config.
        begun: Whether it is being applied, so that it must not be interrupted any more.

    """

    def __init__(self, app: App, config: Config, plan: Plan, difference: ConfigDifference) -> None:
        self._app = app
        self.config = config
        self._plan = plan
        self._difference = difference
        self._renewal: TokenRenewal | None = None
        self.begun = False

    async def apply(self) -> list[str]:
        """
        Use the config from now on; return why not, if it can't be.

        Raises:
            ConfigError: If something in it can't be used after all.
            StateError: If the state can't be written.

        """
        app, new = self._app, self.config
        staged = app.bus.staged(new.registry)
        affected = self._affected(staged)
        staged.web.routes.drop(affected)
        async with app.deliverer.held(affected, DELIVERED_WITHIN) as busy:
            if busy:
                return [
                    f"a message to {name} is being sent; reload when that has ended"
                    for name in sorted(busy)
                ]
            async with self._contexts(staged) as contexts:
                destinations, problems = await self._prepared(staged, contexts, affected)
                if problems:
                    return problems
                async with self._token() as refused, self._listening() as problem:
                    if refused or problem:
                        return [
                            f"tracker.token: {refused}" if refused else f"web.listen: {problem}"
                        ]
                    await self._use(staged, contexts, destinations, affected)
                return []

    @asynccontextmanager
    async def _token(self) -> AsyncIterator[str]:
        """Have another token confirmed; what is yielded says why it can't be used."""
        token = renewed_token(self._app.config, self.config)
        if token is None:
            yield ""
            return
        renewal = TokenRenewal(self._app.dispatcher, token, self._app.clock)
        async with renewal.confirmed():
            self._renewal = renewal
            yield renewal.problem

    def _listening(self) -> AbstractAsyncContextManager[str]:
        """Listen where the new config says; what is yielded says why that can't be."""
        listening = self._app.listening
        return listening.staged(self.config.web.listen) if listening else nullcontext("")

    def _affected(self, staged: Bus) -> set[str]:
        """Return the targets, old and new, that are not what they were."""
        old, new = self._app.config, self.config
        if (
            old.web != new.web
            or self._app.bus.contributions.filters != staged.contributions.filters
        ):
            return {*old.targets, *new.targets}
        plugins = {*staged.unlike(self._app.bus), *self._app.bus.unlike(staged)}
        return {
            name
            for name in old.targets.keys() | new.targets.keys()
            if (table := new.targets.get(name)) is None
            or table != old.targets.get(name)
            or table.plugin in plugins
            or _watches_of(old, name) != _watches_of(new, name)
        }

    @asynccontextmanager
    async def _contexts(self, staged: Bus) -> AsyncIterator[PluginContexts]:
        """Make the contexts of the new plugins; at the end, end whatever is not in use."""
        app = self._app
        contexts = app.plugins.staged(self.config, staged)
        staged.caller.contexts = contexts.by_plugin
        try:
            yield contexts
        finally:
            await contexts.end_tasks(app.plugins)
            await staged.discard(app.bus)
            await contexts.close_unlike(app.plugins)

    async def _prepared(
        self, staged: Bus, contexts: PluginContexts, affected: set[str]
    ) -> tuple[dict[str, Destination], list[str]]:
        """Set up the new plugins and prepare the new targets; return what failed."""
        app, new = self._app, self.config
        failed = await staged.lifetimes.set_up(staged.unlike(app.bus))
        problems = [str(problem) for problem in failed]
        destinations = app.wiring.destinations(new, staged, contexts.by_plugin)
        for name, target in destinations.items():
            if name not in affected:
                destinations[name] = app.destinations.get(name, target)
            elif not problems:
                prepare = partial(staged.lifetimes.prepare, target.plugin, target.options)
                error = await prepare(target.context)
                if error is not None and new.targets[name] != app.config.targets.get(name):
                    text = staged.caller.describe(target.plugin, error)
                    problems.append(f"target.{name}: {text}")
        return destinations, problems

    async def _use(
        self,
        staged: Bus,
        contexts: PluginContexts,
        destinations: dict[str, Destination],
        affected: set[str],
    ) -> None:
        """Let the state follow the config, and everything use it, while nothing looks."""
        app, new = self._app, self.config
        app.catcher.hurry()
        # Looks that wait until a person acts, or another process ends, don't end by themselves.
        waits = app.dispatcher.health.held_for() is None
        async with app.runs.gate.closed(0.0 if waits else LOOKED_WITHIN):
            await app.bus.quiet(app.bus.unlike(staged))
            self.begun = True
            await adopt_state(new, app.store)
            changes = await adopt_targets(
                new, app.store, app.folder, app.clock.now(), app.deliverer.adopt_health
            )
            last_runs = await app.store.last_runs()
            # Nothing is awaited from here on, so that all see the same config.
            app.bus.exchange(staged, affected)
            app.plugins.exchange(contexts, app.bus, self._plan)
            if limit_of(app.config) != limit_of(new):
                app.dispatcher.follow(new.tracker.site)
            if self._renewal:
                self._renewal.use(credentials_digest(new.tracker))
            app.config, app.destinations = new, destinations
            if app.listening:
                app.listening.use()
            app.watcher = app.runs.watcher = app.wiring.watcher(new, app.bus)
            app.catcher.follow(app.watcher, app.watcher.contiguous)
            app.timetables = reschedule(app.watcher, app.scheduler, app.timetables, last_runs)
            app.notices.tell = new.notices.tell
            app.heartbeat.follow(heartbeats(new, app.scheduler))
            app.downloads.limit.a_day = new.tracker.downloads_a_day
        await self._follow_up(changes)

    async def _follow_up(self, changes: TargetChanges) -> None:
        """Deliver as the new config says; try targets with other options; report removed ones."""
        app = self._app
        await app.deliverer.adopt_policies(make_policies(self.config, app.bus))
        for name in changes.changed:
            await app.deliverer.forgive(name)
        for removed in changes.removed:
            await app.notices.target_removed(removed)
        await record_targets(app.store, changes)
        await app.notices.plugins_left_out(
            {
                problem.plugin: problem.message
                for problem in self.config.registry.problems()
                if problem.plugin not in app.plugin_guard.excluded
            }
        )
        if self._renewal:
            await self._renewal.keep()
            if app.dispatcher.health.stopped or app.dispatcher.health.failing_since:
                await app.resume()
        app.bus.observers.config_changed(self._difference.shown(app.clock.now()))


def _watches_of(config: Config, target: str) -> list[str]:
    return [name for name, watch in config.watches.items() if target in watch.tell]
