"""The files of a new plugin: a project, or one file with its test, from templates."""

from __future__ import annotations

import importlib.util
import keyword
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from gazelled import __version__
from gazelled.errors import GazelledError
from gazelled.plugin import API_VERSION
from gazelled.regular_file import write_whole

HOOKS: Mapping[str, str] = {
    "target": "delivers events to somewhere",
    "enricher": "adds a field to items, for rules and messages",
    "kind": "a kind of watch of its own",
    "source": "items from elsewhere than the tracker",
}
"""What a new plugin can be."""

_NAME = re.compile(r"[a-z][a-z0-9]{0,30}(?:-[a-z0-9]{1,30}){0,4}")


def check_name(name: str) -> None:
    """Raise GazelledError if a plugin can't have this name."""
    if not _NAME.fullmatch(name):
        raise GazelledError(
            f'"{name}" is no name for a plugin; wanted lower-case letters, digits and single '
            "hyphens, such as lab-sheet"
        )
    module = _module(name)
    if keyword.iskeyword(module) or module in sys.stdlib_module_names or _is_installed(module):
        raise GazelledError(f"a module {module} exists already; use another name")


def make(name: str, hook: str, *, single: bool) -> dict[str, str]:
    """Return the texts of the files of a new plugin, by their paths from its folder."""
    module = _module(name)
    values = {
        "name": name,
        "module": module,
        "class_name": "".join(part.capitalize() for part in name.split("-")),
        "about": HOOKS[hook],
        "hook": hook,
        "single": single,
        "plugin": f"{module}.py" if single else name,
        "version": __version__,
        "api_version": API_VERSION,
    }
    templates = {
        f"{module}.py": f"{hook}.py",
        f"test_{module}.py": f"test_{hook}.py",
    }
    if not single:
        templates = {
            "pyproject.toml": "pyproject.toml",
            "README.md": "README.md",
            ".gitignore": "gitignore",
            f"src/{module}/__init__.py": f"{hook}.py",
            f"tests/test_{module}.py": f"test_{hook}.py",
        }
    environment = Environment(
        loader=PackageLoader("gazelled.cli.authoring"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - it is Python, not HTML
    )
    texts = {
        path: environment.get_template(f"{template}.jinja").render(values)
        for path, template in templates.items()
    }
    return texts if single else texts | {f"src/{module}/py.typed": ""}


def write(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """
    Write new files into a folder and return them; nothing is overwritten.

    Raises:
        GazelledError: If one of them exists, or can't be written.

    """
    files = {folder / path: text for path, text in texts.items()}
    for file in files:
        if file.exists():
            raise GazelledError(f"{file} exists already; use another name or another folder: --to")
    try:
        for file, text in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, text.encode())
    except OSError as error:
        raise GazelledError(f"{folder} could not be written: {error.strerror}") from None
    return list(files)


def _module(name: str) -> str:
    return name.replace("-", "_")


def _is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
