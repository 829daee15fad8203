"""Which plugins are left out, and which ran at a crash: a small file of the state folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import structlog

from gazelled.containment.running_mark import Crash
from gazelled.regular_file import read_regular, write_private

log = structlog.stdlib.get_logger(__name__)

FILE = "plugins.json"
CRASHES = 3
"""A plugin whose code ran at so many crashes in a row is left out."""

CRASHES_AT_DELIVERIES = 7
"""The same where it ran for deliveries: the message is paused after three, the target after six."""

_LARGEST = 2**20


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a plugin is left out, and since when."""

    reason: str
    at: datetime


class Exclusions:
    """
    The plugins that are left out until `enable`, as a state folder holds them.

    A file that can't be read or written changes nothing: no plugin is left out by it.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._excluded: dict[str, Exclusion] = {}
        self._crashes: dict[str, int] = {}
        try:
            self._load(json.loads(read_regular(self._file, _LARGEST)))
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("plugin.exclusions_ignored", error=str(error))

    @property
    def excluded(self) -> Mapping[str, Exclusion]:
        """The plugins that are left out."""
        return MappingProxyType(self._excluded)

    @property
    def reasons(self) -> Mapping[str, str]:
        """Why the plugins are left out, and what to do about it."""
        return {
            name: f"it is left out: {row.reason}; once it is fixed: gazelled plugins enable {name}"
            for name, row in self._excluded.items()
        }

    def crashed(self, crash: Crash) -> None:
        """Count a crash at which the code of plugins ran; leave out whose it was too often."""
        before, self._crashes = self._crashes, {}
        for code in crash.calls:
            times = self._crashes[code.plugin] = before.get(code.plugin, 0) + 1
            if times >= (CRASHES_AT_DELIVERIES if code.what.startswith("deliver ") else CRASHES):
                text = f"its code was running when gazelled crashed, {times} times in a row"
                self.exclude(code.plugin, f"{text} ({code.what})" if code.what else text)
        self._write()

    def ended_well(self) -> None:
        """Forget the crashes: the next one is the first in a row."""
        if self._crashes:
            self._crashes = {}
            self._write()

    def exclude(self, plugin: str, reason: str) -> None:
        """Leave a plugin out, from the next start at the latest."""
        if plugin not in self._excluded:
            self._excluded[plugin] = Exclusion(reason, datetime.now(UTC))
            self._write()
            log.error("plugin.excluded", plugin=plugin, reason=reason)

    def enable(self, plugin: str) -> bool:
        """Use a plugin again; return whether it was left out."""
        self._crashes.pop(plugin, None)
        was_out = self._excluded.pop(plugin, None) is not None
        self._write()
        return was_out

    def _load(self, data: Mapping[str, Any]) -> None:
        self._crashes = {str(name): int(times) for name, times in data["crashes"].items()}
        self._excluded = {
            str(name): Exclusion(str(row["reason"]), datetime.fromisoformat(row["at"]))
            for name, row in data["excluded"].items()
        }

    def _write(self) -> None:
        excluded = {
            name: {"reason": exclusion.reason, "at": exclusion.at.isoformat()}
            for name, exclusion in self._excluded.items()
        }
        content = json.dumps({"crashes": self._crashes, "excluded": excluded})
        try:
            write_private(self._file, content.encode())
        except OSError as error:
            log.warning("plugin.exclusions_not_saved", error=str(error))
