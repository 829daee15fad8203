"""Which instances of gazelled this machine and this user have: those with a config or a state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gazelled.cli.settings import Settings, state_of
from gazelled.regular_file import is_regular
from gazelled.service.systemd.instance_names import INSTANCE, is_instance_name


def of_the_system(settings: Settings) -> Iterator[Settings]:
    """Return the settings for each gazelled of the system."""
    only = _named(settings, "")
    names = {*_names(only.system_config.parent), *_states(only.system_state.parent)}
    for name in sorted(names):
        one = _named(settings, name)
        yield replace(one, config=one.system_config, state=one.system_state)


def of_this_user(settings: Settings) -> Iterator[Settings]:
    """Return the settings for each gazelled of this user."""
    states = settings.home("XDG_STATE_HOME", ".local/state")
    own = _named(settings, "").own_config.parent
    for name in sorted({*_names(own), *_states(states)}):
        one = _named(settings, name)
        yield replace(one, config=one.own_config, state=state_of(states, name))


def _named(settings: Settings, name: str) -> Settings:
    environ = {**settings.environ, INSTANCE: name}
    return replace(settings, environ=environ, config=None, state=None)


def _names(configs: Path) -> Iterator[str]:
    """Return the instances that have a config in a folder; the only one has an empty name."""
    if is_regular(configs / "config.toml"):
        yield ""
    for file in _listed(configs, "*/config.toml"):
        if is_instance_name(file.parent.name):
            yield file.parent.name


def _states(folder: Path) -> Iterator[str]:
    """Return the instances that have a state in a folder."""
    for path in _listed(folder, "gazelled*"):
        name = path.name.removeprefix("gazelled").removeprefix("-")
        if path.name == "gazelled" or (path.name == f"gazelled-{name}" and is_instance_name(name)):
            yield name


def _listed(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:  # it can't be read
        return []
