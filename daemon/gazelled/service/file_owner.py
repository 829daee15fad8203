"""The user whose files a process of root's handles: what it makes there belongs to that user."""

from __future__ import annotations

import ctypes
import os
import pwd
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = 0
_CAPABILITIES_VERSION = 0x20080522
_DAC_READ_SEARCH = 1 << 2
"""The capability to read every file, and to pass every folder."""


@dataclass(frozen=True, slots=True)
class FileOwner:
    """A user by number, with the group of its files."""

    uid: int
    gid: int

    @property
    def name(self) -> str:
        """The name of the user, or the number if there is none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)


def owner_of(*paths: Path) -> FileOwner | None:
    """Return the owner of the first path that is there; None if none is."""
    for path in paths:
        with suppress(OSError):
            status = path.lstat()
            return FileOwner(status.st_uid, status.st_gid)
    return None


@contextmanager
def acting_as(user: FileOwner | None) -> Iterator[None]:
    """
    Let root act as another user for a while, and read what root can read.

    Threads that begin meanwhile do so, too. Everybody but root goes on as themselves.

    Raises:
        OSError: If that isn't possible here.

    """
    if user is None or os.geteuid() != ROOT or user.uid == ROOT:
        yield
        return
    group, groups = os.getegid(), os.getgroups()
    try:
        os.setgroups(_groups(user))
        os.setegid(user.gid)
        os.seteuid(user.uid)
        _keep_reading()
        yield
    finally:
        os.seteuid(ROOT)
        os.setegid(group)
        os.setgroups(groups)


@contextmanager
def acting_as_oneself() -> Iterator[None]:
    """Let root act as itself again for a while: what a person asked for is theirs."""
    if os.getuid() != ROOT or os.geteuid() == ROOT:
        yield
        return
    user = FileOwner(os.geteuid(), os.getegid())
    os.seteuid(ROOT)
    os.setegid(os.getgid())
    try:
        yield
    finally:
        os.setegid(user.gid)
        os.seteuid(user.uid)
        _keep_reading()


def hand_over(folder: Path, names: Sequence[str], user: FileOwner) -> None:
    """Change the owner of files of root's in a folder; links aren't followed."""
    with suppress(OSError):
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            for name in names:
                _hand_over(place, name, user)
        finally:
            os.close(place)


def _hand_over(place: int, name: str, user: FileOwner) -> None:
    with suppress(OSError):
        status = os.stat(name, dir_fd=place, follow_symlinks=False)
        # A second name of a file may be elsewhere, where nothing is to be given away.
        whole = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
        if status.st_uid == ROOT and (whole or stat.S_ISDIR(status.st_mode)):
            os.chown(name, user.uid, user.gid, dir_fd=place, follow_symlinks=False)


def _groups(user: FileOwner) -> Sequence[int]:
    try:
        return os.getgrouplist(pwd.getpwuid(user.uid).pw_name, user.gid)
    except KeyError:
        return [user.gid]


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32 * 1),
        ("permitted", ctypes.c_uint32 * 1),
        ("inheritable", ctypes.c_uint32 * 1),
        ("more", ctypes.c_uint32 * 3),
    )


def _keep_reading() -> None:
    """Keep root's right to read: a secret, or the folder of a service, may be root's alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "capset"):  # not Linux
        return
    header, sets = _Header(_CAPABILITIES_VERSION, 0), _Sets()
    if libc.capget(ctypes.byref(header), ctypes.byref(sets)) == 0:
        sets.effective[0] |= _DAC_READ_SEARCH & sets.permitted[0]
        libc.capset(ctypes.byref(header), ctypes.byref(sets))
