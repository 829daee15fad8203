"""Where plugins come from: a file, a folder, a module or an installed distribution."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Literal

from gazelled.hooks.loading.plugin_settings import PluginSettings

GROUP = "gazelled.plugins"
"""The entry-point group of installed plugins, which are loaded when the config names them."""

BUILTIN = "gazelled.builtin"
"""The entry-point group of the plugins that are always loaded, before all others."""

PREFIX = "gazelled."
"""What stands before the name of one of these where another plugin has that name."""

OWN = "gazelled"
"""The distribution whose plugins are bundled."""

OriginForm = Literal["file", "folder", "module", "installed", "bundled", "unknown"]


@dataclass(frozen=True, slots=True)
class PluginOrigin:
    """
    Where a plugin comes from.

    Attributes:
        form: What it is.
        place: Its path, or its module with the object in it; empty if it is unknown.
        distribution: The installed distribution that offers it; empty for a file or a module.
        version: The version of that.

    """

    form: OriginForm
    place: str = ""
    distribution: str = ""
    version: str = ""


def installed_names() -> frozenset[str]:
    """Return the names of the installed plugins."""
    return frozenset(entry.name for entry in _entries(tuple(sys.path)))


def builtin_names() -> tuple[str, ...]:
    """Return the names of the plugins that are always loaded, in a fixed order."""
    every = _entries(tuple(sys.path))
    return tuple(sorted({entry.name for entry in every if entry.group == BUILTIN}))


def entries_of(name: str) -> list[EntryPoint]:
    """Return what is installed under a name: one for each distribution that offers it."""
    own_name = name.removeprefix(PREFIX)
    entries = [entry for entry in _entries(tuple(sys.path)) if entry.name == own_name]
    others = [entry for entry in entries if entry.group == GROUP and own_name == name]
    return others or [entry for entry in entries if entry.group == BUILTIN]


def reserved_names() -> tuple[str, ...]:
    """Return the names of those of them whose name no other installed plugin has."""
    return tuple(name for name in builtin_names() if not is_taken(name))


def is_taken(name: str) -> bool:
    """Return whether an installed plugin has the name of one that is always loaded."""
    return any(entry.group == GROUP for entry in entries_of(name))


def is_bundled(name: str) -> bool:
    """Return whether gazelled's own distribution offers a plugin, and no other."""
    return {_distribution(entry) for entry in entries_of(name)} == {OWN}


def origin_of(settings: PluginSettings) -> PluginOrigin:
    """Return where a plugin comes from, without importing it."""
    if settings.file is not None:
        form: OriginForm = "folder" if settings.file.is_dir() else "file"
        return PluginOrigin(form, str(settings.file))
    if settings.module:
        return PluginOrigin("module", settings.module)
    entry = next(iter(entries_of(settings.name)), None)
    if entry is None:
        return PluginOrigin("unknown")
    name = _distribution(entry)
    version = entry.dist.version if entry.dist else ""
    return PluginOrigin("bundled" if name == OWN else "installed", entry.value, name, version)


@lru_cache(maxsize=4)
def _entries(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Return the plugins that are installed in the folders where Python looks for modules."""
    del path
    every = entry_points()
    return (*every.select(group=BUILTIN), *every.select(group=GROUP))


def _distribution(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else ""
