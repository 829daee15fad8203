"""What the checks of one watch share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from gazelled.config.document.key_lines import Key
from gazelled.config.document.problems import Problems
from gazelled.rules import NO_EXTENSIONS, Extensions
from gazelled.tracker.sites.dialect import GAZELLE, Dialect
from gazelled.watches.keys.kinds import Kinds
from gazelled.watches.plugins.source_set import SourceSet
from gazelled.watches.watch import WatchTable

DEFAULTS: Key = ("watch-defaults",)


@dataclass(frozen=True, slots=True)
class CheckContext:
    """
    What a watch must fit to: names of targets, and the least seconds between two runs.

    `by_token` is whether the log-in is a token that is told less, `dialect` what the
    site's API is like, `kinds` the kinds of watch that there are, and `extensions` what plugins add
    to rules. The dialect has the `sources` that plugins bring, too; their relative paths are meant
    from `folder`.
    """

    targets: Collection[str]
    floor: float
    by_token: bool
    problems: Problems
    kinds: Kinds
    dialect: Dialect = GAZELLE
    extensions: Extensions = NO_EXTENSIONS
    sources: SourceSet = field(default_factory=SourceSet)
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class WatchCheck:
    """
    The table of a watch while it is checked.

    Attributes:
        at: Where it stands.
        table: The table, with what the defaults give.
        written: The keys that stand in it, fitting or not, misplaced ones too.
        misplaced: The keys that landed in a table below it; they have an error already.
        shared: The keys that the defaults give.

    """

    at: Key
    table: WatchTable
    written: Collection[str]
    misplaced: Collection[str]
    context: CheckContext
    shared: Collection[str] = ()

    def key(self, name: str, *path: str | int) -> Key:
        """Return where a key stands: in the table, or in the defaults."""
        return (*(DEFAULTS if name in self.shared else self.at), name, *path)

    def error(self, key: Key, message: str, *, of_plugin: bool = False) -> None:
        """Add an error as `Problems` does; the key begins with the name of one of the watch."""
        place = self.key(*map(str, key[:1]), *key[1:])
        self.context.problems.error(place, message, of_plugin=of_plugin)

    def warn(self, key: Key, message: str) -> None:
        self.context.problems.warn(self.key(*map(str, key[:1]), *key[1:]), message)

    @property
    def is_kind_unknown(self) -> bool:
        """Whether no plugin that is loaded has its kind, so that another one stands in."""
        return bool(self.table.kind) and self.table.kind not in self.context.kinds

    @property
    def is_source_unknown(self) -> bool:
        """Whether neither the tracker nor a plugin that is loaded has what it asks."""
        return self.context.dialect.action(self.table.ask) is None

    def has_error(self, *key: str | int) -> bool:
        return self.context.problems.at(self.key(*map(str, key[:1]), *key[1:]))
