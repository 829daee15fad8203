"""Machines for tests: Debian 12 and 13, with gazelled installed as README says, or without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.operations.trees import base_trees
from tests.operations.trees.house import House
from tests.operations.trees.machine import BootError, Machine


@pytest.fixture(scope="session", params=base_trees.SUITES)
def suite(request: pytest.FixtureRequest) -> str:
    """Return a release of Debian."""
    return str(request.param)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def base(suite: str, shared: Path) -> Path:
    """Return a bare tree of the release, which boots."""
    if reason := base_trees.missing():
        pytest.skip(f"no tree can be booted here: {reason}")
    tree = base_trees.base_tree(suite)
    with base_trees.locked(shared / f"probe-{suite}"):
        verdict = shared / f"probe-{suite}" / "verdict"
        if not verdict.exists():
            verdict.write_text(_probe(tree, shared / f"probe-{suite}"))
        if reason := verdict.read_text():
            pytest.skip(f"no tree can be booted here: {reason}")
    return tree


def _probe(tree: Path, folder: Path) -> str:
    """Return why this machine can't boot a tree; empty if it can."""
    try:
        with Machine([tree], folder):
            return ""
    except BootError as error:
        return str(error) or "systemd-nspawn ended"


@pytest.fixture(scope="session")
def offered(suite: str, base: Path, shared: Path) -> list[Path]:
    """Return the trees of a machine on which gazelled can be installed."""
    folder = shared / f"offered-{suite}"
    with base_trees.locked(folder):
        if not (folder / "done").exists():
            shutil.rmtree(folder / "upper", ignore_errors=True)
            base_trees.offer_wheels(suite, folder / "upper")
            (folder / "done").touch()
    return [folder / "upper", base]


@pytest.fixture(scope="session")
def installed(suite: str, offered: list[Path], shared: Path) -> list[Path]:
    """Return the trees of a machine with gazelled in /opt, that is no service yet."""
    folder = shared / f"installed-{suite}"
    with base_trees.locked(folder):
        if not (folder / "done").exists():
            with Machine(offered, folder) as machine:
                machine.run("python3", "-m", "venv", "/opt/gazelled")
                machine.run("/opt/gazelled/bin/pip", "install", "--quiet", "gazelled[all]")
                machine.run("ln", "-s", "/opt/gazelled/bin/gazelled", "/usr/local/bin/")
            (folder / "done").touch()
    return [folder / "upper", *offered]


@pytest.fixture
def house(installed: list[Path], tmp_path: Path) -> Iterator[House]:
    """Return a booted machine with gazelled, its config, a tracker and a phone."""
    with House(installed, tmp_path) as machine:
        machine.surroundings()
        yield machine
        # pytest shows it with a failure.
        print(machine.run("journalctl --no-pager --lines 60 --unit 'gazelled*' || true").stdout)  # noqa: T201 - pytest shows it
