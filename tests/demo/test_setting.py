"""The demo's setting."""

from __future__ import annotations

import socket
from pathlib import Path

from gazelled.config import Config, load
from gazelled.demo.setting import HOST, free_port, set_up_config, shipped_config

SECRETS = {"tracker-token": "token-of-the-demo", "phone": "json://127.0.0.1:9/"}


def test_only_the_tracker_and_the_secrets_are_replaced(tmp_path: Path) -> None:
    """Watches, targets and notices are those of the shipped config."""
    demo = set_up_config(tmp_path, url="http://127.0.0.1:9", listen="127.0.0.1:9", secrets=SECRETS)
    shipped = load(shipped_config(), {"CREDENTIALS_DIRECTORY": str(tmp_path / "secrets")}).config
    assert isinstance(shipped, Config)
    assert (demo.watches, demo.targets) == (shipped.watches, shipped.targets)
    assert (demo.notices, demo.tracker.limit) == (shipped.notices, shipped.tracker.limit)
    assert (demo.tracker.url, shipped.tracker.url) == (
        "http://127.0.0.1:9",
        "https://biotorrents.de",
    )


def test_a_port_that_is_taken_is_left_alone() -> None:
    """Another one is found when somebody listens at the wanted one."""
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        assert free_port(taken) not in {0, taken}


def test_a_free_port_is_taken_as_wanted() -> None:
    """The wanted port is the first choice."""
    port = free_port(0)
    assert free_port(port) == port
