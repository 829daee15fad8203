"""The health of each plugin: its failures, and when it is paused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from gazelled.containment.contained_plugin import ContainedPlugin, Containment
from gazelled.hooks import isolation
from gazelled.plugin import PluginConfig

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PluginHealth:
    """
    How a plugin is doing since the start.

    Attributes:
        failures: How many of its calls failed.
        drops: How many objects it was not shown, since it was too slow or paused.
        resting: Whether it is paused, after several failures in a row.
        calls: How often its hooks were called.
        last_error: How the last call that failed did so; empty if none failed.
        left_out: Why it is left out; empty if it isn't.
        contained: What it has left behind, and what was kept from it.
        seconds: How long its calls took together.

    """

    failures: int = 0
    drops: int = 0
    resting: bool = False
    calls: int = 0
    last_error: str = ""
    left_out: str = ""
    contained: Containment = Containment()  # noqa: RUF009 - it is frozen
    seconds: float = field(default=0.0, compare=False)

    @property
    def trouble(self) -> str:
        """What is wrong with it, in clauses; empty if nothing is."""
        errors = [self.last_error] if self.last_error else []
        return self.left_out or "; ".join([*self.contained.remarks, *errors])


@dataclass(frozen=True, slots=True)
class Patience:
    """After how many failures in a row a plugin rests, and for how long."""

    failures: int = 5
    seconds: float = 600.0


class Observation(NamedTuple):
    """
    Something that a plugin is shown.

    Attributes:
        hooks: The hooks that take it: a name and its deprecated names.
        argument: The name of their parameter.
        value: What is shown.

    """

    hooks: tuple[str, ...]
    argument: str
    value: object


@dataclass(slots=True)
class PluginState:
    """What the bus keeps for each plugin: what it is yet to see, its tasks, its failures."""

    name: str
    options: type[PluginConfig] | None  # None when it has no targets
    queue: asyncio.Queue[Observation]
    patience: Patience
    contained: ContainedPlugin
    set_up: asyncio.Event = field(default_factory=asyncio.Event)
    worker: asyncio.Task[None] | None = None
    stuck: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    calls: int = 0
    seconds: float = 0.0
    failures: int = 0
    last_error: str = ""
    drops: int = 0
    dropping: bool = False
    in_a_row: int = 0
    rests_until: float = 0.0

    def __post_init__(self) -> None:
        self.set_up.set()  # while its setup runs, nothing is shown to it

    @property
    def resting(self) -> bool:
        return time.monotonic() < self.rests_until

    def health(self, function_failures: int = 0, function_error: str = "") -> PluginHealth:
        """Return how it is doing, with what its plain functions did."""
        return PluginHealth(
            self.failures + function_failures,
            self.drops,
            self.resting,
            self.calls,
            self.last_error or function_error,
            self.contained.excluded,
            self.contained.contained(),
            self.seconds,
        )

    def failed(self, error: BaseException, scrub: Callable[[str], str]) -> None:
        """Count a call that failed."""
        self.failures += 1
        self.last_error = isolation.describe(error, scrub)

    def drop(self, hook: str) -> None:
        """Count something that it isn't shown; log that once in a while."""
        self.drops += 1
        if self.dropping or self.resting:
            return
        self.dropping = True
        if hook == "gazelled_answered":
            log.warning("plugin.answers_dropped", plugin=self.name)
        else:
            log.warning("plugin.calls_dropped", plugin=self.name, hook=hook)

    def judge(self, error: BaseException | None, hook: str, scrub: Callable[[str], str]) -> None:
        """Count a failure at a hook, or the end of failures; log it once."""
        known_down = self.in_a_row >= self.patience.failures
        if error is None:
            if known_down:
                log.info("plugin.recovered", plugin=self.name)
            self.in_a_row = 0
            return
        self.in_a_row += 1
        if self.in_a_row == 1 and hook == "gazelled_answered":
            log.warning("plugin.answer_failed", plugin=self.name, exc_info=error)
        elif self.in_a_row == 1:
            log.warning("plugin.hook_failed", plugin=self.name, hook=hook, exc_info=error)
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
