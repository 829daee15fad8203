"""Reads files that people write: a pipe or a device in their place is an error, not a wait."""

from __future__ import annotations

import errno
import os
import stat
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


def is_regular(file: Path) -> bool:
    """Return whether there is a regular file; False as well where that can't be known."""
    try:
        return file.is_file()
    except (OSError, ValueError):  # before Python 3.12, of names that are too long
        return False
