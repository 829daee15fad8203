"""What is said where no daemon runs: of its config, and of how it ended."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.test_doctor import systemctl

if TYPE_CHECKING:
    from tests.cli.conftest import Person

BROKEN = "[watch.x]\nodd = 1\n"


async def test_a_broken_config_is_told(settled: Person) -> None:
    """By status and health, with its line; the exit codes are those of a daemon that is away."""
    assert "To start it: gazelled run" in (await settled.asks("status")).err
    text = settled.config.read_text()
    settled.write(text + BROKEN)
    place = f"config.toml:{len(text.splitlines()) + 1}"
    said = await settled.asks("status")
    assert said.code == 8
    assert "gazelled is not running, and its config has 2 errors:" in said.err
    assert place in said.err
    assert "Fix that first (gazelled check). To start it: gazelled run" in said.err
    data = (await settled.asks("status", "--json")).data
    assert len(data["config"]) == 2
    said = await settled.asks("health")
    assert said.code == 2
    assert said.out.startswith("CRITICAL - gazelled is not running, and its config has an error: ")
    assert place in said.out


async def test_a_state_that_cannot_be_used_is_told(settled: Person) -> None:
    """By status and health, for a start would end with it; an error of the config stays, too."""
    settled.state.mkdir(parents=True)
    (settled.state / "gazelled.db").write_bytes(b"precious" * 999)
    said = await settled.asks("status")
    assert said.code == 8
    assert "gazelled is not running, and its state can't be used:" in said.err
    assert "is damaged (file is not a database)" in said.err
    assert "To start it" not in said.err
    assert "is damaged" in (await settled.asks("status", "--json")).data["state"]
    said = await settled.asks("health")
    assert said.code == 2
    assert "CRITICAL - gazelled is not running, and its state can't be used: " in said.out
    settled.write(settled.config.read_text() + BROKEN)
    assert "its config has 2 errors" in (await settled.asks("status")).err


async def test_a_daemon_whose_socket_was_removed_is_not_called_idle(settled: Person) -> None:
    """It runs and has the state; stopping it is left to its process."""
    process = await settled.daemon()
    (settled.state / "control.sock").unlink()
    said = await settled.asks("status")
    assert said.code == 5
    assert f"gazelled is running (process {process.pid}), and nobody listens at" in said.err
    said = await settled.asks("health")
    assert said.code == 2
    assert f"CRITICAL - gazelled is running (process {process.pid})" in said.out
    said = await settled.asks("stop")
    assert said.code == 5
    assert f"To stop it now: kill {process.pid}" in said.err


@pytest.mark.skipif(shutil.which("systemctl") is None, reason="there is no systemd here")
async def test_secrets_that_only_the_service_has_are_no_error(settled: Person) -> None:
    """Somebody else's environment and credentials say nothing about the service's."""
    text = settled.config.read_text().replace('secret = "tracker-token"', 'env = "NOT_HERE"')
    settled.write(text)
    assert "NOT_HERE is not set" in (await settled.asks("status")).err
    settled.write("[Service]\n", "../systemd/user/gazelled.service")
    said = await settled.asks("status")
    assert "To start it: systemctl --user start gazelled" in said.err
    assert "error" not in said.err


@pytest.mark.parametrize(
    ("active", "state", "why"),
    [
        ("failed", "failed", "Its service gazelled has failed (exit-code)"),
        ("activating", "not running", "systemd starts its service gazelled"),
        ("inactive", "not running", ""),
    ],
)
async def test_all_say_that_a_service_has_failed(
    settled: Person,
    tmp_path: Path,
    active: str,
    state: str,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told from one that was stopped."""
    systemctl(monkeypatch, tmp_path, f"ActiveState={active}", "Result=exit-code")
    said = await settled.asks("status", "--all", "--json")
    (row,) = [row for row in said.data if row["whose"] == "user" and not row["instance"]]
    assert row["state"] == state
    assert row["summary"].startswith(why)
    assert bool(row["summary"]) == bool(why)
    assert said.code == 8
