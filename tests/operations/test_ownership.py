"""What root does to the state of a service belongs to the user of the service."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gazelled.testing import Simulator

if TYPE_CHECKING:
    from tests.cli.conftest import Person

SERVICE = 61_234
"""A user without a name, as systemd makes one for DynamicUser=."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


def hand_to_service(folder: Path) -> None:
    """Let the service have its state, below a folder that only root may enter."""
    folder.parent.chmod(0o700)
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, SERVICE, SERVICE, follow_symlinks=False)


def strangers(folder: Path) -> list[str]:
    """Return the files that belong to somebody else."""
    paths = [folder, *folder.rglob("*")]
    return [path.name for path in paths if path.lstat().st_uid != SERVICE]


@needs_root
async def test_commands_of_root_leave_nothing_of_roots(settled: Person, sim: Simulator) -> None:
    """They read root's secrets, and what they write in the state is the service's."""
    assert (await settled.runs("run", "--once")).code == 0
    hand_to_service(settled.state)
    sim.world.publish("yeast S288C reads")
    for words in (
        ["watch", "run", "yeast"],
        ["state", "backup"],
        ["call", "stats"],
        ["plugins", "enable", "journal"],
    ):
        said = await settled.runs(*words)
        assert said.code in {0, 1}, said.err
        assert strangers(settled.state) == [], words
    assert "yeast S288C reads" in settled.titles()
    (backup, *_) = (settled.state / "backups").glob("*.db")
    restored = await settled.runs("state", "restore", str(backup))
    assert restored.code == 0, restored.err
    assert strangers(settled.state) == []


@needs_root
async def test_a_restore_hands_over_what_root_left(settled: Person) -> None:
    """A database that an earlier restore of root's left is the service's afterwards."""
    assert (await settled.runs("run", "--once")).code == 0
    assert (await settled.runs("state", "backup")).code == 0
    hand_to_service(settled.state)
    for name in ("gazelled.db", "backups"):
        os.chown(settled.state / name, 0, 0)
    (backup, *_) = (settled.state / "backups").glob("*.db")
    assert (await settled.runs("state", "restore", str(backup))).code == 0
    assert strangers(settled.state) == []


@needs_root
async def test_what_root_asks_for_is_roots(settled: Person, tmp_path: Path) -> None:
    """A copy of a backup goes where only root may write."""
    assert (await settled.runs("run", "--once")).code == 0
    hand_to_service(settled.state)
    said = await settled.runs("state", "backup", str(tmp_path / "copy.db"))
    assert said.code == 0, said.err
    assert (tmp_path / "copy.db").stat().st_uid == 0


@needs_root
async def test_root_runs_no_daemon_on_it(settled: Person) -> None:
    """It says what to do instead, and leaves everything as it is."""
    assert (await settled.runs("run", "--once")).code == 0
    hand_to_service(settled.state)
    said = await settled.runs("run", "--once")
    assert said.code == 3
    assert f"sudo -u {SERVICE} gazelled run" in said.err
    assert strangers(settled.state) == []
