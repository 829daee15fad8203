"""The image for containers, built by podman from a tree of Debian, and run as it is meant to be."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from tests.json_lines import read_json_lines
from tests.operations.trees import base_trees
from tests.wheels import ROOT

from gazelled.testing import Simulator

pytestmark = [pytest.mark.machine, pytest.mark.timeout(1200)]

RELEASE = "bookworm"
USER = 8484
PATIENCE = 120
LIMITS = ("--ulimit=nofile=1024:4096", "--ulimit=nproc=1024:4096")
PRIVATE = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"'
"""Podman refuses to run where there are two hierarchies of cgroups, so it is shown one of them."""

CONFIG = """
[tracker]
url = "{url}"
token = {{ secret = "tracker-token" }}
limit.per = 1

[notices]
tell = ["log"]

[watch.free]
ask = "browse"
every = "1h"
tell = ["log"]
match.license = "CC0"

[target.log]
plugin = "journal"
path = "events.jsonl"
"""


class Podman:
    """
    Podman with images and containers of its own.

    Args:
        images: A folder for the images.
        running: A folder for what runs, whose path has 50 characters at most.

    """

    def __init__(self, images: Path, running: Path) -> None:
        self._options = [f"--root={images}", f"--runroot={running}"]
        self._options += ["--storage-driver=overlay", "--cgroup-manager=cgroupfs"]

    def run(
        self, *arguments: str, code: int | None = 0, stdin: IO[bytes] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of podman; `code` is the expected exit code, None for any."""
        private = ["unshare", "--mount", "sh", "-c", PRIVATE, "sh"]
        command = [*private, "podman", *self._options, *arguments]
        done = subprocess.run(  # noqa: S603 - the arguments are written here
            command, check=False, capture_output=True, text=True, stdin=stdin
        )
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    """Build the image `gazelled` as its file says, on a tree of Debian and without an index."""
    reason = base_trees.missing() or ("" if shutil.which("podman") else "podman is missing")
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("podman")
    tree = base_trees.base_tree(RELEASE)
    wheels = folder / "files"
    base_trees.offer_wheels(RELEASE, wheels)
    running = Path(tempfile.mkdtemp(prefix="gazelled-podman-"))
    one = Podman(folder / "images", running)
    apart = ("./var/cache", "./proc", "./sys", "./dev")
    pack = ["tar", "-C", str(tree), *(f"--exclude={place}" for place in apart), "-c", "."]
    with subprocess.Popen(pack, stdout=subprocess.PIPE) as packing:  # noqa: S603 - ours
        one.run("import", "-", "base", stdin=packing.stdout)
    if (
        tried := one.run("run", "--rm", *LIMITS, "--network=none", "base", "true", code=None)
    ).returncode:
        pytest.skip(f"podman can't run a container here: {tried.stderr.strip()}")
    arguments = ("BASE=localhost/base", "PIP_NO_INDEX=1", "PIP_FIND_LINKS=/wheels")
    one.run(
        *(
            "build",
            "--format=docker",
            "--layers=false",
            "--network=none",
            "--tag=gazelled",
            *LIMITS,
        ),
        *(f"--build-arg={argument}" for argument in arguments),
        f"--volume={wheels / base_trees.WHEELS.lstrip('/')}:/wheels:ro",
        str(ROOT),
    )
    yield one
    one.run("rm", "--all", "--force", code=None)
    shutil.rmtree(running, ignore_errors=True)


async def test_watches_in_a_container(podman: Podman, tmp_path: Path) -> None:
    """It runs as a user of its own on a read-only root; health answers; a new container goes on."""
    sim = Simulator(per=1.0)
    await sim.start()
    config, state = _volumes(tmp_path, sim)
    try:
        for number in (1, 2):
            await asyncio.to_thread(_once, podman, config, state, number)
    finally:
        await sim.stop()
    assert [arrival.verdict for arrival in sim.arrivals if arrival.verdict == "limited"] == []
    assert [line["kind"] for line in _lines(state)].count("first-look") == 1


def _volumes(folder: Path, sim: Simulator) -> tuple[Path, Path]:
    """Write a config; return its folder and that of the state, which belong to the image's user."""
    config, state = folder / "config", folder / "state"
    (config / "secrets").mkdir(parents=True)
    state.mkdir()
    (config / "config.toml").write_text(CONFIG.format(url=sim.url))
    (config / "secrets" / "tracker-token").write_text(sim.token())
    for place in (folder, *folder.rglob("*")):
        os.chown(place, USER, USER)
    for place in folder.parents:
        place.chmod(place.stat().st_mode | 0o011)
    return config, state


def _once(podman: Podman, config: Path, state: Path, number: int) -> None:
    """Run a container until it is healthy, look at it, and stop it."""
    name = f"one{number}"
    podman.run(
        *("run", "--detach", f"--name={name}", "--read-only", "--network=host", *LIMITS),
        *(f"--volume={config}:/config:ro", f"--volume={state}:/state", "--cgroups=disabled"),
        "gazelled",
    )
    until = time.monotonic() + PATIENCE
    while podman.run("healthcheck", "run", name, code=None).returncode or not _lines(state):
        if time.monotonic() > until:
            pytest.fail(podman.run("logs", name).stderr)
        time.sleep(1)
    assert podman.run("exec", name, "id", "-u").stdout.strip() == str(USER)
    podman.run("exec", name, "touch", "/opt/gazelled/new", code=1)
    status = json.loads(podman.run("exec", name, "gazelled", "--json", "status").stdout)
    assert status["running"]
    assert "OK" in podman.run("exec", name, "gazelled", "health").stdout
    podman.run("stop", "--time=60", name)
    ended = podman.run("inspect", "--format={{.State.ExitCode}}", name)
    assert ended.stdout.strip() == "0", podman.run("logs", name).stderr


def _lines(state: Path) -> list[dict[str, Any]]:
    """Return the events that the target has written."""
    file = state / "targets" / "log" / "events.jsonl"
    return read_json_lines(file)
