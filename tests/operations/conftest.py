"""What tests of the operation need: daemons from elsewhere, and a small disk."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import person, preloaded, settled, sim, unused_tcp_port
from tests.service.conftest import clock, house, port

__all__ = [
    "clock",
    "house",
    "person",
    "port",
    "preloaded",
    "settled",
    "sim",
    "unused_tcp_port",
]

CHUNK = 64 * 1024


class SmallDisk:
    """A file system in memory of a few megabytes, which can be filled up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Write until nothing fits any more."""
        handle = os.open(self._filler, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            for size in (CHUNK, 512, 1):
                self._fill_by(handle, bytes(size))
        finally:
            os.close(handle)

    def free(self) -> None:
        """Make room again."""
        self._filler.unlink(missing_ok=True)

    def _fill_by(self, handle: int, chunk: bytes) -> None:
        try:
            while os.write(handle, chunk):
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC  # noqa: PT017 - any other error is the test's


def mounted(folder: Path, size: str = "12m") -> Iterator[SmallDisk]:
    """Mount a small disk at a folder, which only root can; else the test is skipped."""
    folder.mkdir(mode=0o700, parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607 - likewise


@pytest.fixture
def house_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Let the state of the house be on a small disk."""
    yield from mounted(tmp_path / "state")


@pytest.fixture
def person_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Let the state of the person be on a small disk."""
    yield from mounted(tmp_path / "state" / "gazelled")
