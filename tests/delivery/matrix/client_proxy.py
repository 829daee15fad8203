"""Passes connections on to a torrent client, and has the trouble when a torrent is added."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

_PIECE = 65_536


class TroubleOfRequest(Protocol):
    """Returns the trouble of a connection at its begin, or of a request that adds a torrent."""

    def __call__(self, *, is_adding: bool) -> str:
        """Return it; empty for none."""


class ClientProxy(socketserver.ThreadingTCPServer):
    """
    A proxy.

    Args:
        connect: Connects to the client.
        adds: What a request holds that adds a torrent.
        trouble: Returns the trouble of what comes.
        late: Seconds after which a late answer comes.

    """

    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        connect: Callable[[], socket.socket],
        adds: bytes,
        trouble: TroubleOfRequest,
        late: float,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.connect, self.adds, self.trouble, self.late = connect, adds, trouble, late
        self.over = threading.Event()

    @property
    def port(self) -> int:
        """Its own port."""
        return int(self.server_address[1])

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run meanwhile."""
        with self:
            thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield
            finally:
                self.over.set()
                self.shutdown()
                thread.join()


class _Connection(socketserver.BaseRequestHandler):
    server: ClientProxy

    def handle(self) -> None:
        if self.server.trouble(is_adding=False):
            return
        self._trouble = ""
        with self.server.connect() as client:
            thread = threading.Thread(target=self._pass_requests, args=(client,))
            thread.start()
            with suppress(OSError):
                self._pass_answers(client)
            for connection in (client, self.request):
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            thread.join()

    def _pass_requests(self, client: socket.socket) -> None:
        seen = b""
        with suppress(OSError):
            while data := self.request.recv(_PIECE):
                seen = seen[-len(self.server.adds) :] + data
                if self.server.adds in seen:
                    seen = b""
                    self._trouble = self.server.trouble(is_adding=True)
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_WR)

    def _pass_answers(self, client: socket.socket) -> None:
        over = self.server.over
        while data := client.recv(_PIECE):
            trouble, self._trouble = self._trouble, ""
            match trouble:
                case "dies":
                    return
                case "hangs":
                    over.wait()
                    return
                case "drips":
                    while not over.wait(0.02):
                        self.request.sendall(b"H")
                    return
                case "late":
                    over.wait(self.server.late)
            self.request.sendall(data)
