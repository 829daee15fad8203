"""What plugins may ask of the tracker: to read without leaving a trace, and files of torrents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Self

from gazelled import errors
from gazelled.containment.plugin_call import as_daemon, context_of
from gazelled.containment.read_only import read_only
from gazelled.model import Answer, Call, Lane
from gazelled.plugin import TorrentFile
from gazelled.text import missing
from gazelled.tracker.catalogue import encode
from gazelled.tracker.client.daily_limit import DownloadLimitReached
from gazelled.tracker.client.downloads import Download, Downloads
from gazelled.tracker.sites.dialect import GAZELLE, Dialect


class ReadOnlyTracker:
    """Asks for a plugin, in the lane of watches."""

    def __init__(
        self, ask: Callable[[Call], Awaitable[Answer]], dialect: Dialect = GAZELLE
    ) -> None:
        self._ask = ask
        self._dialect = dialect

    async def call(self, action: str, /, **params: object) -> Answer:
        """
        Ask the tracker; an answer that several wait for is asked for once.

        Raises:
            RequestRefused: If there is no such action, its parameters are wrong, or it changes
                something.
            TrackerError: If there is no answer.

        """
        declared = self._dialect.action(action)
        if declared is None:
            raise errors.RequestRefused(missing("action", action, self._dialect.names))
        try:
            encoded = declared.gentle(encode(declared, params))
        except ValueError as error:
            raise errors.RequestRefused("; ".join(error.args[0])) from None
        if declared.state == "absent":
            raise errors.RequestRefused(declared.absence)
        if does := declared.consequence(encoded):
            raise errors.RequestRefused(f"{does}, and plugins may only read")
        call = Call(action, encoded, Lane.WATCH, writes=declared.post)
        with as_daemon():
            answer = await self._ask(call)
        return read_only(answer)


class TorrentFiles:
    """
    Fetches files of torrents for plugins, in the lane of watches.

    What was begun goes on when a plugin's time is over: it is counted at the tracker, and would be
    fetched again otherwise.
    """

    def __init__(self, downloads: Downloads) -> None:
        self._downloads = downloads
        self._under_way: dict[int, asyncio.Task[Download]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """End at the end what is under way."""
        try:
            yield self
        finally:
            tasks = {*self._under_way.values()}
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def __call__(self, number: int, /) -> TorrentFile:
        """Fetch a torrent's file, or take it from where it is; raise RetryLater or GiveUp."""
        task = self._task(number)
        await asyncio.wait({task})
        try:
            download = task.result()
        except (DownloadLimitReached, errors.TrackerUnavailable) as error:
            raise errors.RetryLater(str(error), after=error.after) from error
        except (errors.RequestRefused, errors.BadAnswer) as error:
            raise errors.GiveUp(f"The file of torrent {number} can't be had: {error}") from error
        except (errors.TrackerError, errors.StateError) as error:
            raise errors.RetryLater(str(error)) from error
        torrent = download.torrent
        return TorrentFile(
            number,
            torrent.infohash,
            torrent.name,
            torrent.size,
            download.data,
            infohash_v2=torrent.infohash_v2,
            files=torrent.files,
        )

    def _task(self, number: int) -> asyncio.Task[Download]:
        task = self._under_way.get(number)
        if task is None:
            fetching = self._downloads.get(number, lane=Lane.WATCH)
            task = asyncio.create_task(
                fetching, name=f"download {number}", context=context_of(None)
            )
            self._under_way[number] = task
            task.add_done_callback(lambda done: self._ended(number, done))
        return task

    def _ended(self, number: int, task: asyncio.Task[Download]) -> None:
        del self._under_way[number]
        if not task.cancelled():
            task.exception()  # perhaps nobody waits any more; the next try meets it again
