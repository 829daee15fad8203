"""Deluge 1.3 and 2, over the protocol of its daemon; its certificate can't be verified."""

from __future__ import annotations

import base64
import contextlib
import logging
import re
import weakref
from typing import Any
from urllib.parse import urlsplit

from gazelled.plugin import GiveUp, RetryLater, TargetFault, TorrentFile
from gazelled_plugins.torrents.client import explained, refused, unexpected
from gazelled_plugins.torrents.options import Options

_PORT = 58846
_SHORT = 40
_KNOWN = "already in session"
_BAD_LOG_IN = {"BadLoginError", "AuthenticationRequired", "NotAuthorizedError"}
_LABEL = re.compile(r"[^a-z0-9_-]+")


class Deluge:
    """A Deluge daemon; the connection is the log-in."""

    idle = 240.0
    """A router in between forgets connections that nobody uses."""

    def __init__(self, options: Options, timeout: float) -> None:
        address = urlsplit(options.url)
        self.where = f"Deluge at {address.netloc}"
        self._options = options
        self._host, self._port = address.hostname or "", address.port or _PORT
        self._timeout = timeout / 2
        self._client: Any = None

    def check(self) -> None:
        """Connect and log in."""
        self._call("daemon.info")

    def version(self) -> str:
        """Return the daemon's version."""
        return str(self._call("daemon.info"))

    def has(self, file: TorrentFile) -> bool:
        """Return whether it has the torrent."""
        known = self._call("core.get_session_state")
        return not {name[:_SHORT] for name in file.infohashes}.isdisjoint(known)

    def add(self, file: TorrentFile) -> None:
        """Add a torrent, then its label."""
        options = self._options
        label = self._label()
        wishes: dict[str, object] = {}
        if options.path:
            wishes["download_location"] = options.path
        if options.paused is not None:
            wishes["add_paused"] = options.paused
        content = base64.b64encode(file.content).decode()
        try:
            number = self._call("core.add_torrent_file", f"{file.id:d}.torrent", content, wishes)
        except Exception as error:
            if _KNOWN in str(error):
                return
            if "AddTorrentError" in type(error).__name__:
                raise GiveUp(
                    f"{self.where} says that the file of torrent {file.id} is invalid."
                ) from None
            raise
        if label and number:
            self._call("label.set_torrent", number, label)

    def free(self) -> int | None:
        """Return what is free where the data goes."""
        import deluge_client.client as library  # noqa: PLC0415 - see above

        where = [self._options.path] if self._options.path else []
        try:
            free = self._call("core.get_free_space", *where)
        except library.RemoteException:  # the folder isn't there
            return None
        return free if isinstance(free, int) and free >= 0 else None

    def unfinished(self) -> int:
        """Return what its torrents still need."""
        wanted, done = keys = ["total_wanted", "total_done"]
        torrents = self._call("core.get_torrents_status", {}, keys).values()
        return sum(max(torrent[wanted] - torrent[done], 0) for torrent in torrents)

    def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            _disconnect(client)

    def explain(self, error: Exception) -> RetryLater | GiveUp:
        """Return what an error means."""
        import deluge_client.client as library  # noqa: PLC0415 - only its users have it

        names = {kind.__name__ for kind in type(error).__mro__}
        if names & _BAD_LOG_IN:
            return refused(self.where)
        match error:
            case library.RemoteException():
                return RetryLater(f"{self.where} refused a request; its log says why.")
            case library.InvalidHeaderException():
                return unexpected(self.where, "the port of the daemon, not of its Web UI")
            case library.CallTimeoutException():
                return RetryLater(f"{self.where} did not answer in time.")
            case library.ConnectionLostException() | library.FailedToReconnectException():
                return RetryLater(f"{self.where} closed the connection.")
        return explained(error, self.where)

    def _label(self) -> str:
        """Return the label to set, which the daemon then has; its names are narrow."""
        label = _LABEL.sub("-", self._options.category.lower())
        if not label:
            return ""
        if "Label" not in self._call("core.get_enabled_plugins"):
            raise TargetFault(
                f"{self.where} has no labels: enable its plugin Label, or remove category."
            )
        if label not in self._call("label.get_labels"):
            self._call("label.add", label)
        return label

    def _call(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - as each method has it
        import deluge_client.client as library  # noqa: PLC0415 - see above

        reused = self._client is not None
        try:
            return self._rpc().call(method, *arguments)
        except (OSError, library.ConnectionLostException) as error:
            if not reused or isinstance(error, TimeoutError):
                raise
        self.close()  # the daemon was restarted since
        return self._rpc().call(method, *arguments)

    def _rpc(self) -> Any:  # noqa: ANN401 - the library has no types
        """Return the client, connected."""
        from deluge_client import DelugeRPCClient  # noqa: PLC0415 - see above

        if self._client is None:
            logging.getLogger("deluge_client").setLevel(logging.WARNING)  # it logs what it sends
            password = self._options.password
            client = DelugeRPCClient(
                self._host,
                self._port,
                self._options.user,
                password.get_secret_value() if password else "",
                decode_utf8=True,
                automatic_reconnect=False,
                timeout=self._timeout,
            )
            weakref.finalize(self, _disconnect, client)
            try:
                client.connect()
            except BaseException:
                _disconnect(client)
                raise
            self._client = client
        return self._client


def _disconnect(client: Any) -> None:  # noqa: ANN401 - likewise
    """Close a connection in whatever state it is: `disconnect` closes only one with a log-in."""
    with contextlib.suppress(OSError, AttributeError):
        client._socket.close()  # noqa: SLF001 - it has no other way
