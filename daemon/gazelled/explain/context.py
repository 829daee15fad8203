"""What explanations are made from: what is configured and kept, without the running daemon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gazelled.clock import Clock
from gazelled.config import Config
from gazelled.errors import ConfigError
from gazelled.model import StreamId
from gazelled.store import Store
from gazelled.text import missing
from gazelled.tracker.sites.site import Site
from gazelled.watches.keys.rule_terms import RuleTerms
from gazelled.watches.watch import Watch
from gazelled.watches.watcher import Watcher


@dataclass(frozen=True, slots=True)
class ExplainContext:
    """
    What explanations are made from.

    `next_looks` has when each source is looked at next, and is empty if no daemon runs; `serving`
    is whether one runs, so that the rules of the config are in use.
    """

    config: Config
    site: Site
    store: Store
    watcher: Watcher
    clock: Clock
    next_looks: Mapping[str, datetime]
    serving: bool

    @property
    def terms(self) -> RuleTerms:
        """What stored rules are read with."""
        config = self.config
        dialect = config.sources.beside(self.site.dialect)
        return RuleTerms(config.kinds, dialect, config.registry.contributions.extensions)

    def watch(self, name: str) -> Watch:
        """Return a watch of the config; raise ConfigError if there is none of that name."""
        if name not in self.config.watches:
            raise ConfigError(missing("watch", name, self.config.watches))
        return self.config.watches[name]

    def source_of(self, watch: str) -> StreamId:
        """Return the source of a watch; empty if the watch isn't in the config any more."""
        for source, watches in self.watcher.sources.items():
            if any(member.name == watch for member in watches):
                return source
        return StreamId("")
