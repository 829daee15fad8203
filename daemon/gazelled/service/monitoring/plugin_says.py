"""What plugins say of how they are, asked all at once: their metrics, and what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from gazelled.hooks.calls.hook_calls import HookFailure
from gazelled.plugin import HealthFinding, Metric
from gazelled.service.app import App
from gazelled.service.monitoring.health_problem import HealthProblem


async def finding_problems(app: App, now: datetime) -> list[HealthProblem]:
    """Return what is wrong with plugins, as they say themselves, or that they can't say it."""
    health = app.bus.health()
    names = [
        name
        for name in app.bus.caller.plugins_with("gazelled_health_checks")
        if not health[name].resting  # which is a problem already
    ]
    several = await asyncio.gather(*(_findings(app, name, now) for name in names))
    return [
        HealthProblem(f"plugin {name}", finding.text, finding.since, "warning", finding.advice)
        for name, findings in zip(names, several, strict=True)
        for finding in findings
    ]


async def _findings(app: App, plugin: str, now: datetime) -> tuple[HealthFinding, ...]:
    async def check() -> tuple[HealthFinding, ...]:
        try:
            return await app.bus.awaited.health_checks(plugin, now)
        except HookFailure as error:
            return (HealthFinding(f"its health could not be checked: {error}"),)

    return await app.monitor.checked(plugin, app.clock.monotonic(), check)


async def plugin_metrics(app: App) -> Mapping[str, Sequence[Metric]]:
    """Return the metrics of plugins, by their names; those that fail have none."""
    names, now = app.bus.caller.plugins_with("gazelled_metrics"), app.clock.now()

    async def metrics_of(plugin: str) -> Sequence[Metric]:
        try:
            return await app.bus.awaited.metrics(plugin, now)
        except HookFailure:
            return ()  # the plugin's failures are logged, and a metric themselves

    values = await asyncio.gather(*map(metrics_of, names))
    return dict(zip(names, values, strict=True))
