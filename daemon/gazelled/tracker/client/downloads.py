"""
`.torrent` files: checked, kept by id, never fetched twice, and only so many a day.

What is kept holds the user's passkey, so nobody else can read it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryFile
from weakref import WeakValueDictionary

from gazelled.clock import Clock
from gazelled.errors import (
    BadAnswer,
    Reason,
    RequestRefused,
    StateError,
)
from gazelled.model import Answer, Call, Lane
from gazelled.regular_file import read_regular, write_private
from gazelled.text import sentence
from gazelled.tracker.answers.torrent_files import DOWNLOAD
from gazelled.tracker.catalogue.datasets import Browse, BrowseTorrent
from gazelled.tracker.client.daily_limit import A_DAY, DailyLimit
from gazelled.tracker.decoding.bencode import LARGEST, Metainfo, read_torrent
from gazelled.tracker.decoding.schema import decode_as
from gazelled.tracker.event_log import event_logger
from gazelled.tracker.forms.form import AnswerLost
from gazelled.tracker.key_values import KeyValues
from gazelled.tracker.sites.site import Site

log = event_logger(__name__)

SPENDS = "spends one of your freeleech tokens"
_PERHAPS_SPENT = (
    "The freeleech token may have been spent all the same; the next attempt checks that first."
)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Download:
    """
    The `.torrent` file of a torrent.

    Attributes:
        id: The id of the torrent.
        file: Where it is stored; None without a folder, or if it could not be written.
        torrent: What it says.
        fetched: Whether it was fetched just now.
        data: Its bytes; they hold the user's passkey.

    """

    id: int
    file: Path | None
    torrent: Metainfo
    fetched: bool
    data: bytes = field(repr=False)


class Downloads:
    """
    Fetches files and stores them, `a_day` within 24 hours at most.

    `page` hands them out to the log-in at hand; it is empty when none does. Without a `folder` none
    is stored: a file is then fetched again once nobody holds it any more.

    Raises:
        ConfigError: If `a_day` is out of bounds.

    """

    def __init__(
        self,
        ask: Callable[[Call], Awaitable[Answer]],
        site: Site,
        page: str,
        folder: Path | None,
        store: KeyValues,
        clock: Clock,
        *,
        a_day: int = A_DAY,
    ) -> None:
        self._ask = ask
        self._site = site
        self._page = page
        self._folder = folder
        self.limit = DailyLimit(store, clock, a_day)
        self._fetching: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._unstored: WeakValueDictionary[int, Download] = WeakValueDictionary()

    async def get(
        self,
        number: int | str,
        *,
        infohash: str | None = None,
        use_token: bool = False,
        a_day: int | None = None,
        lane: Lane = Lane.PERSON,
    ) -> Download:
        """
        Return the file of a torrent; it is fetched if it isn't here, which the tracker counts.

        Args:
            number: The id of the torrent.
            infohash: Its infohash, in hexadecimal digits, where that is known already: a request
                is saved, and the file must have it.
            use_token: Spend a freeleech token on it. The file is fetched even if it is here.
            a_day: Another daily maximum for this file.
            lane: The priority.

        Raises:
            RequestRefused: If the tracker refuses it, the log-in can't download, the file has
                another infohash, or no freeleech token can be spent on it.
            DownloadLimitReached: If there are no more today.
            BadAnswer: If what came isn't the file of that torrent.
            StateError: If the folder can't be used; nothing is fetched then.
            TrackerError: If it can't be had for another reason.

        """
        number, infohash = _checked_id(number), _checked_infohash(infohash)
        # One lock for each torrent: none is fetched twice, and one that waits for long keeps no
        # other one back.
        async with self._fetching.setdefault(number, asyncio.Lock()):
            if not use_token and (here := await self._stored(number)):
                _compare(here, infohash)
                return here
            self._check_way(use_token=use_token)
            await self.limit.check(a_day)
            await self._check_folder()
            expected = infohash or await self._infohash(number, lane)
            if use_token:
                await self._check_token(number, expected, lane)
            at = await self.limit.count(a_day)
            try:
                content = await self._content(number, lane, use_token=use_token)
            except RequestRefused:
                await self.limit.uncount(at)
                raise
            download = Download(number, None, read_torrent(content), fetched=True, data=content)
            _compare(download, infohash)
            if expected and not download.torrent.is_named(expected):
                raise BadAnswer(
                    f"The file of torrent {number} has the infohash {download.torrent.infohash}, "
                    f"but the tracker names {expected}. It is not stored."
                )
            return await self._keep(download)

    async def _content(self, number: int, lane: Lane, *, use_token: bool) -> bytes:
        """Download a file; with a freeleech token the request is never sent twice."""
        params = (("id", str(number)), *((("usetoken", "1"),) if use_token else ()))
        try:
            answer = await self._ask(Call(DOWNLOAD, params, lane, writes=use_token))
        except AnswerLost as error:
            text = f"{sentence(str(error))} {_PERHAPS_SPENT}"
            raise AnswerLost(text, after=error.after, until=error.until) from None
        if not isinstance(answer.payload, bytes):
            raise BadAnswer("The tracker sends data, not the file.", raw=answer.raw)
        return answer.payload

    async def _stored(self, number: int) -> Download | None:
        """Return a stored file; None without, or if it is damaged."""
        if here := self._unstored.get(number):
            return replace(here, fetched=False)
        if self._folder is None:
            return None
        file = self._folder / f"{number}.torrent"
        try:
            content = await asyncio.to_thread(read_regular, file, LARGEST)
            torrent = read_torrent(content)
        except (FileNotFoundError, ValueError):
            return None
        except OSError as error:
            raise StateError(f"{file} can't be read: {error.strerror}.") from error
        return Download(number, file, torrent, fetched=False, data=content[: torrent.end])

    async def _keep(self, download: Download) -> Download:
        """Store a file; if that fails, as on a full disk, the caller still gets its content."""
        if self._folder is not None:
            file = self._folder / f"{download.id}.torrent"
            try:
                await asyncio.to_thread(write_private, file, download.data)
            except OSError as error:
                log.warning("download.not_stored", torrent=download.id, error=error.strerror)
            else:
                self._unstored.pop(download.id, None)
                return replace(download, file=file)
        self._unstored[download.id] = download
        return download

    async def _check_folder(self) -> None:
        """Check that a file can be written before it is downloaded, which counts."""
        if self._folder is None:
            return
        try:
            await asyncio.to_thread(_probe, self._folder)
        except OSError as error:
            text = f"Nothing can be stored in {self._folder}: {error.strerror}."
            raise StateError(text) from error

    def _check_way(self, *, use_token: bool) -> None:
        text, browse = "", self._site.dialect.action("browse")
        if not self._page:
            text = (
                f"A token can't download from {self._site.name}: that takes a log-in with user "
                "name and password, or a cookie."
            )
        elif use_token and (browse is None or "hash" not in browse.params):
            text = (
                f"The search of {self._site.name} doesn't find infohashes, so gazelled can't know "
                "whether a freeleech token can be spent on a torrent; spend it on the site."
            )
        if text:
            raise RequestRefused(text, reason=Reason.NOT_PERMITTED)

    async def _infohash(self, number: int, lane: Lane) -> str:
        """Ask what the tracker knows of the torrent: an unknown one isn't fetched at all."""
        answer = await self._ask(Call("torrent", (("id", str(number)),), lane))
        payload = answer.payload
        torrent = payload.get("torrent") if isinstance(payload, dict) else None
        infohash = torrent.get("infoHash") if isinstance(torrent, dict) else None
        return infohash.lower() if isinstance(infohash, str) else ""

    async def _check_token(self, number: int, infohash: str, lane: Lane) -> None:
        """Check that a freeleech token can be spent on a torrent: only the search shows that."""
        params = (("group_results", "0"), ("hash", infohash.upper()))
        answer = await self._ask(Call("browse", params, lane))
        groups = decode_as(Browse, answer.payload).value.results
        torrents = [torrent for group in groups for torrent in group.torrents or ()]
        listed = next((torrent for torrent in torrents if torrent.torrent_id == number), None)
        if why := _why_no_token(listed, self._site.name):
            text = f"No freeleech token can be spent on torrent {number}: {why}"
            raise RequestRefused(text, reason=Reason.NOT_PERMITTED)


