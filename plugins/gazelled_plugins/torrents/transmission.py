"""Transmission, over its JSON-RPC; 2.80 and newer."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gazelled.plugin import GiveUp, RetryLater, TorrentFile
from gazelled_plugins.torrents.client import explained, refused, trusted, unexpected
from gazelled_plugins.torrents.options import Options

if TYPE_CHECKING:
    import transmission_rpc

_SHORT = 40
_LABELS_AT_ONCE = 17
"""The version of its RPC that takes labels with a new torrent."""
_INVALID = ("invalid or corrupt torrent file", "unrecognized info")


class Transmission:
    """A Transmission; every request holds the password, and one header its session."""

    idle = math.inf

    def __init__(self, options: Options, timeout: float) -> None:
        self.where = f"Transmission at {urlsplit(options.url).netloc}"
        self._options = options
        self._timeout = timeout / 2
        self._client: transmission_rpc.Client | None = None

    def check(self) -> None:
        """Ask for its settings."""
        self._rpc().get_session()

    def version(self) -> str:
        """Return its version."""
        return self._rpc().get_session().version

    def has(self, file: TorrentFile) -> bool:
        """Return whether it has the torrent."""
        names: list[int | str] = [name[:_SHORT] for name in file.infohashes]
        return bool(self._rpc().get_torrents(names, arguments=["hashString"]))

    def add(self, file: TorrentFile) -> None:
        """Add a torrent; raise GiveUp if the file is invalid there."""
        import transmission_rpc  # noqa: PLC0415 - only those who use it have it

        options, rpc = self._options, self._rpc()
        labels = [*filter(None, [options.category]), *options.tags] or None
        at_once = rpc.get_session().rpc_version >= _LABELS_AT_ONCE
        try:
            added = rpc.add_torrent(
                file.content,
                download_dir=options.path or None,
                paused=options.paused,
                labels=labels if at_once else None,
            )
        except transmission_rpc.TransmissionError as error:
            if not any(text in error.message for text in _INVALID):
                raise
            raise GiveUp(
                f"{self.where} says that the file of torrent {file.id} is invalid."
            ) from None
        if labels and not at_once:
            rpc.change_torrent(added.id, labels=labels)

    def free(self) -> int | None:
        """Return what is free where the data goes."""
        import transmission_rpc  # noqa: PLC0415 - see above

        rpc = self._rpc()
        try:
            free = rpc.free_space(self._options.path or rpc.get_session().download_dir)
        except transmission_rpc.TransmissionError as error:
            if error.response is None:
                raise
            return None  # the folder isn't there
        return None if free is None or free < 0 else free

    def unfinished(self) -> int:
        """Return what its torrents still need."""
        torrents = self._rpc().get_torrents(arguments=["leftUntilDone"])
        return sum(torrent.left_until_done for torrent in torrents)

    def close(self) -> None:
        """Forget the session; its connections close themselves."""
        self._client = None

    def explain(self, error: Exception) -> RetryLater | GiveUp:
        """Return what an error means."""
        import transmission_rpc  # noqa: PLC0415 - see above

        match error:
            case transmission_rpc.TransmissionAuthError():
                return refused(self.where)
            case transmission_rpc.TransmissionConnectError():
                return explained(error, self.where)
            case transmission_rpc.TransmissionError() if error.response is None:
                return unexpected(self.where, "the address of its RPC")
            case transmission_rpc.TransmissionError():
                return RetryLater(f"{self.where} refused a request; its log says why.")
        return explained(error, self.where)

    def _rpc(self) -> transmission_rpc.Client:
        """Return the client; opening it sends the first request."""
        if self._client is None:
            address = urlsplit(self._options.url)
            password = self._options.password
            # It logs what it sends, the password and the passkey too.
            quiet = logging.getLogger("gazelled.transmission")
            quiet.disabled = True
            self._client = _client_type()(
                protocol="https" if address.scheme == "https" else "http",
                host=address.hostname or "",
                port=address.port or (443 if address.scheme == "https" else 9091),
                path=address.path or "/transmission/rpc",
                username=self._options.user or None,
                password=password.get_secret_value() if password else None,
                timeout=self._timeout,
                logger=quiet,
            )
        return self._client


def _client_type() -> type[transmission_rpc.Client]:
    """Return the library's client, which follows no redirect and trusts what gazelled trusts."""
    import transmission_rpc  # noqa: PLC0415 - see above

    class Careful(transmission_rpc.Client):
        def get_session(self, timeout: Any = None) -> transmission_rpc.Session:  # noqa: ANN401 - as there
            # The first that the library calls. What is added holds the passkey.
            self._http_session.max_redirects = 0
            self._http_session.verify = trusted()
            return super().get_session(timeout)

    return Careful
