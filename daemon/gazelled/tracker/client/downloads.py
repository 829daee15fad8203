"""
`.torrent` files: checked, kept by id, never fetched twice, and only so many a day.

What is kept holds the user's passkey, so nobody else can read it.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary

from gazelled.clock import Clock
from gazelled.errors import BadAnswer, RequestRefused
from gazelled.model import Answer, Call, Lane
from gazelled.tracker.answers.torrent_files import DOWNLOAD
from gazelled.tracker.client.file_memory import write_private
from gazelled.tracker.decoding.bencode import LARGEST, Torrent, read_torrent
from gazelled.tracker.login.auth import Memory

A_DAY = 20
DAY = timedelta(days=1)
_FETCHED = "downloads"


class Enough(RequestRefused):
    """
    No more files are fetched today.

    Args:
        message: Why, for people.
        after: Seconds until there can be more, if known.

    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Caller(Protocol):
    """What hands calls to the tracker: a dispatcher."""

    async def call(self, call: Call) -> Answer:
        """Ask the tracker and wait for its answer."""


@dataclass(frozen=True, slots=True)
class Download:
    """
    A `.torrent` that is here.

    Attributes:
        id: Of the torrent.
        file: Where it is kept.
        torrent: What it says.
        fetched: Whether it was fetched just now.

    """

    id: int
    file: Path
    torrent: Torrent
    fetched: bool


class Downloads:
    """
    Fetches files and keeps them.

    Args:
        caller: The way to the tracker.
        site_name: The tracker's name, for people.
        page: The page that hands out files to the log-in at hand; empty when none does.
        folder: Where to keep them; it is made.
        memory: Keeps how many were fetched.
        clock: The time of day.
        a_day: How many are fetched within a day at most.

    """

    def __init__(
        self,
        caller: Caller,
        site_name: str,
        page: str,
        folder: Path,
        memory: Memory,
        clock: Clock,
        *,
        a_day: int = A_DAY,
    ) -> None:
        self._caller = caller
        self._site_name = site_name
        self._page = page
        self._folder = folder
        self._memory = memory
        self._clock = clock
        self._a_day = a_day
        self._each: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._counting = asyncio.Lock()

    async def get(self, number: int, *, lane: Lane = Lane.PERSON) -> Download:
        """
        Return the file of a torrent; it is fetched if it isn't here, which the tracker counts.

        Args:
            number: The torrent's id.
            lane: Who asks.

        Raises:
            Refused: If the tracker refuses it, or the log-in can't download.
            Enough: If there are no more today.
            Broken: If what came isn't the file of that torrent.
            TrackerError: If it can't be had for another reason.

        """
        file = self._folder / f"{number:d}.torrent"
        # One that waits for long keeps no other one back.
        async with self._each.setdefault(number, asyncio.Lock()):
            if kept := await asyncio.to_thread(_kept, file):
                return Download(number, file, kept, fetched=False)
            self._check_way()
            self._check_day(await self._fetched())
            wanted = await self._infohash(number, lane)
            await self._count()
            answer = await self._caller.call(Call(DOWNLOAD, (("id", str(number)),), lane))
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
                "name and password, or a cookie."
            )

    def _check_day(self, fetched: list[datetime]) -> None:
        if len(fetched) < self._a_day:
            return
        again = fetched[-self._a_day] + DAY if self._a_day else None
        when = again.astimezone() if again else None
        raise Enough(
            f"{len(fetched)} files were fetched within a day, which is enough"
            + (f"; the next one can be fetched from {when:%Y-%m-%d %H:%M} on." if when else "."),
            after=(again - self._clock.now()).total_seconds() if again else None,
        )

    async def _infohash(self, number: int, lane: Lane) -> str:
        """Ask what the tracker knows of the torrent: an unknown one isn't fetched at all."""
        answer = await self._caller.call(Call("torrent", (("id", str(number)),), lane))
        payload = answer.payload
        torrent = payload.get("torrent") if isinstance(payload, dict) else None
        told = torrent.get("infoHash") if isinstance(torrent, dict) else None
        return told.lower() if isinstance(told, str) else ""

    async def _fetched(self) -> list[datetime]:
        """Tell when files were fetched within the last day."""
        kept = json.loads(await self._memory.get_kv(_FETCHED) or "[]")
        now = self._clock.now()
        # One from the future is of a clock that was wrong.
        fetched = (min(datetime.fromisoformat(at), now) for at in kept)
        return sorted(at for at in fetched if at > now - DAY)

    async def _count(self) -> None:
        """Count one before it is fetched: a crash makes it one too many, not one too few."""
        async with self._counting:
            fetched = await self._fetched()
            self._check_day(fetched)
            kept = [at.isoformat() for at in (*fetched, self._clock.now())]
            await self._memory.set_kv(_FETCHED, json.dumps(kept))


def _kept(file: Path) -> Torrent | None:
    """Read a file that is kept; a damaged one counts as none."""
    try:
        with file.open("rb") as content:
            return read_torrent(content.read(LARGEST + 1))
    except (FileNotFoundError, ValueError):
        return None
