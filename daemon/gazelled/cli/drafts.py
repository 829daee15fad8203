"""Drafts: a config with its secrets that is checked or used before it is anybody's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gazelled.regular_file import write_private


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
