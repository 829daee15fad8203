"""
Reads regular files, and writes them whole.

A pipe or a device in the place of a file that people write is an error, not a wait.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

_KIB = 1024


def read_regular(file: Path, limit: int) -> bytes:
    """
    Return the content of a regular file.

    Args:
        file: The file; a symbolic link to one is followed.
        limit: The most bytes that it may have.

    Raises:
        OSError: If it can't be read, is no regular file or is too large; `strerror` says which.

    """
    opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(opened, "rb") as content:
        mode = os.fstat(opened).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder", str(file))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(file))
        data = content.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit // _KIB:,} KiB", str(file))
    return data


def read_named(file: Path, limit: int) -> bytes:
    """
    Return the content of a file that was named on a command line, which may be a pipe.

    Args:
        file: The file.
        limit: The most bytes that it may have.

    Raises:
        OSError: If it can't be read or is too large, such as a device without an end.

    """
    with file.open("rb") as content:
        data = content.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit // _KIB:,} KiB", str(file))
    return data


def expanded(path: Path) -> Path:
    """Return a path with the home folder that ~ stands for; as it is where there is none."""
    try:
        return path.expanduser()
    except RuntimeError:  # there is no such user
        return path


def is_regular(file: Path) -> bool:
    """Return whether there is a regular file; False as well where that can't be known."""
    try:
        return file.is_file()
    except (OSError, ValueError):  # before Python 3.12, of names that are too long
        return False


def check_replaceable(file: Path) -> None:
    """
    Check that nothing but a file is lost if a file takes this name.

    Raises:
        OSError: If a folder, a device or a pipe has it, such as `/dev/null`.

    """
    try:
        mode = file.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(file))
    if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(file))


def write_whole(
    file: Path, content: bytes, *, mode: int = 0o600, before: Callable[[Path], None] | None = None
) -> None:
    """
    Write a file in one step, so that nobody sees half of it.

    Args:
        file: The file; what is there is replaced.
        content: Its content.
        mode: Its rights, less what the umask takes.
        before: Called with the fresh file before it takes its place.

    Raises:
        OSError: If it can't be written, or what is there is no regular file.

    """
    check_replaceable(file)
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(opened, "wb") as writer:
            writer.write(content)
            writer.flush()
            if before:
                before(fresh)
            os.fsync(writer.fileno())
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


def write_private(file: Path, content: bytes) -> None:
    """Write a file whole and for its user only; its folder is made, for its user only."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(file, content)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
