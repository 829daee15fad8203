"""How an error crosses the control socket."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gazelled import errors
from gazelled.service.control.protocol import Failure, HolderInfo
from gazelled.tracker.login.account_lock import Holder, Peer
from gazelled.tracker.login.ownership import AccountTaken

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
