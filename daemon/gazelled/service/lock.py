"""
One owner: whoever holds the lock on a state folder may call the tracker, nobody else.

The lock file says whether a request of the owner's is under way, so that a successor of one
that was killed knows that it has to wait longer, and where its control socket is.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gazelled.errors import StateError

LOCK = "lock"
SOCKET = "control.sock"
_QUIET, _UNDER_WAY = b"0", b"1"


class LockTaken(StateError):  # noqa: N818 - it says how the folder is
    """Another process owns the state folder."""

    def __init__(self, folder: Path, pid: object) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{who} owns the state in {folder}: a second daemon can't run on it. "
            "See gazelled status; stop that one first, or give this one its own --state."
        )


class Owner:
    """The right to call the tracker for a state folder."""

    def __init__(self, lock: int) -> None:
        self._lock = lock
        self.predecessor_died_asking = os.pread(lock, 1, 0) == _UNDER_WAY

    def mark(self, under_way: bool) -> None:  # noqa: FBT001 - the only thing it says
        """Note whether a request is under way; it outlives a kill."""
        os.pwrite(self._lock, _UNDER_WAY if under_way else _QUIET, 0)

    def first_after(self, per: float) -> float:
        """Return the seconds before the first request: what the predecessor sent isn't known."""
        return 2 * per if self.predecessor_died_asking else per

    def describe(self, socket: Path | None = None) -> None:
        """Write who owns the folder and, once it is there, where the control socket is."""
        about = {"pid": os.getpid()} | ({"socket": str(socket)} if socket else {})
        text = json.dumps(about)
        os.ftruncate(self._lock, 1)
        os.pwrite(self._lock, f"\n{text}\n".encode(), 1)


@contextmanager
def own(folder: Path) -> Iterator[Owner]:
    """Own a state folder for a while; raise LockTaken if another process owns it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        why = "it isn't a folder" if isinstance(error, FileExistsError) else error.strerror
        raise StateError(
            f"The state folder {folder} can't be written: {why}. Change its rights, or choose "
            "another with --state."
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockTaken(folder, described(folder).get("pid")) from None
        except OSError as error:
            raise StateError(
                f"The state folder {folder} can't be locked: {error.strerror}. Choose one on a "
                "local disk with --state."
            ) from error
        owner = Owner(lock)
        owner.describe()
        yield owner
    finally:
        os.close(lock)


def described(folder: Path) -> Mapping[str, object]:
    """Return what the owner of a folder wrote about itself; nothing if that can't be read."""
    try:
        _, _, text = (folder / LOCK).read_text().partition("\n")
        about = json.loads(text or "{}")
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}


def owner_pid(folder: Path) -> int | None:
    """Return the process that owns a folder now; None if there is none, or it can't be known."""
    try:
        lock = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        pid = described(folder).get("pid")
        return pid if isinstance(pid, int) else None
    finally:
        os.close(lock)
    return None


def owner_socket(folder: Path) -> Path:
    """Return where the control socket of a folder's owner is, or would be."""
    socket = described(folder).get("socket")
    return Path(socket) if isinstance(socket, str) else folder / SOCKET


def socket_for(folder: Path, environ: Mapping[str, str]) -> Path:
    """Return where an owner puts its control socket."""
    runtime = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return (Path(runtime) if runtime else folder) / SOCKET
