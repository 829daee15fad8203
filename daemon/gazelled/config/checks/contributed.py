"""What plugins bring for watches: kinds and sources, as far as they go with what there is."""

from __future__ import annotations

from gazelled.config.document.problems import Problems
from gazelled.hooks.registry import Registry
from gazelled.tracker.sites.dialect import Dialect
from gazelled.watches.keys.kinds import Kinds
from gazelled.watches.plugins.source_set import SourceSet
from gazelled.watches.watch import WatchTable


def kinds_of(registry: Registry, problems: Problems) -> Kinds:
    """Return the kinds of watch; what those of plugins have in common with all is reported."""
    plugins: dict[str, str] = {}
    for name, kind in registry.contributions.kinds.items():
        if kind.plugin in registry.builtin:
            continue
        plugins[name] = kind.plugin
        for key in sorted(WatchTable.keys() & {*Kinds.own_keys(kind.value)}):
            text = f'its kind "{name}" has a key {key} of its own, but every watch has that key'
            problems.error(("plugin", kind.plugin), text)
        for key in sorted({*kind.value.takes} - WatchTable.keys()):
            text = f'its kind "{name}" takes {key}, which no watch has; its own keys are in keys'
            problems.error(("plugin", kind.plugin), text)
    kinds = [kind.value for kind in registry.contributions.kinds.values()]
    left_out = [name for name, record in registry.records.items() if record.state != "loaded"]
    return Kinds(kinds, plugins, left_out)


def sources_of(registry: Registry, dialect: Dialect, problems: Problems) -> SourceSet:
    """Return the sources of plugins; one that is called like an action of the site is reported."""
    fitting = []
    for name, source in registry.contributions.sources.items():
        if name in dialect.actions:
            text = f'its source "{name}" is called like an action of the site; rename it'
            problems.error(("plugin", source.plugin), text)
        else:
            fitting.append((source.plugin, source.value))
    return SourceSet.of(fitting)
