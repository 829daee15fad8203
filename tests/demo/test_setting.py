"""The demo's setting."""

from __future__ import annotations

from pathlib import Path

from gazelled.config import Config, load
from gazelled.demo.setting import listening, set_up_config, shipped_config

SECRETS = {"tracker-token": "token-of-the-demo", "phone": "json://127.0.0.1:9/"}


def test_only_the_tracker_and_the_secrets_are_replaced(tmp_path: Path) -> None:
    """Watches, targets and notices are those of the shipped config."""
    demo = set_up_config(tmp_path, url="http://127.0.0.1:9", listen="127.0.0.1:9", secrets=SECRETS)
    shipped = load(shipped_config(), {"CREDENTIALS_DIRECTORY": str(tmp_path / "secrets")}).config
    assert isinstance(shipped, Config)
    assert (demo.watches, demo.targets) == (shipped.watches, shipped.targets)
    assert demo.notices == shipped.notices
    for name in ("requests", "per", "floor"):
        assert getattr(demo.tracker.effective, name) == getattr(shipped.tracker.effective, name)
    assert (demo.tracker.url, shipped.tracker.url) == (
        "http://127.0.0.1:9",
        "https://biotorrents.de",
    )


def test_a_port_that_is_taken_is_left_alone() -> None:
    """Two demos that begin at the same moment never get the same one."""
    with listening(0) as first, listening(first.getsockname()[1]) as second:
        assert first.getsockname()[1] != second.getsockname()[1] != 0


def test_a_free_port_is_taken_as_wanted() -> None:
    """The wanted port is the first choice."""
    with listening(0) as found:
        port = found.getsockname()[1]
    with listening(port) as again:
        assert again.getsockname()[1] == port


def test_no_command_can_leave_this_machine(tmp_path: Path) -> None:
    """The config on the disk names the pretend tracker alone, for whoever reads it."""
    set_up_config(tmp_path, url="http://127.0.0.1:9", listen="127.0.0.1:9", secrets=SECRETS)
    assert "biotorrents.de" not in (tmp_path / "config.toml").read_text("utf-8")
