"""The control handler of the status: how everything is, beside what was promised."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncGenerator
from math import isinf

from gazelled import __version__
from gazelled.hooks import PluginHealth
from gazelled.planning.config_plan import learned_plan
from gazelled.planning.plan import Plan
from gazelled.service.app import App
from gazelled.service.control import status_reply
from gazelled.service.control.protocol import StatusRequest
from gazelled.service.health_report import HealthReport, health_report
from gazelled.service.monitoring.target_problems import paused_deliveries, target_problem
from gazelled.service.monitoring.tracker_problems import tracker_state
from gazelled.service.monitoring.watch_states import watch_states
from gazelled.watches.watch import HOUR

OPEN_STATES = ("waiting", "held", "sending", "failed")
"""The states of deliveries that are neither done nor dead."""


async def status(app: App, _: StatusRequest) -> AsyncGenerator[status_reply.StatusReply, None]:
    """Return how everything is."""
    last_runs = await app.store.last_runs()
    plan = await learned_plan(app.config, app.store, last_runs, app.clock.now())
    rests = await paused_deliveries(app)
    states: Counter[str] = Counter(dict.fromkeys((*OPEN_STATES, "dead"), 0))
    opened: Counter[str] = Counter()
    dead: Counter[str] = Counter()
    for (target, state), count in (await app.store.deliveries.counts()).items():
        states[state] += count
        (dead if state == "dead" else opened)[target] += count
    report = await health_report(app)
    yield status_reply.StatusReply(
        version=__version__,
        running=app.serving,
        summary=app.redactor.scrub(app.summary()),
        started=app.started,
        tracker=_tracker(app),
        requests=_requests(app, plan),
        watches=await watch_states(app, plan, last_runs),
        targets=tuple(
            status_reply.TargetStatus(
                name,
                table.plugin,
                _address(app, name),
                target_problem(app, name, rests[name]),
                rests[name],
                opened[name],
                dead[name],
            )
            for name, table in app.config.targets.items()
        )
        + tuple(
            status_reply.TargetStatus(name, "", "", f"removed; {number} held for it", 0)
            for name, number in (await app.store.outbox.removed_targets()).items()
        ),
        plugins={
            **{name: PluginHealth(left_out=reason) for name, reason in app.left_out().items()},
            **app.bus.health(),
        },
        counts={**await app.store.counts(), **states},
        resources=await app.plugins.resources(),
        pid=os.getpid(),
        config=_config(app, report),
        state="stopped" if app.dispatcher.health.stopped else report.state,
        health=report,
    )


def _config(app: App, report: HealthReport) -> status_reply.ConfigInUse:
    newer = [problem.since for problem in report.problems if problem.subject == "config"]
    return status_reply.ConfigInUse(
        str(app.config.file), app.config.read_at, newer[0] if newer else None
    )


def _tracker(app: App) -> status_reply.TrackerStatus:
    health, scrub = app.dispatcher.health, app.redactor.scrub
    state = tracker_state(health)
    problem = "" if state == "up" else health.stopped or health.last_failure
    held = None if health.stopped else health.held_until()
    if health.elsewhere:
        problem, held = str(health.elsewhere), None
    page = app.dispatcher.session.api_page
    return status_reply.TrackerStatus(
        name=app.site.name,
        url=app.site.url,
        state=state,
        problem=scrub(problem),
        since=health.failing_since,
        last_answer=health.last_answer,
        shared_since=health.shared_use.since,
        slowness=health.shared_use.slowness,
        waiting=app.dispatcher.waiting,
        held_until=held[0] if held else None,
        held_because=scrub(held[1]) if held else "",
        failing=tuple(
            status_reply.ActionTrouble(action.name, action.since, scrub(action.text), action.tries)
            for action in health.actions.failing
        ),
        endpoint="" if page.site.endpoint == page.configured else page.site.endpoint,
    )


def _requests(app: App, plan: Plan) -> status_reply.RequestFigures:
    hours = max((app.clock.now() - app.started).total_seconds() / HOUR, 1.0)
    sent = app.dispatcher.sent
    allowed = None if isinf(plan.allowed) else plan.allowed
    return status_reply.RequestFigures(sent, app.started, sent / hours, plan.per_hour, allowed)


def _address(app: App, target: str) -> str:
    destination = app.destinations.get(target)
    if destination is None:
        return ""
    files = sorted(destination.context.public.glob(f"{target}.*"))
    return f"{destination.context.address}{files[0].name}" if files else ""
