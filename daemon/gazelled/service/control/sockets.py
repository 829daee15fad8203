"""What both ends of the control socket need: where it is, who listens, how an error crosses it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gazelled import errors
from gazelled.service.control.protocol import Failure, HolderInfo
from gazelled.tracker.login.account_lock import Holder, Peer, peer_of
from gazelled.tracker.login.ownership import AccountTaken

VERSION_HEADER = "Gazelled-Version"
"""Whose value is the version of the sender, on requests and replies."""

LONGEST_PATH = 100
_PATIENCE = 2.0
_ERRORS: Mapping[str, type[errors.GazelledError]] = {
    kind.__name__: kind
    for kind in (
        errors.ConfigError,
        errors.StateError,
        errors.TrackerUnavailable,
        errors.ActionRequired,
        errors.RequestRefused,
        errors.BadAnswer,
    )
}


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


def failure_of(error: errors.GazelledError, text: str) -> Failure:
    """Return an error as a message, with who has the account, so that a command can ask them."""
    kind = next((name for name, type_ in _ERRORS.items() if isinstance(error, type_)), "")
    if not isinstance(error, AccountTaken):
        return Failure(kind, text)
    holder = error.holder
    return Failure(
        kind,
        text,
        HolderInfo(
            pid=holder.peer.pid,
            uid=holder.peer.uid,
            is_gazelled=holder.is_gazelled,
            is_same=holder.is_same,
            socket=str(holder.socket or ""),
        ),
    )


def error_of(failure: Failure) -> errors.GazelledError:
    """Return the exception that a message is about."""
    if (info := failure.holder) is None:
        return _ERRORS.get(failure.error, errors.GazelledError)(failure.text)
    path = Path(info.socket) if info.socket else None
    holder = Holder(Peer(info.pid, info.uid), info.is_gazelled, info.is_same, path)
    return AccountTaken(failure.text, holder)
