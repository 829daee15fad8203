"""The control handler that reaches a target, and what the doctor finds of targets and plugins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from gazelled.errors import ConfigError, GazelledError, GiveUp, RequestRefused, RetryLater
from gazelled.service.app import App
from gazelled.service.control.doctor_replies import DoctorFinding, TargetCheckReply
from gazelled.service.control.protocol import TargetCheckRequest
from gazelled.text import missing


async def check_target(
    app: App, request: TargetCheckRequest
) -> AsyncGenerator[TargetCheckReply, None]:
    """
    Reach a target without sending anything.

    Raises:
        ConfigError: If there is no such target.
        RequestRefused: If it can't be reached.
        GazelledError: If its plugin is left out.

    """
    name = request.name
    if name not in app.config.targets:
        raise ConfigError(missing("target", name, app.config.targets))
    try:
        yield TargetCheckReply(name, await _reach(app, name))
    except (RetryLater, GiveUp) as error:
        raise RequestRefused(f"{name}: {error}") from None


async def find(app: App) -> tuple[DoctorFinding, ...]:
    """Return what is found of all targets, and by the checks of plugins, at the same time."""
    checks = app.bus.contributions.doctor_checks
    groups = await asyncio.gather(
        *(_target_findings(app, name) for name in app.config.targets),
        *(_check_findings(app, name) for name in checks),
    )
    return tuple(finding for findings in groups for finding in findings)


async def _reach(app: App, name: str) -> bool:
    """Reach a target; return whether its plugin can tell."""
    destination = app.destinations.get(name)
    if destination is None:
        raise GazelledError(f"the plugin of {name} is left out; see gazelled check")
    return await app.bus.targets.check_target(
        destination.plugin, destination.options, destination.context
    )


async def _target_findings(app: App, name: str) -> list[DoctorFinding]:
    about = f"target {name}"
    try:
        if await _reach(app, name):
            return [DoctorFinding(about, "good", f"The target {name} can be reached.", "")]
    except (RetryLater, GiveUp, GazelledError) as error:
        advice = f"Once that is fixed: gazelled target check {name}"
        return [DoctorFinding(about, "bad", f"The target {name}: {error}", advice)]
    return []


async def _check_findings(app: App, name: str) -> list[DoctorFinding]:
    return [
        DoctorFinding(name, finding.rating, finding.text, finding.advice)
        for finding in await app.bus.awaited.doctor_check(name)
    ]
