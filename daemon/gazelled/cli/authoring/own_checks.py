"""The checks of a plugin that is being written: it loads, linters accept it, its tests pass."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from gazelled.errors import GazelledError
from gazelled.hooks import Bus
from gazelled.hooks.loading import GROUP

_TOOLS: Mapping[str, Sequence[str]] = {
    "ruff": ("ruff", "check", "--no-cache"),
    "mypy": ("mypy", "--cache-dir=/dev/null"),
    "pytest": ("pytest", "-q", "--import-mode=importlib", "-p", "no:cacheprovider"),
}
_NO_TESTS = 5
"""The exit code of pytest where there are no tests."""


@dataclass(frozen=True, slots=True)
class PluginCheck:
    """
    How one check of a plugin ended.

    Attributes:
        check: Its name: `load NAME`, or a tool.
        outcome: Whether it passed; `skipped` where the tool is not installed.
        text: What is wrong, or what to install.

    """

    check: str
    outcome: Literal["passed", "failed", "skipped"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class OwnPlugin:
    """
    The plugin that is checked.

    Attributes:
        folder: The folder in which its tools run.
        files: The files of plugins by their names; None for one that is installed.
        code: What linters look at, from the folder; nothing leaves it to the project's settings.
        tests: What pytest runs, from the folder; likewise.

    """

    folder: Path
    files: Mapping[str, Path | None]
    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


def find(path: Path) -> OwnPlugin:
    """
    Return the plugin at a path: a file, a folder with some, or a project.

    Raises:
        GazelledError: If there is none.

    """
    if path.is_file():
        return _of_files(path.parent, [path])
    if names := _offered(path / "pyproject.toml"):
        return OwnPlugin(path, dict.fromkeys(names))
    if (path / "__init__.py").is_file():
        return _of_files(path.parent, [path])
    files = [
        file
        for file in sorted(path.glob("*.py"))
        if not file.name.startswith(("test_", "conftest."))
    ]
    if not files:
        raise GazelledError(
            f"there is no plugin in {path}: neither a file of Python nor a pyproject.toml with "
            f'the entry points "{GROUP}"'
        )
    return _of_files(path, files)


def _of_files(folder: Path, plugins: Sequence[Path]) -> OwnPlugin:
    names = {_name(plugin): plugin.absolute() for plugin in plugins}
    tests = [
        str(test.relative_to(folder))
        for plugin in plugins
        for test in (
            folder / f"test_{plugin.stem}.py",
            folder / "tests" / f"test_{plugin.stem}.py",
        )
        if test.is_file()
    ]
    return OwnPlugin(folder, names, tuple(plugin.name for plugin in plugins), tuple(tests))


def _name(plugin: Path) -> str:
    return plugin.stem.replace("_", "-")


def _offered(pyproject: Path) -> list[str]:
    """Return the plugins that a project offers."""
    try:
        project = tomllib.loads(pyproject.read_text("utf-8"))["project"]
        return [*project["entry-points"][GROUP]]
    except FileNotFoundError:
        return []
    except (KeyError, TypeError):
        return []
    except (OSError, ValueError) as error:
        raise GazelledError(f"{pyproject} could not be read: {error}") from None


def checks(plugin: OwnPlugin, *, quiet: bool) -> Iterator[PluginCheck]:
    """Load the plugin and run each tool; with `quiet` what tools print is in the results."""
    loads = [_load(plugin, name, file) for name, file in plugin.files.items()]
    yield from loads
    yield _run(plugin, "ruff", plugin.code, quiet=quiet)
    yield _run(plugin, "mypy", ["--strict", *plugin.code] if plugin.code else [], quiet=quiet)
    if any(load.outcome == "failed" for load in loads):
        yield PluginCheck("pytest", "skipped", "the plugin does not load")
    elif plugin.code and not plugin.tests:
        names = ", ".join(f"test_{file.stem}.py" for file in plugin.files.values() if file)
        yield PluginCheck("pytest", "failed", f"there are no tests; put them in {names}")
    else:
        yield _run(plugin, "pytest", plugin.tests, quiet=quiet)


def _load(plugin: OwnPlugin, name: str, file: Path | None) -> PluginCheck:
    if file is None and name not in entry_points(group=GROUP).names:
        command = f"{sys.executable} -m pip install -e '{plugin.folder}'"
        return PluginCheck(f"load {name}", "failed", f"it is not installed: {command}")
    problems = Bus().load({name: file} if file else {}, [name])
    text = "; ".join(problem.message for problem in problems)
    return PluginCheck(f"load {name}", "failed" if problems else "passed", text)


def _run(plugin: OwnPlugin, tool: str, paths: Sequence[str], *, quiet: bool) -> PluginCheck:
    if find_spec(tool) is None:
        install = f"{tool} is not installed: {sys.executable} -m pip install {tool}"
        # Tests are what this is for; a linter is a matter of taste.
        return PluginCheck(tool, "failed" if tool == "pytest" else "skipped", install)
    command = [sys.executable, "-m", *_TOOLS[tool], *paths]
    ended = subprocess.run(  # noqa: S603 - the tools of this environment
        command, cwd=plugin.folder, check=False, text=True, capture_output=quiet
    )
    text = f"{ended.stdout}{ended.stderr}".strip() if quiet else ""
    if tool == "pytest" and ended.returncode == _NO_TESTS:
        text = "there are no tests"
    return PluginCheck(tool, "failed" if ended.returncode else "passed", text)
