"""Reloads: the config is read again, and used from then on or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from gazelled.config.document.config_files import Stamp, stamp_of
from gazelled.config.document.problems import Problem
from gazelled.errors import GazelledError, RequestRefused, StateUnavailable
from gazelled.planning.advice import advice
from gazelled.planning.config_plan import learned_plan
from gazelled.service.app import App
from gazelled.service.configuration.check import CheckResult
from gazelled.service.outages.state_outage import probe
from gazelled.service.reloading.config_source import ConfigSource
from gazelled.service.reloading.differences import (
    difference_of,
    is_another_site,
    restart_needed,
    usable_now,
)
from gazelled.service.reloading.refusal_notices import RefusalNotices
from gazelled.service.reloading.reload_reply import ReloadReply
from gazelled.service.reloading.replacement import Replacement
from gazelled.tracker.transport.token_renewal import may_be_renewed

log = structlog.stdlib.get_logger(__name__)

STARTED_WITHIN = 30.0
"""Seconds of the world that a start gets to end before the reload is refused."""

END_WITHIN = 20.0
"""Seconds that a reload gets to end when the daemon does."""

_CRASHED = "the reload failed for an internal error; see the log"


class Reloader:
    """
    Reloads the config of a daemon that runs, one time after the other.

    Args:
        app: The daemon.
        source: Where its config is.

    """

    def __init__(self, app: App, source: ConfigSource) -> None:
        self._app = app
        self._source = source
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[ReloadReply]] = set()
        self._replacement: Replacement | None = None
        self._refusals = RefusalNotices(app)
        self._findings: tuple[Stamp, Sequence[Problem]] = ((), ())

    async def reload(self, *, notify: bool = True) -> ReloadReply:
        """
        Read the config again and use it, unless something is wrong with it.

        It goes on when whoever asks for it does not wait.

        Args:
            notify: Whether the targets of notices learn of a config that is refused.

        Raises:
            RequestRefused: If the daemon is about to end, or isn't there yet.

        """
        with suppress(TimeoutError):  # a start reads the config, but maybe before it was changed
            async with asyncio.timeout(STARTED_WITHIN):
                await self._app.ready.wait()
        if self._app.stopping.is_set() or not self._app.serving:
            state = "ending" if self._app.stopping.is_set() else "starting"
            raise RequestRefused(f"gazelled is {state}; its next start reads the config")
        task = asyncio.create_task(self._reload(notify=notify), name="reload")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise RequestRefused(
                    "gazelled is ending; its next start reads the config"
                ) from None
            raise

    async def findings(self) -> Sequence[Problem]:
        """Return what is wrong with the files of the config; they are read when they changed."""
        async with self._turn:
            registry, stamp = self._app.config.registry, stamp_of(self._app.config.file)
            if self._findings[0] != stamp:
                checked = await asyncio.to_thread(self._source.check, registry)
                self._app.redactor.add(*(secret.get_secret_value() for secret in checked.secrets))
                if checked.config is not None:
                    checked.config.registry.release(registry)
                self._findings = stamp, checked.all
            return self._findings[1]

    async def end(self) -> None:
        """End what runs: what is being applied is applied first."""
        self._refusals.forget()
        for task in self._tasks:
            if self._replacement is None or not self._replacement.begun:
                task.cancel()
        if self._tasks:
            await asyncio.wait([*self._tasks], timeout=END_WITHIN)

    async def _reload(self, *, notify: bool) -> ReloadReply:
        app = self._app
        async with self._turn:
            app.notifier.reloading()
            stamp = stamp_of(app.config.file)
            try:
                await self._probe()
                reply = await self._tried()
            except GazelledError as error:
                used = self._replacement is not None and app.config is self._replacement.config
                reply = ReloadReply(applied=used, problems=tuple(str(error).splitlines()))
                notify = notify and not isinstance(error, StateUnavailable)
            except Exception:
                log.exception("reload.crashed")
                reply = ReloadReply(applied=False, problems=(_CRASHED,))
            finally:
                self._replacement = None
                app.notifier.ready()
                app.notifier.status(app.redactor.scrub(app.summary()))
            return await self._report(reply, stamp, notify=notify)

    async def _probe(self) -> None:
        """Raise StateUnavailable if the state can't be written: a reload would wait for it."""
        problem = self._app.outage.problem
        try:
            await asyncio.to_thread(probe, self._app.folder)
        except StateUnavailable as error:
            problem = problem or str(error)
        if problem:
            raise StateUnavailable(f"{problem} Reload again when it can be.")

    async def _tried(self) -> ReloadReply:
        """Read the config and use it; forget what was imported for one that is not used."""
        app = self._app
        checked = await asyncio.to_thread(self._source.check, app.config.registry)
        try:
            return await self._used(checked)
        finally:
            if app.config.registry is not checked.registry:
                checked.registry.release(app.config.registry)

    async def _used(self, checked: CheckResult) -> ReloadReply:
        """Find what differs in a config that was read, and use it."""
        app, old = self._app, self._app.config
        app.redactor.add(*(secret.get_secret_value() for secret in checked.secrets))
        errors = [str(problem) for problem in checked.problems if problem.is_error]
        if checked.config is None:
            return ReloadReply(applied=False, problems=tuple(errors))
        new, renews = checked.config, may_be_renewed(app.dispatcher)
        restart = tuple(restart_needed(old, new, renews=renews))
        if lost := self._lost_plugins(checked):
            return ReloadReply(applied=False, problems=lost, restart_needed=restart)
        difference = difference_of(old, new)
        if is_another_site(old, new):
            app.restart_needed = new.stamp, restart
            return ReloadReply(applied=False, changes=difference, restart_needed=restart)
        new = usable_now(old, new, renews=renews)
        difference = difference_of(old, new)
        plan = await learned_plan(new, app.store, await app.store.last_runs(), app.clock.now())
        if plan.over and restart:  # with the limit of the site as it was read before
            problems = [advice(plan, new.watches)]
        else:
            self._replacement = Replacement(app, new, plan, difference)
            problems = await self._replacement.apply()
        if problems:
            return ReloadReply(
                applied=False,
                changes=difference,
                problems=tuple(problems),
                restart_needed=restart,
            )
        app.restart_needed = new.stamp, restart
        if old.log != new.log:
            self._source.set_up_logs(new.log)
        await asyncio.to_thread(self._source.keep)
        warnings = tuple(str(problem) for problem in checked.all if not problem.is_error)
        reply = ReloadReply(
            applied=True, changes=difference, problems=warnings, restart_needed=restart
        )
        return self._with_notes(reply, checked.idle)

    def _with_notes(self, reply: ReloadReply, idle: str) -> ReloadReply:
        """Return a reply with what a person may wonder about."""
        nothing = not reply.changes and not reply.restart_needed
        notes = (idle, self._source.note if nothing else "")
        return replace(reply, problems=(*reply.problems, *filter(None, notes)))

    def _lost_plugins(self, checked: CheckResult) -> tuple[str, ...]:
        """Return which plugins would be left out that are in use, or that were not there before."""
        before = self._app.left_out()
        excluded = self._app.plugin_guard.excluded
        config = checked.config
        assert config is not None  # noqa: S101 - it is good
        lost = [
            problem.message
            for problem in config.registry.problems()
            if problem.plugin not in excluded and before.get(problem.plugin) != problem.message
        ]
        return tuple(str(problem) for problem in checked.left_out if problem.message in lost)

    async def _report(self, reply: ReloadReply, stamp: Stamp, *, notify: bool) -> ReloadReply:
        """Log what became of a reload; note and notify of a config that is refused."""
        app = self._app
        scrub = app.redactor.scrub
        reply = reply.scrubbed(scrub)
        app.happenings.counters.reloads["applied" if reply.applied else "failed"] += 1
        app.happenings.changes.announce("config", "watches", "targets")
        if reply.applied or not reply.problems:
            app.refused = None
        elif notify:  # else whoever changed the config takes that back
            app.refused = stamp, reply.problems[0], app.clock.now()
        if reply.applied:
            restart = ", ".join(reply.restart_needed)
            log.info("config.reloaded", changes="; ".join(reply.changes.lines()), restart=restart)
            app.log_idleness()
            self._refusals.forget()
            return reply
        for problem in reply.problems:
            log.error("config.refused", problem=problem)
        if reply.restart_needed:
            log.warning("config.restart_needed", keys=", ".join(reply.restart_needed))
        if notify and reply.problems:
            await self._refusals.refused(reply.problems)
        return reply
