"""What monitoring remembers between two questions, so that a question costs little."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gazelled.config import Config
from gazelled.planning.plan import Plan
from gazelled.plugin import HealthFinding
from gazelled.service.monitoring.health_problem import HealthReport

PLANNED_FOR = timedelta(hours=1)
"""How long a plan is used before it is made anew, with what was learned meanwhile."""


CHECKED_FOR = 60.0
"""How many seconds the findings of a plugin are used before it is asked again."""

Findings = tuple[HealthFinding, ...]


async def _nothing() -> HealthReport:
    return HealthReport()


@dataclass(slots=True)
class Monitor:
    """
    Keeps the plan of the config that is in use, and what plugins say is wrong with them.

    Attributes:
        report: Returns all that is wrong with the daemon now.

    """

    report: Callable[[], Awaitable[HealthReport]] = field(default=_nothing)

    _config: Config | None = None
    _plan: Plan | None = None
    _planned_at: datetime | None = None
    _findings: dict[str, tuple[float, Findings]] = field(default_factory=dict)

    async def checked(
        self, plugin: str, now: float, check: Callable[[], Awaitable[Findings]]
    ) -> Findings:
        """
        Return what is wrong with a plugin, at most a minute old.

        Args:
            plugin: The plugin.
            now: The time, in monotonic seconds.
            check: Asks the plugin; never fails.

        """
        until, findings = self._findings.get(plugin, (-math.inf, ()))
        if now >= until:
            findings = await check()
            self._findings[plugin] = now + CHECKED_FOR, findings
        return findings

    async def plan(
        self, config: Config, now: datetime, make: Callable[[], Awaitable[Plan]]
    ) -> Plan:
        """
        Return the plan, at most an hour old.

        Args:
            config: The config in use; another one means another plan.
            now: The time of day.
            make: Makes the plan, with what was learned until now.

        """
        fresh = self._planned_at and timedelta() <= now - self._planned_at < PLANNED_FOR
        if self._plan is None or self._config is not config or not fresh:
            self._plan = await make()
            self._config, self._planned_at = config, now
        return self._plan