def _checked_id(value: object) -> int:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"[0-9]{1,18}", text) or not int(text):
        raise RequestRefused(
            f"download takes the id of a torrent, from 1, not {value!r}",
            reason=Reason.BAD_PARAMETERS,
        )
    return int(text)


def _checked_infohash(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not re.fullmatch(
        r"(?:[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})", value
    ):
        text = f"infohash takes 40 or 64 hexadecimal digits, not {value!r}"
        raise RequestRefused(text, reason=Reason.BAD_PARAMETERS)
    return value.lower()


def _compare(download: Download, infohash: str) -> None:
    """Check that a file has the infohash that the caller knows."""
    if infohash and not download.torrent.is_named(infohash):
        fetched = " It is not stored." if download.fetched else ""
        raise RequestRefused(
            f"The file of torrent {download.id} has the infohash {download.torrent.infohash}, not "
            f"{infohash}: check the id and the infohash.{fetched}",
            reason=Reason.BAD_PARAMETERS,
        )


def _why_no_token(torrent: BrowseTorrent | None, site_name: str) -> str:
    if torrent is None:
        return "the search doesn't list it; a new one is listed some minutes after its upload."
    if torrent.can_use_token is None:
        return f"{site_name} doesn't say whether that is possible."
    if torrent.is_freeleech or torrent.is_neutral_leech or torrent.is_personal_freeleech:
        return "its download doesn't count anyway; download it without a token."
    return "" if torrent.can_use_token else "you have none left, or it is too large for one."


def _probe(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        pass
