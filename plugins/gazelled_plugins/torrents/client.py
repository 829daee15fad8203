"""What the plugin asks of a torrent client; each client answers in its own module."""

from __future__ import annotations

import ssl
from typing import Protocol

from gazelled.plugin import GiveUp, RetryLater, TargetFault, TorrentFile
from gazelled_plugins.outcomes import from_error

WAIT_FOR_FIX = 3600.0
"""Seconds between two attempts with a refused password: clients ban those who try too often."""


class Client(Protocol):
    """
    A torrent client, with the log-in that it was opened with.

    Its methods block, and raise what their library raises: `explain` makes an outcome of that.
    Nothing is sent before the first method is called.

    Attributes:
        where: The client and its address, for people.
        idle: Seconds without a call after which the connection is opened anew.

    """

    where: str
    idle: float

    def check(self) -> None:
        """Log in, or show in another way that torrents would be accepted."""

    def version(self) -> str:
        """Return its version; empty where there is none."""

    def has(self, file: TorrentFile) -> bool:
        """Return whether the client has a torrent, by any of its infohashes."""

    def add(self, file: TorrentFile) -> None:
        """Add a torrent; one that the client has already is no error."""

    def free(self) -> int | None:
        """Return the bytes that are free on the disk of the data; None where that is unknown."""

    def unfinished(self) -> int:
        """Return the bytes that the client's torrents still need there."""

    def close(self) -> None:
        """Close the connection; never raise."""

    def explain(self, error: Exception) -> RetryLater | GiveUp:
        """Return what an error of the library means, in a sentence without secrets."""


def trusted() -> str | bool:
    """Return what `requests` is to verify certificates with: the system's, as gazelled does."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True


def refused(where: str) -> TargetFault:
    """Return the fault of a wrong username or password."""
    return TargetFault(
        f"{where} refuses the username or the password. Correct it, then: gazelled reload. The "
        "torrents wait.",
        after=WAIT_FOR_FIX,
    )


def unexpected(where: str, what: str) -> TargetFault:
    """Return the fault of an address where something else answers; `what` it should be."""
    return TargetFault(f"{where} sent an unexpected answer: is it {what}?")


def explained(error: Exception, where: str) -> RetryLater | GiveUp:
    """Return what an error of the network means; what a client refuses is never final for it."""
    outcome = from_error(error, where)
    # A torrent is final only where its client says so; a gateway in between doesn't know that.
    return TargetFault(str(outcome)) if isinstance(outcome, GiveUp) else outcome
