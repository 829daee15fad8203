"""One connection to a client, kept from one delivery to the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gazelled.plugin import GiveUp, RetryLater
from gazelled_plugins.torrents.client import Client

_BUSY = "An earlier request to the client has not ended yet."


class Session:
    """
    Keeps a client with its log-in, and opens it anew after an error or when it was idle too long.

    A thread that hangs keeps the client that it has, and the next delivery gets another one.

    Args:
        connect: Returns a client; called where none is kept. It sends nothing yet.
        patience: The seconds to wait for another thread.

    Attributes:
        descriptions: The metadata of torrents that the client has yet to accept, by their ids: an
            attempt that fails must not cost the tracker a request each time.

    """

    def __init__(self, connect: Callable[[], Client], patience: float) -> None:
        self.descriptions: dict[int, bytes] = {}
        self._connect = connect
        self._patience = patience
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._used = 0.0

    @contextmanager
    def use(self) -> Iterator[Client]:
        """
        Lend the client to one thread.

        Raises:
            RetryLater: If another thread has it for longer, and for errors of the client's library
                that allow another attempt.
            GiveUp: For those that don't.

        """
        lock = self._lock
        if not lock.acquire(timeout=self._patience):
            self._lock, self._client = threading.Lock(), None
            raise RetryLater(_BUSY)
        try:
            client = self._fresh()
            try:
                yield client
            except (RetryLater, GiveUp):
                raise
            except Exception as error:  # noqa: BLE001 - each library has its own; explain knows them
                self._close(client)
                # Libraries keep what was sent in their errors, secrets too.
                raise client.explain(error) from None
            finally:
                if client is not self._client:
                    client.close()
            self._used = time.monotonic()
        finally:
            lock.release()

    def _fresh(self) -> Client:
        client = self._client
        if client is not None and time.monotonic() - self._used > client.idle:
            self._close(client)
        if self._client is None:
            self._client = self._connect()
            self._used = time.monotonic()
        return self._client

    def close(self) -> None:
        """Close the client that is kept, unless a thread has it: that closes it then."""
        lock = self._lock
        if lock.acquire(blocking=False):
            try:
                if self._client is not None:
                    self._close(self._client)
            finally:
                lock.release()
        else:
            self._client = None

    def _close(self, client: Client) -> None:
        client.close()
        if client is self._client:
            self._client = None
