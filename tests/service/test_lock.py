"""One process owns a state folder, and its successor knows how it ended."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gazelled.errors import StateError
from gazelled.service.lock import (
    LOCK,
    LockTaken,
    described,
    own,
    owner_pid,
    owner_socket,
    socket_for,
)

CHILD = """
import sys
from pathlib import Path
from gazelled.service.lock import own

with own(Path(sys.argv[1])) as owner:
    owner.mark(sys.argv[2] == "asking")
    print("mine", flush=True)
    sys.stdin.read()
"""


def child(folder: Path, doing: str) -> subprocess.Popen[str]:
    """Let a child own a folder."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", CHILD, str(folder), doing],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    return process


def test_a_second_owner_is_told_who_has_it(tmp_path: Path) -> None:
    """The second one gets a sentence with the first one's process, and the first goes on."""
    with child(tmp_path, "nothing") as first:
        taken = pytest.raises(LockTaken, match=f"process {first.pid} owns the state in {tmp_path}")
        with taken, own(tmp_path):
            pass
        assert first.poll() is None
        first.kill()


def test_who_owns_a_folder_is_known_while_it_does(tmp_path: Path) -> None:
    """What an owner wrote about itself outlives it, and the lock does not."""
    assert owner_pid(tmp_path) is None
    with child(tmp_path, "nothing") as owner:
        assert owner_pid(tmp_path) == owner.pid
        owner.kill()
    assert described(tmp_path)["pid"] == owner.pid
    assert owner_pid(tmp_path) is None


@pytest.mark.parametrize(("doing", "pauses"), [("nothing", 1), ("asking", 2)])
def test_a_killed_owner_leaves_the_lock_and_a_flag(tmp_path: Path, doing: str, pauses: int) -> None:
    """After a kill the folder is free at once; a request under way makes the pause longer."""
    with child(tmp_path, doing) as first:
        first.kill()
    assert first.returncode == -signal.SIGKILL
    with own(tmp_path) as owner:
        assert owner.first_after(6.0) == 6.0 * pauses
    # A successor that ended before it asked anything has changed nothing of that.
    with own(tmp_path) as owner:
        assert owner.first_after(6.0) == 6.0 * pauses
        owner.mark(True)  # noqa: FBT003 - the only thing it says
        owner.mark(False)  # noqa: FBT003 - likewise
    with own(tmp_path) as owner:
        assert owner.first_after(6.0) == 6.0


def test_it_says_where_it_listens(tmp_path: Path) -> None:
    """Who owns the folder stands in the lock, beside the flag, until the next owner writes."""
    with own(tmp_path) as owner:
        assert described(tmp_path) == {"pid": os.getpid()}
        owner.mark(True)  # noqa: FBT003 - the only thing it says
        owner.describe(Path("/run/gazelled/control.sock"))
        assert owner_socket(tmp_path) == Path("/run/gazelled/control.sock")
    with own(tmp_path) as owner:
        assert owner.predecessor_died_asking
        assert owner_socket(tmp_path) == tmp_path / "control.sock"


@pytest.mark.parametrize("text", ["", "0", "1", "0\n{", "0\n[]\n", "\0\0", "0\n{}"])
def test_a_lock_with_any_content_will_do(tmp_path: Path, text: str) -> None:
    """What stands in the file decides nothing but the flag."""
    (tmp_path / LOCK).write_text(text)
    assert described(tmp_path) == {}
    with own(tmp_path) as owner:
        assert owner.predecessor_died_asking == text.startswith("1")
    assert owner_socket(tmp_path) == tmp_path / "control.sock"


def test_the_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    """The folder and the lock are nobody else's business."""
    folder = tmp_path / "a" / "b"
    with own(folder):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / LOCK).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """A folder that can't be made is told with what to do."""
    (tmp_path / "file").write_text("")
    wrong = pytest.raises(StateError, match=r"can't be written: .* choose another with --state")
    with wrong, own(tmp_path / "file" / "state"):
        pass


def test_no_child_of_ours_keeps_the_lock(tmp_path: Path) -> None:
    """A program that a plugin starts doesn't inherit the lock."""
    with own(tmp_path):
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with own(tmp_path):
        pass
    other.kill()
    other.communicate()


def test_the_socket_stands_in_the_runtime_directory(tmp_path: Path) -> None:
    """Under systemd the socket is where that says, else in the state."""
    assert socket_for(tmp_path, {}) == tmp_path / "control.sock"
    environ = {"RUNTIME_DIRECTORY": "/run/gazelled:/run/other"}
    assert socket_for(tmp_path, environ) == Path("/run/gazelled/control.sock")


def test_the_lock_is_one_of_the_system(tmp_path: Path) -> None:
    """Whoever looks with other tools sees the same lock."""
    with own(tmp_path), (tmp_path / LOCK).open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
