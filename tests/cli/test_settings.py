"""Where config and state are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from gazelled.cli.settings import SYSTEM_CONFIG, SYSTEM_STATE, Settings


def test_the_users_folders_are_the_default(tmp_path: Path) -> None:
    """Config and state follow XDG, and the current folder is never looked at."""
    settings = Settings({"HOME": str(tmp_path), "XDG_STATE_HOME": "relative"})
    assert settings.config_file == tmp_path / ".config" / "gazelled" / "config.toml"
    assert settings.state_folder == tmp_path / ".local" / "state" / "gazelled"
    assert settings.daemon_folders == [SYSTEM_STATE, settings.state_folder]


@pytest.mark.parametrize(
    ("settings", "folders"),
    [
        (Settings({"HOME": "/h"}, state=Path("/s")), [Path("/s")]),
        (Settings({"HOME": "/h"}, config=Path("/c")), [Path("/h/.local/state/gazelled")]),
        (Settings({"HOME": "/h"}, config=SYSTEM_CONFIG), [SYSTEM_STATE]),
    ],
)
def test_who_names_a_config_or_a_state_means_that_one(
    settings: Settings, folders: list[Path]
) -> None:
    """The daemon of another account is never asked by mistake."""
    assert settings.daemon_folders == folders


def test_an_instance_has_folders_and_a_port_of_its_own(tmp_path: Path) -> None:
    """By its name; the environment of a person may still name another port."""
    settings = Settings({"HOME": str(tmp_path)})
    settings.be_instance("lab")
    assert settings.config_file == tmp_path / ".config" / "gazelled" / "lab" / "config.toml"
    assert settings.state_folder == tmp_path / ".local" / "state" / "gazelled-lab"
    assert settings.daemon_folders == [Path("/var/lib/gazelled-lab"), settings.state_folder]
    other = Settings({})
    other.be_instance("home")
    ports = {each.environ["GAZELLED_PORT"] for each in (settings, other)}
    assert len(ports) == 2
    assert all(20000 <= int(port) < 30000 for port in ports)
    named = Settings({"GAZELLED_PORT": "9999"})
    named.be_instance("lab")
    assert named.environ["GAZELLED_PORT"] == "9999"
