"""What both ends of the control socket need: where it is, and who listens."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gazelled.tracker.login.account_lock import Peer, peer_of

VERSION_HEADER = "Gazelled-Version"
"""Whose value is the version of the sender, on requests and replies."""

LARGEST = 2**20
"""Bytes that a request may have."""

LONGEST_PATH = 100
_PATIENCE = 2.0


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """Yield a path short enough for a socket's address, whatever the folder is called."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def bind_unix(path: Path, mode: int) -> socket.socket:
    """
    Return a socket that is bound to a path, with its mode from its first moment.

    Raises:
        OSError: If it can't be made there, or something is there already.

    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with reachable(path) as short:
            before = os.umask(0o777 & ~mode)
            try:
                listener.bind(short)
            finally:
                os.umask(before)
    except OSError:
        listener.close()
        raise
    return listener


def remove_dead(path: Path) -> None:
    """
    Remove a socket at which nobody listens.

    Raises:
        OSError: If somebody does, or it is no socket.

    """
    if not path.is_socket():
        return
    with (
        reachable(path) as short,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client,
    ):
        client.settimeout(_PATIENCE)
        try:
            client.connect(short)
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
        else:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def is_at(path: Path, peer: Peer) -> bool:
    """Return whether a socket can be opened, and it is this process that listens there."""
    try:
        with (
            reachable(path) as short,
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client,
        ):
            client.settimeout(_PATIENCE)
            client.connect(short)
            return peer_of(client) == peer
    except OSError:
        return False
