"""Files and folders are their user's alone, whatever the umask."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Person


def modes(folder: Path) -> set[str]:
    """Return the modes of all that is in a folder, each with its type."""
    return {stat.filemode(each.lstat().st_mode) for each in (folder, *folder.rglob("*"))}


@pytest.mark.parametrize("umask", [0o000, 0o027, 0o777])
async def test_what_a_daemon_writes_is_its_users_alone(settled: Person, umask: int) -> None:
    """With no umask nobody else may read it, and with one of 777 the daemon still can."""
    daemon = await settled.daemon(umask=umask)
    await settled.until((settled.state / "public" / "feed.atom").exists)
    await settled.until(lambda: settled.titles() == ["Watching yeast"])
    assert modes(settled.state) == {"drwx------", "-rw-------", "srw-------"}
    daemon.terminate()
    assert await settled.ended(daemon) == 0
