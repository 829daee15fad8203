"""What the parts of the store have in common: a database, and methods that run in its thread."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from gazelled.errors import StateUnavailable
from gazelled.store.opening import NAME, connect, explained, transaction


class Database:
    """
    An open database. One thread reads and writes it, so that nothing else waits for the disk.

    Only that thread uses the connection.

    Attributes:
        unavailable: Awaited when the disk fails; what failed is done again if it returns True, and
            raises otherwise.

    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, thread: ThreadPoolExecutor
    ) -> None:
        self.path = path
        self.connection = connection
        self._thread = thread
        self._closed = False
        self.unavailable: Callable[[StateUnavailable], Awaitable[bool]] = _raises

    @classmethod
    async def open(cls, folder: Path) -> Self:
        """Open the database of a state folder, as `connect` does."""
        thread = ThreadPoolExecutor(1, "store")
        try:
            db = await asyncio.get_running_loop().run_in_executor(thread, connect, folder)
        except BaseException:
            thread.shutdown()
            raise
        return cls(folder / NAME, db, thread)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            await self.run(self.connection.close)
        finally:
            self._thread.shutdown()

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work in the thread; raise StateError if the file or the disk fails."""
        while True:
            try:
                return await self._run_once(work)
            except StateUnavailable as error:
                # A transaction that failed has left nothing behind.
                if not await self.unavailable(error):
                    raise

    async def _run_once(self, work: Callable[[], T]) -> T:
        def explained_work() -> T:
            with explained(self.path):
                return work()

        # Whoever is cancelled meanwhile cancels the waiting, not the work: half of it may be done.
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, explained_work))


async def _raises(_: StateUnavailable) -> bool:
    return False


class StorePart:
    """A part of the store. Its methods are awaited, though they are written as plain ones."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._db = database.connection


P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=StorePart)


def reads(work: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], Awaited[T]]:
    """Let a method that reads run in the thread of the database."""

    @wraps(work)
    async def read(part: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await part._database.run(partial(work, part, *args, **kwargs))  # noqa: SLF001 - its method

    return read


def writes(work: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], Awaited[T]]:
    """
    Let a method that changes something run there, as one transaction.

    It is on the disk when the method returns.
    """

    def committed(part: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with transaction(part._db):  # noqa: SLF001 - likewise
            return work(part, *args, **kwargs)

    return wraps(work)(reads(committed))


Awaited = Coroutine[Any, Any, T]
