"""What is wrong with the tracker, and with gazelled's right to send requests to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gazelled.planning.plan import Plan, figures
from gazelled.service.app import App
from gazelled.service.monitoring.health_problem import HealthProblem
from gazelled.text import local_time, with_reason
from gazelled.tracker.answers.health import DOWN_AFTER, TrackerHealth

TrackerStateName = Literal["up", "down", "stopped", "elsewhere"]


def tracker_state(health: TrackerHealth) -> TrackerStateName:
    """Return the state of the tracker in one word."""
    if health.elsewhere:
        return "elsewhere"
    return "stopped" if health.stopped else "down" if health.failing_since else "up"


def tracker_problems(app: App) -> list[HealthProblem]:
    """Return what is wrong with the tracker now, in its words."""
    health = app.dispatcher.health
    problem = _problem(app, health)
    rest = [] if problem and problem.severity == "error" else [*_lesser(health)]
    return [*([problem] if problem else []), *rest]


def _problem(app: App, health: TrackerHealth) -> HealthProblem | None:
    """Return what keeps all requests from being sent or answered."""
    if health.elsewhere:
        text = f"on standby: {health.elsewhere}"
        return HealthProblem("tracker", text, None, "error")
    if health.stopped:
        text = f"stopped until you act: {health.stopped}"
        return HealthProblem("tracker", text, None, "error", "gazelled resume")
    if health.failing_since and health.failures >= DOWN_AFTER:
        text = f"{app.site.name} hasn't answered: {health.last_failure}"
        return HealthProblem("tracker", text, health.failing_since, "error")
    if not health.failing_since and (held := health.held_until()):
        text = with_reason(f"nothing is sent until {local_time(held[0])}", held[1], "")
        return HealthProblem("tracker", text, None, "warning")
    return None


def _lesser(health: TrackerHealth) -> Iterator[HealthProblem]:
    """Return what is wrong while requests are answered."""
    for action in health.actions.failing:
        text = f"{action.name} can't be answered: {action.text}"
        yield HealthProblem("tracker", text, action.since, "warning")
    if since := health.shared_use.since:
        text = (
            "another client uses this account's rate limit: gazelled waits "
            f"{health.shared_use.slowness} times as long between its requests"
        )
        yield HealthProblem("tracker", text, since, "warning")


def limit_problems(plan: Plan) -> list[HealthProblem]:
    """Return that the watches need more requests than their share, if they do."""
    if not plan.over:
        return []
    text = f"the watches need more than their share: {figures(plan)}"
    return [HealthProblem("limit", text, None, "warning", "gazelled check")]
