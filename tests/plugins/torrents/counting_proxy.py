"""A proxy on loopback that counts the connections to a client."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Self


class CountingProxy:
    """
    Passes on what is sent to a port of this machine, in a thread of its own.

    Args:
        to: The port.

    Attributes:
        opened: How many connections there were.
        open: How many there are.
        port: Where it listens.

    """

    def __init__(self, to: int) -> None:
        self._to = to
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._writers: set[asyncio.StreamWriter] = set()
        self.opened = 0
        self.open = 0
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Close all connections, as a client does that is restarted."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        await self._cut()

    async def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        while self.open:  # noqa: ASYNC110 - another thread looks at it, too
            await asyncio.sleep(0.01)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self.open += 1
        writers = {writer}
        try:
            further, onward = await asyncio.open_connection("127.0.0.1", self._to)
            writers.add(onward)
            self._writers |= writers
            await asyncio.gather(_copy(reader, onward), _copy(further, writer))
        finally:
            self._writers -= writers
            for each in writers:
                each.close()
            self.open -= 1


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(2**16):
            writer.write(chunk)
            await writer.drain()
    writer.close()
