"""
One owner: whoever holds the lock on a state folder may call the tracker, nobody else.

The lock file says whether a request of the owner's is under way, so that a successor of one
that was killed knows that it has to wait longer, and where its control socket is.
"""

from __future__ import annotations

import errno
import fcntl
import grp
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote

from gazelled.errors import StateError, StateUnavailable
from gazelled.service.file_owner import ROOT, FileOwner, acting_as, hand_over, owner_of

LOCK = "lock"
_DATABASE = "gazelled.db"
_FILES = (
    LOCK,
    _DATABASE,
    f"{_DATABASE}-wal",
    f"{_DATABASE}-shm",
    "running",
    "plugins.json",
    "backups",
)
"""What a command of root's may have left in a state of another user's."""

SOCKET = "control.sock"
STATES, RUNTIME = Path("/var/lib"), Path("/run")
"""Where services of the system have their state and, while they run, their sockets."""

_GROUP = 0o050
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


def state_user(folder: Path) -> FileOwner | None:
    """Return the user whose state a folder is: the one who has owned it first."""
    return owner_of(folder / LOCK, folder / _DATABASE, folder)


def closed_to_me(folder: Path) -> str:
    """Return why this user can't look into a state folder, and what to do; empty if they can."""
    try:
        (folder / LOCK).stat()
    except PermissionError:
        user = state_user(folder)
        if user is None:
            return (
                f"The state folder {folder} can't be reached: a folder above it is closed to you."
            )
        if user.uid == os.geteuid():
            advice = f"chmod 700 {quote(str(folder))}"
            return f"The state folder {folder} is closed to its own user. Open it: {advice}"
        return (
            f"The state folder {folder} belongs to {user.name} and is closed to you. Run this as "
            f"sudo -u {user.name} gazelled …, or choose another with --state."
        )
    except OSError:  # there is none yet
        return ""
    return ""


@contextmanager
def as_state_user(folder: Path) -> Iterator[None]:
    """
    Let root act as the user of a state while it changes something there.

    Raises:
        StateError: If that isn't possible here.

    """
    user = state_user(folder)
    if user is not None and os.geteuid() == ROOT != user.uid:
        hand_over(folder, _FILES, user)
        backups = folder / "backups"
        hand_over(backups, [file.name for file in backups.glob("*")], user)
    try:
        with acting_as(user):
            yield
    except PermissionError as error:
        name = user.name if user else ""
        raise StateError(
            f"The state in {folder} belongs to {name}, and root can't act as that user here. Run "
            f"this as sudo -u {name} gazelled …, or through the running daemon."
        ) from error


@contextmanager
def own(folder: Path) -> Iterator[Owner]:
    """
    Own a state folder for a while; root does so as the user whose state it is.

    Raises:
        LockTaken: If another process owns it.
        StateError: If it can't be owned.

    """
    with as_state_user(folder), _owned(folder) as owner:
        yield owner


@contextmanager
def _owned(folder: Path) -> Iterator[Owner]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
            os.close(lock)
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        why = "it isn't a folder" if isinstance(error, FileExistsError) else error.strerror
        user = state_user(folder)
        if isinstance(error, PermissionError) and user and user.uid != os.geteuid():
            raise StateUnavailable(
                f"The state folder {folder} can't be written: it belongs to {user.name}. Run this "
                f"as sudo -u {user.name} gazelled …, or choose another with --state."
            ) from error
        rights = f" (chmod 700 {quote(str(folder))})" if user and folder.is_dir() else ""
        raise StateUnavailable(
            f"The state folder {folder} can't be written: {why}. Change its rights{rights}, or "
            "choose another with --state."
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
        with suppress(OSError):  # of a full disk: who owns it is a detail
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
    if isinstance(socket, str):
        return Path(socket)
    # A group may have the socket of the system's service and not see its state.
    runtime = RUNTIME / folder.name
    # It may be a link into a folder where only root may go, so it isn't followed.
    runs = folder.parent == STATES and os.path.lexists(runtime)
    return (runtime if runs else folder) / SOCKET


def how_to_ask(folder: Path) -> str:
    """Return what a person does who may not use the socket of the system's service."""
    group = ""
    with suppress(OSError, KeyError):  # it has just ended, or the group is nobody's
        runtime = (RUNTIME / folder.name).stat()
        if runtime.st_gid and runtime.st_mode & _GROUP == _GROUP:
            group = grp.getgrgid(runtime.st_gid).gr_name
    if group:
        return f"use sudo, or join its group: sudo usermod -aG {group} $USER, then log in again"
    return "use sudo, or let a group use it: sudo gazelled service install --control-group"


def socket_for(folder: Path, environ: Mapping[str, str]) -> Path:
    """Return where an owner puts its control socket."""
    runtime = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return (Path(runtime) if runtime else folder) / SOCKET
