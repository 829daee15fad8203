"""What is wrong with targets: those that fail, that can't be used, or whose messages wait long."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from gazelled.delivery import retry
from gazelled.delivery.target_health import TargetHealth
from gazelled.service.app import App
from gazelled.service.monitoring.health_problem import HealthProblem
from gazelled.text import local_time

OLD = timedelta(hours=1)
"""A delivery that has waited longer, and isn't held on purpose, is late."""

LONG = timedelta(days=1)
"""A target that has failed for longer is no passing trouble."""


async def paused_deliveries(app: App) -> Counter[str]:
    """Return how many deliveries of each target are paused after kills of the process."""
    paused = await app.store.outbox.resting(retry.KILLS_OF_ONE)
    return Counter(message.delivery.target for message in paused)


def target_problem(app: App, name: str, resting: int = 0) -> str:
    """Return what is wrong with a target; empty if nothing is known."""
    if name not in app.config.targets:
        return "it is not in the config any more"
    if name not in app.destinations:
        return "waiting, since its plugin can't be used: gazelled check"
    row = app.deliverer.health.get(name)
    if resting or (row and row.rests):
        what = "all messages are paused" if row and row.rests else f"{resting} paused"
        return f"{what}: gazelled was killed while sending; gazelled resume retries"
    if row is None:
        publishes = app.destinations[name].options.publishes
        return app.web.problem if publishes and app.web else ""
    return app.redactor.scrub(row.error)


async def target_problems(app: App, now: datetime) -> list[HealthProblem]:
    """Return what is wrong with the targets of the config now."""
    paused = await paused_deliveries(app)
    oldest = await app.store.deliveries.oldest_open()
    problems = (
        _failing(app, name, paused[name], now)
        if name in app.deliverer.health or name not in app.destinations or paused[name]
        else _waiting(name, oldest.get(name), now)
        for name in app.config.targets
    )
    return [problem for problem in problems if problem]


def _waiting(name: str, oldest: datetime | None, now: datetime) -> HealthProblem | None:
    """Return that a message waits for a target that nothing is known to be wrong with."""
    if oldest is None or now - oldest <= OLD:
        return None
    text = f"a message has waited since {local_time(oldest)}"
    advice = f"gazelled deliveries --target {name}"
    return HealthProblem(f"target {name}", text, oldest, "warning", advice)


def _failing(app: App, name: str, paused: int, now: datetime) -> HealthProblem | None:
    """Return that a target can't be used, fails for good, or that its messages are paused."""
    row = app.deliverer.health.get(name)
    if row and not (row.told or row.kills or now - row.since > OLD):
        return None  # a failure or two are no trouble yet
    is_long = row is not None and (row.rests or now - row.since > LONG)
    return HealthProblem(
        f"target {name}",
        target_problem(app, name, paused),
        row.since if row else None,
        "error" if is_long else "warning",
        _advice(name, row, paused, is_loaded=name in app.destinations),
    )


def _advice(name: str, row: TargetHealth | None, paused: int, *, is_loaded: bool) -> str:
    if not is_loaded:
        return "gazelled check"
    if paused or (row and row.rests):
        return "gazelled resume"
    return f"gazelled target test {name}"
