"""The health of each plugin: its failures, and when it is paused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from gazelled.containment.contained_plugin import ContainedPlugin
from gazelled.hooks import isolation
from gazelled.model import Answer
from gazelled.plugin import PluginConfig

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PluginHealth:
    """
    How a plugin is doing: its failures since the start, and the answers it has not been shown.

    `resting` says whether it is paused, after several failures in a row.
    """

    failures: int = 0
    drops: int = 0
    resting: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """After how many failures in a row a plugin that fails at answers rests, and for how long."""

    failures: int = 5
    seconds: float = 600.0


@dataclass(slots=True)
class PluginState:
    """What the bus keeps for each plugin: its waiting answers, its tasks, its failures."""

    name: str
    options: type[PluginConfig] | None  # None when it has no targets
    queue: asyncio.Queue[Answer]
    patience: Patience
    contained: ContainedPlugin
    worker: asyncio.Task[None] | None = None
    stuck: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    failures: int = 0
    drops: int = 0
    dropping: bool = False
    in_a_row: int = 0
    rests_until: float = 0.0

    @property
    def resting(self) -> bool:
        return time.monotonic() < self.rests_until

    def health(self) -> PluginHealth:
        return PluginHealth(self.failures, self.drops, self.resting)

    def drop(self) -> None:
        """Count an answer that it isn't shown; say so once in a while."""
        self.drops += 1
        if not (self.dropping or self.resting):
            self.dropping = True
            log.warning("plugin.answers_dropped", plugin=self.name)

    def judge(self, error: BaseException | None, scrub: Callable[[str], str]) -> None:
        """Count a failure at an answer, or the end of failures; say so once."""
        known_down = self.in_a_row >= self.patience.failures
        if error is None:
            if known_down:
                log.info("plugin.recovered", plugin=self.name)
            self.in_a_row = 0
            return
        self.in_a_row += 1
        if self.in_a_row == 1:
            log.warning("plugin.answer_failed", plugin=self.name, exc_info=error)
        if self.in_a_row >= self.patience.failures:
            self.rests_until = time.monotonic() + self.patience.seconds
            if not known_down:
                log.warning(
                    "plugin.paused",
                    plugin=self.name,
                    failures=self.in_a_row,
                    seconds=self.patience.seconds,
                    error=isolation.describe(error, scrub),
                )
