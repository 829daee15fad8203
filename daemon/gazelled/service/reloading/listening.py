"""Where the web server listens: at another address once another config is in use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from gazelled.service.web.feed_server import WebServer

OnChange = Callable[[str], Awaitable[None]]


@dataclass(eq=False, slots=True)
class _Listener:
    """A server at an address; None if nothing is to listen."""

    listen: str
    server: WebServer | None = None
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)


class Listening:
    """
    Has one web server listen, and another one at another address beside it for a moment.

    Args:
        make: Makes a server of an address, and of what it reports that it can't listen to.
        on_change: Awaited when the server in use can't listen, and when it can again.

    """

    def __init__(self, make: Callable[[str, OnChange], WebServer], on_change: OnChange) -> None:
        self._make = make
        self._on_change = on_change
        self._current = _Listener("")
        self._staged: _Listener | None = None

    @property
    def server(self) -> WebServer | None:
        """The server in use; None if nothing is to listen."""
        return self._current.server

    async def begin(self, listen: str) -> None:
        """Listen at an address, or keep trying to."""
        self._current = _Listener(listen)
        await self._open(self._current)

    async def end(self) -> None:
        """Listen no more."""
        await self._current.stack.aclose()

    @asynccontextmanager
    async def staged(self, listen: str) -> AsyncIterator[str]:
        """
        Listen at the address of another config, too, until `use` was called or the context ends.

        Yields:
            Why nothing can listen there; empty if it does.

        """
        before = self._current
        if listen == before.listen:
            yield ""
            return
        self._staged = other = _Listener(listen)
        try:
            await self._open(other)
            yield other.server.problem if other.server else ""
        finally:
            self._staged = None
            await (before if self._current is other else other).stack.aclose()

    def use(self) -> None:
        """Use what listens beside the current server in its place, if anything does."""
        self._current = self._staged or self._current

    async def _open(self, listener: _Listener) -> None:
        async def changed(problem: str) -> None:
            if listener is self._current:
                await self._on_change(problem)

        if listener.listen:
            listener.server = self._make(listener.listen, changed)
            await listener.stack.enter_async_context(listener.server.running())
