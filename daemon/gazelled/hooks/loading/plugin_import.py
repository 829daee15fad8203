"""Imports one plugin: a file, a folder, a module, or what an installed distribution offers."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
from functools import reduce
from importlib.machinery import SourceFileLoader
from importlib.metadata import EntryPoint
from itertools import chain, count
from pathlib import Path
from types import CodeType, ModuleType

from gazelled.hooks.loading.plugin_entry import BadPluginError
from gazelled.hooks.loading.plugin_origin import entries_of, installed_names
from gazelled.hooks.loading.plugin_settings import PluginSettings
from gazelled.regular_file import is_regular
from gazelled.text import meant

_STAMP = "__gazelled_stamp__"
"""The attribute of a module by which a file that has changed since is known."""

_MODULE = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*)(?::([^\W\d]\w*(?:\.[^\W\d]\w*)*))?", re.ASCII)

Stamp = tuple[tuple[str, int, int], ...]
"""The files of a plugin, with their times in nanoseconds and their sizes in bytes."""


def import_plugin(settings: PluginSettings, *, anew: bool = False) -> object:
    """
    Return the module, class or object that a plugin is; what was imported once is not again.

    Args:
        settings: What the config says about it.
        anew: Whether its file is imported once more, beside a module of it that is in use.

    Raises:
        BadPluginError: If it isn't there.
        BaseException: Whatever its code raises.

    """
    if settings.file is not None:
        return _from_file(settings.name, settings.file, anew=anew)
    if settings.module:
        return _from_module(settings.module)
    return _entry(settings.name).load()


def stamp_of(settings: PluginSettings) -> Stamp:
    """Return by what a change of a plugin's own files is known; empty if it has none here."""
    if settings.file is None:
        return ()
    try:
        return _stamp(settings.file)
    except OSError:
        return ()


def forget_module(module: str) -> None:
    """Take a module and those of its folder out of those that were imported."""
    for name in [name for name in sys.modules if f"{name}.".startswith(f"{module}.")]:
        del sys.modules[name]


def is_module(text: str) -> bool:
    """Return whether a text is the name of a module, with or without an object in it."""
    return _MODULE.fullmatch(text) is not None


def own_file(settings: PluginSettings, file: str) -> bool:
    """Return whether a file of code is the plugin's own."""
    if settings.file is not None:
        return Path(file) == settings.file or settings.file in Path(file).parents
    entry = next(iter(entries_of(settings.name)), None)
    whole = settings.module or (entry.value if entry else "")
    *packages, last = re.split(r"[\s:\[]", whole)[0].split(".")
    parts = Path(file).with_suffix("").parts
    ways = ([*packages, last], [*packages, last, "__init__"])
    return bool(last) and any(list(parts[-len(way) :]) == way for way in ways)


def _entry(name: str) -> EntryPoint:
    entries = entries_of(name)
    if not entries:
        names = installed_names()
        hint = meant(name, names) or f"; installed are: {', '.join(sorted(names)) or 'none'}"
        raise BadPluginError(f"no such plugin is installed, nor has [plugin.{name}] a file{hint}")
    if len(entries) > 1:
        dists = ", ".join(sorted(entry.dist.name for entry in entries if entry.dist))
        raise BadPluginError(f"several installed packages offer it ({dists}); keep one of them")
    return entries[0]


def _from_module(path: str) -> object:
    """Import a module, and return the object in it that the path names, if it names one."""
    module_name, _, attributes = path.partition(":")
    module: object = importlib.import_module(module_name)
    try:
        return reduce(getattr, filter(None, attributes.split(".")), module)
    except AttributeError:
        names = [name for name in vars(module) if not name.startswith("_")]
        raise BadPluginError(
            f'{module_name} has no "{attributes}"{meant(attributes, names)}'
        ) from None


def _from_file(name: str, place: Path, *, anew: bool) -> ModuleType:
    """Import a file or a folder under a name that no other module has."""
    file = _file_of(name, place)
    stamp = _stamp(place)
    digest = hashlib.sha256(str(place).encode()).hexdigest()[:8]
    unique = f"gazelled_plugin_{re.sub(r'[^0-9a-zA-Z_]', '_', name)}_{digest}"
    if anew:
        names = (f"{unique}_{number}" for number in count(2))
        unique = next(free for free in chain([unique], names) if free not in sys.modules)
        importlib.invalidate_caches()
    elif (earlier := sys.modules.get(unique)) is not None:
        if not hasattr(earlier, _STAMP):
            raise BadPluginError("an earlier import of it has not ended; restart gazelled")
        if getattr(earlier, _STAMP) == stamp:
            return earlier
        forget_module(unique)
    folders = [str(place)] if file != place else None
    spec = importlib.util.spec_from_file_location(
        unique,
        file,
        loader=_SourceLoader(unique, str(file)) if file.suffix == ".py" else None,
        submodule_search_locations=folders,
    )
    if spec is None or spec.loader is None:
        raise BadPluginError(f"{file} must be a Python file, ending in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module  # pydantic and dataclasses look their names up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        forget_module(unique)
        raise
    setattr(module, _STAMP, stamp)
    return module


class _SourceLoader(SourceFileLoader):
    """Reads the file itself: compiled code is known by seconds, in which a file changes twice."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the file."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _file_of(name: str, place: Path) -> Path:
    """Return the file to import of a file or a folder."""
    if place.is_dir():
        if not is_regular(place / "__init__.py"):
            raise BadPluginError(f"the folder {place} has no __init__.py, which makes it a plugin")
        return place / "__init__.py"
    if not is_regular(place):
        raise BadPluginError(f"there is no file {place}; correct [plugin.{name}] file")
    return place


def _stamp(place: Path) -> Stamp:
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    stats = [(str(file), file.stat()) for file in files]
    return tuple((file, stat.st_mtime_ns, stat.st_size) for file, stat in stats)
