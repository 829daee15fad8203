"""The demo's setting: the shipped config in a folder of its own, with nothing outside in it."""

from __future__ import annotations

import shutil
import socket
import tomllib
from collections.abc import Mapping
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
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise ConfigError("The config.toml that comes with gazelled is gone: install it again.")
    return found


def set_up_config(folder: Path, *, url: str, listen: str, secrets: Mapping[str, str]) -> Config:
    """
    Copy the shipped config, and load it with another tracker and other secrets.

    Args:
        folder: Where it is copied to.
        url: The address of the tracker.
        listen: Where feeds are served.
        secrets: The secrets by name.

    Raises:
        ConfigError: If the shipped config can't be used.

    """
    file = folder / "config.toml"
    shutil.copyfile(shipped_config(), file)
    kept = folder / "secrets"
    kept.mkdir(mode=0o700)
    for name, value in secrets.items():
        (kept / name).touch(mode=0o600)
        (kept / name).write_text(value, "utf-8")
    tracker = tomllib.loads(file.read_text("utf-8"))["tracker"] | {"url": url}
    loaded = load(file, {}, instead={"tracker": tracker, "web": {"listen": listen}})
    if loaded.config is None:
        raise ConfigError("\n".join(map(str, loaded.problems)))
    return loaded.config


def free_port(wanted: int) -> int:
    """Return a port that nobody listens at: the wanted one if it is free."""
    for port in (wanted, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((HOST, port))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    raise ConfigError("No port is free on this machine.")
