"""The config that `gazelled init` writes, and its files: a template, filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from gazelled.config.document.toml_writer import toml_value
from gazelled.regular_file import write_private

_TEMPLATE = "init.toml.jinja"


@dataclass(frozen=True, slots=True)
class Wishes:
    """
    What a person wants; secrets are the contents of files by their names.

    The username is empty when the log-in is another, the search when all new ones are wanted.
    """

    url: str
    username: str
    search: str
    secrets: Mapping[str, str]


def config_text(wishes: Wishes) -> str:
    """Return the text of the config."""
    environment = Environment(  # noqa: S701 - it is no HTML
        trim_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    environment.filters["toml"] = toml_value
    template = environment.from_string((files(__package__) / _TEMPLATE).read_text("utf-8"))
    return template.render(asdict(wishes))


def write_draft(folder: Path, config: str, secrets: Mapping[str, str]) -> Path:
    """
    Write a config and its secrets, by the names of their files in `secrets/`, into a folder.

    They are for this user only; the file of the config is returned.
    """
    draft = folder / "config.toml"
    write_private(draft, config.encode())
    for name, text in secrets.items():
        write_private(folder / "secrets" / name, f"{text.rstrip()}\n".encode())
    return draft
