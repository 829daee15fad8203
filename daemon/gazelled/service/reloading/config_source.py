"""Where a daemon that runs reads its config again, as the process that started it knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gazelled.config.model import Log
from gazelled.hooks.registry import Registry
from gazelled.service.configuration.check import CheckResult


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """
    Reads the config, and does what the process does when another one is in use.

    Attributes:
        check: Reads and checks it wholly beside plugins that are in use; it blocks.
        keep: Keeps a copy of it, since it is good; it blocks.
        set_up_logs: Logs as it says.
        note: What a person is told when nothing differs: secrets that can't be read again, say.

    """

    check: Callable[[Registry], CheckResult]
    keep: Callable[[], None]
    set_up_logs: Callable[[Log], None]
    note: str = ""
