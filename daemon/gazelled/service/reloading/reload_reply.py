"""What became of a reload: the difference between two configs, and why it was not applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from gazelled.config.document.problems import Problem
from gazelled.plugin import ConfigChange, TableChanges

_NONE = TableChanges()


@dataclass(frozen=True, slots=True)
class ConfigDifference:
    """
    What differs between the config that is in use and a newer one.

    Attributes:
        watches: The watches that run; one that is disabled counts as removed.
        targets: The targets.
        plugins: The plugins that are loaded, those whose files changed included.
        limits: The keys that limit requests, such as `tracker.share`, each with both values.
        other: Further keys, without values; `secrets` if some were other ones.

    """

    watches: TableChanges = _NONE
    targets: TableChanges = _NONE
    plugins: TableChanges = _NONE
    limits: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.watches or self.targets or self.plugins or self.limits or self.other)

    def lines(self) -> list[str]:
        """Return a line for each thing that differs; none if nothing does."""
        tables = {"watch": self.watches, "target": self.targets, "plugin": self.plugins}
        lines = [
            f"{how} {sort} {name}"
            for sort, changes in tables.items()
            for how, names in (
                ("added", changes.added),
                ("removed", changes.removed),
                ("changed", changes.changed),
                ("renamed", [f"{old} to {new}" for new, old in changes.renamed.items()]),
            )
            for name in names
        ]
        return [*lines, *(f"changed {key}" for key in (*self.limits, *self.other))]

    def shown(self, at: datetime) -> ConfigChange:
        """Return what plugins are shown of it."""
        keys = (*(text.partition(":")[0] for text in self.limits), *self.other)
        return ConfigChange(self.watches, self.targets, self.plugins, keys, at)


@dataclass(frozen=True, slots=True)
class ReloadReply:
    """
    What became of a reload.

    Attributes:
        applied: Whether the config on the disk is in use now; what requires a restart is not.
        changes: What is different since, or would have been.
        problems: The errors that it was refused for; the warnings if it was applied. Each begins
            with the file and the line.
        restart_needed: The keys whose new values are used from the next start on.

    """

    applied: bool
    changes: ConfigDifference = ConfigDifference()
    problems: tuple[str, ...] = ()
    restart_needed: tuple[str, ...] = ()

    def scrubbed(self, scrub: Callable[[str], str]) -> ReloadReply:
        """Return it without secrets in its problems."""
        return replace(self, problems=tuple(map(scrub, self.problems)))


class Reloads(Protocol):
    """Who reloads the config of a daemon."""

    async def reload(self, *, notify: bool = True) -> ReloadReply:
        """Read the config again, and use it unless something is wrong with it."""

    async def findings(self) -> Sequence[Problem]:
        """Return what is wrong with the files of the config as they are now."""

    async def end(self) -> None:
        """End what runs, before the daemon ends."""
