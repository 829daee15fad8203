"""
rTorrent, by XML-RPC over its SCGI socket.

The libraries for that are part of applications, or are not maintained; the standard library has all
of it but the transport.
"""

from __future__ import annotations

import http.client
import math
import socket
import time
import xmlrpc.client
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from gazelled.plugin import GiveUp, RetryLater, TargetFault, TorrentFile
from gazelled_plugins.torrents.client import explained, unexpected
from gazelled_plugins.torrents.options import Options

_SHA1 = 40
_LARGEST_REPLY = 64 * 2**20
_LOAD_TIME = 10.0
"""Seconds until a torrent that was handed over is listed: it is loaded after the reply."""
_PAUSE = 0.05
_OVERHEAD = 2**16
_LARGEST_REQUEST = 2 * 2**20
"""What its socket accepts, whatever it is told; it closes the connection then."""
_BASE64 = 1.36
"""The bytes of a request for each byte of its content."""


class RTorrent:
    """An rTorrent; each request is a connection of its own, and there is no log-in."""

    idle = math.inf

    def __init__(self, options: Options, timeout: float) -> None:
        address = urlsplit(options.url)
        self.where = f"rTorrent at {address.netloc or unquote(address.path)}"
        self._options = options
        self._timeout = timeout / 2
        self._rpc = scgi_proxy(options.url, self._timeout)

    def check(self) -> None:
        """Ask for its version."""
        self._call("system.client_version")

    def version(self) -> str:
        """Return its version."""
        return str(self._call("system.client_version"))

    def has(self, file: TorrentFile) -> bool:
        """Return whether it has the torrent."""
        known = self._call("download_list", "")
        return isinstance(known, list) and self._name(file) in known

    def add(self, file: TorrentFile) -> None:
        """Add a torrent, with all that is wished at once, and wait until it is listed."""
        if len(self._name(file)) != _SHA1:
            raise GiveUp(f"{self.where} has no torrents of version 2; torrent {file.id} is one.")
        self._allow(int(len(file.content) * _BASE64) + _OVERHEAD)
        load = "load.raw" if self._options.paused else "load.raw_start"
        try:
            self._call(load, "", xmlrpc.client.Binary(file.content), *_commands(self._options))
        except ConnectionError:
            if len(file.content) * _BASE64 < _LARGEST_REQUEST:
                raise
            raise GiveUp(
                f"{self.where} accepts no requests of more than 2 MiB, and the file of torrent "
                f"{file.id} needs that. Add it by hand: gazelled download {file.id}"
            ) from None
        limit = time.monotonic() + min(_LOAD_TIME, self._timeout)
        while not self.has(file):
            if time.monotonic() > limit:
                raise GiveUp(f"{self.where} did not load the file of torrent {file.id}.")
            time.sleep(_PAUSE)

    def free(self) -> int | None:
        """Return what is free where its torrents are; it knows the disks of open ones alone."""
        rows = self._call("d.multicall2", "", "main", "d.is_open=", "d.free_diskspace=")
        return min((free for is_open, free in rows if is_open), default=None)

    def unfinished(self) -> int:
        """Return what its torrents still need."""
        return sum(row[0] for row in self._call("d.multicall2", "", "main", "d.left_bytes="))

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def explain(self, error: Exception) -> RetryLater | GiveUp:
        """Return what an error means."""
        match error:
            case xmlrpc.client.Fault():
                return RetryLater(f"{self.where} refused a request (fault {error.faultCode}).")
            case xmlrpc.client.ProtocolError() if error.errcode:
                return TargetFault(f"{self.where} returned {error.errcode}.")
            case (
                xmlrpc.client.Error()
                | http.client.HTTPException()
                | ValueError()
                | SyntaxError()
                | LookupError()
            ):
                return unexpected(self.where, "its SCGI socket")
        return explained(error, self.where)

    def _name(self, file: TorrentFile) -> str:
        """Return what it names a torrent by: the infohash of version 1, also of a hybrid one."""
        return min(file.infohashes, key=len).upper()

    def _allow(self, size: int) -> None:
        """Let it accept a request of this size; it refuses more than 512 KiB unless told so."""
        limit = self._call("network.xmlrpc.size_limit")
        if isinstance(limit, int) and limit < size:
            self._call("network.xmlrpc.size_limit.set", "", size)

    def _call(self, method: str, *arguments: Any) -> Any:  # noqa: ANN401 - as each method has it
        return getattr(self._rpc, method)(*arguments)


def _commands(options: Options) -> Iterable[str]:
    """Return the commands for a new torrent; labels as ruTorrent keeps them, tags as pyrocore."""
    if options.path:
        yield f"d.directory.set={_quoted(options.path)}"
    if options.category:
        yield f"d.custom1.set={_quoted(quote(options.category, safe=''))}"
    if options.tags:
        yield f"d.custom.set=tags,{_quoted(' '.join(options.tags))}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def scgi_proxy(url: str, timeout: float) -> xmlrpc.client.ServerProxy:
    """
    Return a proxy for XML-RPC over SCGI.

    Args:
        url: `scgi://HOST:PORT`, or `scgi:///PATH` of a Unix socket.
        timeout: The seconds that each call may take.

    """
    return xmlrpc.client.ServerProxy("http://scgi/RPC2", transport=_ScgiTransport(url, timeout))


class _ScgiTransport(xmlrpc.client.Transport):
    """
    Sends each call of XML-RPC over a connection of its own, as SCGI demands.

    Args:
        url: The address of the socket.
        timeout: The seconds for the whole exchange.

    """

    def __init__(self, url: str, timeout: float) -> None:
        super().__init__()
        self._address = urlsplit(url)
        self._limit = timeout

    def request(self, host: Any, handler: str, request_body: Any, verbose: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - as it is declared there
        """Send one call and return what was answered."""
        del host, handler, verbose
        deadline = time.monotonic() + self._limit
        with self._connect() as connection:
            headers = f"CONTENT_LENGTH\0{len(request_body)}\0SCGI\x001\0".encode()
            connection.sendall(b"%d:%s," % (len(headers), headers) + request_body)
            reply = bytearray()
            while chunk := self._receive(connection, deadline):
                reply += chunk
                if len(reply) > _LARGEST_REPLY:
                    raise ValueError("the answer is too large")
        _, _, body = bytes(reply).partition(b"\r\n\r\n")
        if not body:
            raise http.client.IncompleteRead(bytes(reply))
        parser, unmarshaller = self.getparser()
        parser.feed(body)
        parser.close()
        return unmarshaller.close()

    def _connect(self) -> socket.socket:
        if self._address.hostname:
            pair = (self._address.hostname, self._address.port)
            return socket.create_connection(pair, timeout=self._limit)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self._limit)
            connection.connect(unquote(self._address.path))
        except OSError:
            connection.close()
            raise
        return connection

    @staticmethod
    def _receive(connection: socket.socket, deadline: float) -> bytes:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        return connection.recv(2**16)
