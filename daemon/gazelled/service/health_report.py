"""Whether all is well, decided in one place for everything that shows or uses it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gazelled.planning.config_plan import learned_plan
from gazelled.planning.plan import Plan
from gazelled.service.app import App
from gazelled.service.control.status_reply import WatchStatus
from gazelled.service.monitoring.daemon_problems import (
    config_problems,
    idle_problems,
    listener_problems,
    plugin_problems,
    state_problems,
)
from gazelled.service.monitoring.health_problem import HealthProblem, HealthReport
from gazelled.service.monitoring.plugin_says import finding_problems
from gazelled.service.monitoring.target_problems import target_problems
from gazelled.service.monitoring.tracker_problems import limit_problems, tracker_problems
from gazelled.service.monitoring.watch_problems import (
    GAPS,
    GAPS_SHOWN,
    gap_problems,
    watch_problems,
)
from gazelled.service.monitoring.watch_states import watch_states

__all__ = [
    "CurrentHealth",
    "HealthProblem",
    "HealthReport",
    "current_plan",
    "examine",
    "health_report",
]


async def current_plan(app: App) -> Plan:
    """Return the plan of the config in use, with what was learned until an hour ago at most."""

    async def make() -> Plan:
        last_runs = await app.store.last_runs()
        return await learned_plan(app.config, app.store, last_runs, app.clock.now())

    return await app.monitor.plan(app.config, app.clock.now(), make)


@dataclass(frozen=True, slots=True)
class CurrentHealth:
    """
    Whether all is well, and what that was decided by.

    Attributes:
        report: All that is wrong.
        plan: What the watches cost, and how fresh they are.
        watches: How each watch is.

    """

    report: HealthReport
    plan: Plan
    watches: tuple[WatchStatus, ...]


async def health_report(app: App) -> HealthReport:
    """Return all that is wrong with the daemon now; it sends nothing, and changes nothing."""
    return (await examine(app)).report


async def examine(app: App) -> CurrentHealth:
    """Return all that is wrong with the daemon now, and how its watches are."""
    now, plan = app.clock.now(), await current_plan(app)
    tracker = tracker_problems(app)
    watches = await watch_states(app, plan, await app.store.last_runs())
    problems = [
        *state_problems(app),
        *config_problems(app),
        *idle_problems(app),
        *tracker,
        *limit_problems(plan),
        *watch_problems(
            watches,
            await app.watcher.troubles.failing(),
            tracker_answers=all(problem.severity != "error" for problem in tracker),
        ),
        *await target_problems(app, now),
        *plugin_problems(app),
        *await finding_problems(app, now),
        *listener_problems(app),
        *gap_problems(await app.store.archive.notices(GAPS, now - GAPS_SHOWN)),
    ]
    scrub = app.redactor.scrub
    report = HealthReport.of(replace(problem, text=scrub(problem.text)) for problem in problems)
    return CurrentHealth(report, plan, watches)
