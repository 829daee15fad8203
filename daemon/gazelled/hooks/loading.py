"""Loading: import one plugin that the config names, or say why not."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from gazelled.errors import GazelledError
from gazelled.hooks.isolation import describe
from gazelled.plugin.kinds import AnyKind
from gazelled.regular_file import is_regular
from gazelled.text import meant

GROUP = "gazelled.plugins"
"""The entry-point group that installed plugins are found in."""

BUILTIN = "gazelled.builtin"
"""The group of what gazelled itself brings as plugins: always loaded, and named nowhere."""


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """Why a plugin was left out: a sentence that says where it is and what to do."""

    plugin: str
    message: str

    def __str__(self) -> str:
        return f"plugin {self.plugin}: {self.message}"


class BadPluginError(Exception):
    """A plugin can't be used; the text says why and what to do."""


def builtin_kinds() -> list[AnyKind]:
    """
    Return the bundled kinds of watch.

    Raises:
        GazelledError: If this installation doesn't know its own plugins.

    """
    loaded = [entry.load() for entry in entry_points(group=BUILTIN)]
    if kinds := [kind for plugin in loaded for kind in getattr(plugin, "KINDS", ())]:
        return kinds
    raise GazelledError(
        "gazelled's own kinds of watch are not installed; install gazelled again, with pip install"
    )


def find(name: str, file: Path | None) -> object:
    """Import a plugin from its file, or an installed one; raise BadPluginError if that fails."""
    if file is not None:
        return _import(lambda: _load_file(name, file), name, file)
    entry = _entry(name)
    return _import(entry.load, name, None)


def _entry(name: str) -> EntryPoint:
    installed_ones = entry_points(group=GROUP)
    entries = [entry for entry in installed_ones if entry.name == name]
    if not entries:
        installed = ", ".join(sorted(installed_ones.names)) or "none"
        hint = meant(name, installed_ones.names) or f"; installed are: {installed}"
        raise BadPluginError(f"no such plugin is installed, nor has [plugin.{name}] a file{hint}")
    if len(entries) > 1:
        dists = ", ".join(sorted(entry.dist.name for entry in entries if entry.dist))
        raise BadPluginError(f"several installed packages offer it ({dists}); keep one of them")
    return entries[0]


def _load_file(name: str, file: Path) -> ModuleType:
    digest = hashlib.sha256(str(file).encode()).hexdigest()[:8]
    unique = f"gazelled_plugin_{re.sub(r'[^0-9a-zA-Z_]', '_', name)}_{digest}"
    spec = importlib.util.spec_from_file_location(unique, file)
    if spec is None or spec.loader is None:
        raise BadPluginError(f"{file} must be a Python file, ending in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module  # pydantic and dataclasses look their names up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[unique]
        raise
    return module


def _import(load: Callable[[], object], name: str, file: Path | None) -> object:
    if file is not None and not is_regular(file):
        raise BadPluginError(f"there is no file {file}; correct [plugin.{name}] file")
    try:
        return load()
    except BadPluginError:
        raise
    except (Exception, SystemExit) as error:
        text, advice = describe(error), "fix it"
        if isinstance(error, SyntaxError):
            text = f"{type(error).__name__}: {error.msg}"
        if isinstance(error, ImportError):
            advice = "install what it needs into gazelled's environment"
        raise BadPluginError(
            f"{_place(error, file)}{text}; {advice}, or take it out of the config"
        ) from error


def _place(error: BaseException, file: Path | None) -> str:
    """Return the file and line at fault: the last that is the plugin's own."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: "
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen") and Path(frame.filename) != Path(__file__)
    ]
    mine = [frame for frame in own if file is not None and Path(frame.filename) == file]
    frames = mine or [frame for frame in own if "importlib" not in frame.filename]
    return f"{frames[-1].filename}:{frames[-1].lineno}: " if frames else ""
