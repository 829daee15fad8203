"""
`.torrent` files: checked, kept by id, never fetched twice, and only so many a day.

What is kept holds the user's passkey, so nobody else can read it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from weakref import WeakValueDictionary

from gazelled.clock import Clock
from gazelled.errors import BadAnswer, Reason, RequestRefused
from gazelled.model import Answer, Call, Lane
from gazelled.regular_file import write_private
from gazelled.text import local_minute
from gazelled.tracker.answers.torrent_files import DOWNLOAD
from gazelled.tracker.decoding.bencode import LARGEST, Metainfo, read_torrent
from gazelled.tracker.key_values import KeyValues, load_json, save_json

A_DAY = 20
DAY = timedelta(days=1)
_FETCHED = "downloads"


class DownloadLimitReached(RequestRefused):
    """No more files are fetched today; there can be more from `until` on, if that is known."""

    usual = Reason.LIMITED


@dataclass(frozen=True, slots=True)
class Download:
    """
    A `.torrent` that is on the disk.

    Attributes:
        id: The id of the torrent.
        file: Where it is kept.
        torrent: What it says.
        fetched: Whether it was fetched just now.

    """

    id: int
    file: Path
    torrent: Metainfo
    fetched: bool


class Downloads:
    """
    Fetches files and keeps them, `a_day` within a day at most.

    `page` hands them out to the log-in at hand; it is empty when none does.
    """

    def __init__(
        self,
        ask: Callable[[Call], Awaitable[Answer]],
        site_name: str,
        page: str,
        folder: Path,
        store: KeyValues,
        clock: Clock,
        *,
        a_day: int = A_DAY,
    ) -> None:
        self._ask = ask
        self._site_name = site_name
        self._page = page
        self._folder = folder
        self._store = store
        self._clock = clock
        self._a_day = a_day
        self._fetching: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._counting = asyncio.Lock()

    async def get(self, number: int, *, lane: Lane = Lane.PERSON) -> Download:
        """
        Return the file of a torrent; it is fetched if it isn't here, which the tracker counts.

        Raises:
            RequestRefused: If the tracker refuses it, or the log-in can't download.
            DownloadLimitReached: If there are no more today.
            BadAnswer: If what came isn't the file of that torrent.
            TrackerError: If it can't be had for another reason.

        """
        file = self._folder / f"{number:d}.torrent"
        # One lock for each torrent: none is fetched twice, and one that waits for long keeps no
        # other one back.
        async with self._fetching.setdefault(number, asyncio.Lock()):
            if kept := await asyncio.to_thread(_kept, file):
                return Download(number, file, kept, fetched=False)
            self._check_way()
            self._check_day(await self._fetched())
            wanted = await self._infohash(number, lane)
            await self._count()
            answer = await self._ask(Call(DOWNLOAD, (("id", str(number)),), lane))
            content = answer.payload
            if not isinstance(content, bytes):
                raise BadAnswer("The tracker sends data, not the file.", raw=answer.raw)
            torrent = read_torrent(content)
            if wanted and not torrent.is_named(wanted):
                raise BadAnswer(
                    f"The file of torrent {number} has the infohash {torrent.infohash}, but the "
                    f"tracker tells {wanted}. It is not kept."
                )
            await asyncio.to_thread(write_private, file, content)
            return Download(number, file, torrent, fetched=True)

    def _check_way(self) -> None:
        if not self._page:
            raise RequestRefused(
                f"A token can't download from {self._site_name}: that takes a log-in with user "
                "name and password, or a cookie.",
                reason=Reason.NOT_PERMITTED,
            )

    def _check_day(self, fetched: list[datetime]) -> None:
        if len(fetched) < self._a_day:
            return
        text, after = f"{len(fetched)} files were fetched within a day, which is enough", None
        again = None
        if self._a_day:
            again = fetched[-self._a_day] + DAY
            after = (again - self._clock.now()).total_seconds()
            text += f"; the next one can be fetched from {local_minute(again)} on"
        raise DownloadLimitReached(f"{text}.", after=after, until=again)

    async def _infohash(self, number: int, lane: Lane) -> str:
        """Ask what the tracker knows of the torrent: an unknown one isn't fetched at all."""
        answer = await self._ask(Call("torrent", (("id", str(number)),), lane))
        payload = answer.payload
        torrent = payload.get("torrent") if isinstance(payload, dict) else None
        infohash = torrent.get("infoHash") if isinstance(torrent, dict) else None
        return infohash.lower() if isinstance(infohash, str) else ""

    async def _fetched(self) -> list[datetime]:
        """Return when files were fetched within the last day."""
        kept = await load_json(self._store, _FETCHED) or ()
        now = self._clock.now()
        # One from the future is of a clock that was wrong.
        fetched = (min(datetime.fromisoformat(at), now) for at in kept)
        return sorted(at for at in fetched if at > now - DAY)

    async def _count(self) -> None:
        """Count one before it is fetched: a crash makes it one too many, not one too few."""
        async with self._counting:
            fetched = await self._fetched()
            self._check_day(fetched)
            await save_json(self._store, _FETCHED, [*fetched, self._clock.now()])


def _kept(file: Path) -> Metainfo | None:
    """Return a file that is kept; a damaged one counts as none."""
    try:
        with file.open("rb") as content:
            return read_torrent(content.read(LARGEST + 1))
    except (FileNotFoundError, ValueError):
        return None
