"""The demo's setting: the shipped config in a folder of its own, with nothing outside in it."""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import gazelled
from gazelled.config import Config, load
from gazelled.errors import ConfigError

HOST = "127.0.0.1"
PORT = 8765


def shipped_config() -> Path:
    """Find the config that comes with gazelled: in the wheel, or on top of a checkout."""
    package = Path(gazelled.__file__).parent
    places = (package / "config.toml", package.parent.parent / "config.toml")
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise ConfigError("The config.toml that comes with gazelled is gone: install it again.")
    return path


def set_up_config(folder: Path, *, url: str, listen: str, secrets: Mapping[str, str]) -> Config:
    """
    Write the shipped config with another tracker and other secrets, and load it.

    Args:
        folder: Where it is written.
        url: The address of the tracker.
        listen: Where feeds are served.
        secrets: The secrets by name.

    Raises:
        ConfigError: If the shipped config can't be used.

    """
    text = shipped_config().read_text("utf-8")
    shipped_url = tomllib.loads(text)["tracker"]["url"]
    file = folder / "config.toml"
    file.write_text(f'{text.replace(shipped_url, url)}\n[web]\nlisten = "{listen}"\n', "utf-8")
    secrets_folder = folder / "secrets"
    secrets_folder.mkdir(mode=0o700)
    for name, value in secrets.items():
        (secrets_folder / name).touch(mode=0o600)
        (secrets_folder / name).write_text(value, "utf-8")
    loaded = load(file, {})
    if loaded.config is None:
        raise ConfigError("\n".join(map(str, loaded.problems)))
    return loaded.config


def listening(wanted: int) -> socket.socket:
    """Listen at a port: the wanted one, or a free one if somebody listens there."""
    for port in (wanted, 0):
        with suppress(OSError):
            return socket.create_server((HOST, port))
    raise ConfigError("No port is free on this machine.")
