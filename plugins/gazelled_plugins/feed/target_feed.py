"""The feeds of one target: all of it, each of its watches, and the private one with torrents."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote

from gazelled.plugin import Context, Delivery, WebFile, public_url, write_whole
from gazelled_plugins.feed.entries import Entry, clean, make_entry, tag_uri
from gazelled_plugins.feed.entry_store import EntryStore
from gazelled_plugins.feed.formats import FORMATS, TORRENT_TYPE, Head
from gazelled_plugins.feed.torrent_token import TorrentToken

_FEED = re.compile(rf"([^/]+)\.({'|'.join(FORMATS)})")
_TORRENT = re.compile(r"([1-9][0-9]{0,17})\.torrent")
_TORRENTS = "torrents"


def rendered(
    ending: str, head: Head, entries: Iterable[Entry], *, private: bool = False
) -> WebFile:
    """Return a feed in the format of an ending; `updated` of the head counts without entries."""
    entries = tuple(entries)
    _, media_type, write = FORMATS[ending]
    newest = entries[0].updated if entries else head.updated.isoformat()
    content = write(head, newest, entries)
    return WebFile(content, media_type, modified=head.updated, private=private)


class TargetFeed:
    """
    The feeds of one target.

    Args:
        context: The target.
        title: The title of the feed.
        keep: How many entries are kept.
        torrents: Whether there is a private feed with `.torrent` files.

    """

    def __init__(self, context: Context, title: str, keep: int, *, torrents: bool) -> None:
        self.title = clean(title)
        self.keep = keep
        self.private = torrents
        self._context = context
        self._store = EntryStore(context, keep)
        self._token = TorrentToken(context.folder)
        self._began = datetime.now(UTC).replace(microsecond=0)
        self._file = context.public / f"{context.target}.atom"
        self._written: tuple[Entry, ...] | None = None

    def serve(self) -> None:
        """Serve the feeds."""
        for ending in FORMATS:
            self._context.serve(f"{self._context.target}.{ending}", partial(self.whole, ending))
        self._context.serve(f"{self._context.target}/", self._below)

    def prepare(self) -> None:
        """Write the file if it isn't as it should be, and the token of a private feed."""
        if self.private:
            self._token.read()
        entries = self.entries
        if entries or not self._file.exists():
            self._write(entries)

    def publish(self, delivery: Delivery) -> None:
        """Add the entry of a delivery, unless it is there, and write the file."""
        self._write(self._store.add(make_entry(delivery, self._context)))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries, the newest first; reading them may raise OSError."""
        return self._store.read()

    @property
    def changed(self) -> datetime:
        """When an entry was added, or the options may have been changed."""
        return max(self._store.modified() or self._began, self._began)

    def watches(self) -> dict[str, int]:
        """Return the watches that have a feed, and how many entries each has."""
        counts = dict.fromkeys(self._context.watches, 0)
        for entry in self.entries:
            if entry.found_by:
                counts[entry.found_by] = counts.get(entry.found_by, 0) + 1
        return counts

    async def whole(self, ending: str, rest: str = "") -> WebFile | None:
        """Serve the feed of the target."""
        del rest
        return await asyncio.to_thread(self._whole, ending)

    def _whole(self, ending: str) -> WebFile:
        entries = self.entries
        return rendered(ending, self._head("", f".{ending}"), entries)

    async def _below(self, path: str) -> WebFile | None:
        """Serve the feed of a watch, the private feed or a `.torrent` file."""
        folder, slash, name = path.rpartition("/")
        feed, torrent = _FEED.fullmatch(name), _TORRENT.fullmatch(name)
        if not slash:
            return await asyncio.to_thread(self._of_watch, *feed.groups()) if feed else None
        if not self.private or not await asyncio.to_thread(self._token.matches, folder):
            return None
        if feed and feed[1] == _TORRENTS:
            return await asyncio.to_thread(self._with_torrents, folder, feed[2])
        return await self._torrent(int(torrent[1])) if torrent else None

    def _of_watch(self, watch: str, ending: str) -> WebFile | None:
        if watch not in self.watches():
            return None
        head = self._head(f":{quote(watch, safe=':')}", f"/{watch}.{ending}")
        of_watch = (entry for entry in self.entries if entry.found_by == watch)
        return rendered(ending, replace(head, title=f"{head.title}: {watch}"), of_watch)

    def _with_torrents(self, token: str, ending: str) -> WebFile:
        entries = [*self._torrents(token)]
        head = self._head(f"/{_TORRENTS}", f"/{token}/{_TORRENTS}.{ending}")
        return rendered(ending, head, entries, private=True)

    def _torrents(self, token: str) -> Iterator[Entry]:
        """Yield an entry for each torrent, the newest first; its id is that of the torrent."""
        offered = set[int]()
        for entry in self.entries:
            for torrent in entry.torrents:
                if torrent.id in offered:
                    continue
                offered.add(torrent.id)
                yield replace(
                    entry,
                    id=tag_uri(self._context, f"torrent:{torrent.id}"),
                    title=f"{entry.title} [{torrent.facts}]" if torrent.facts else entry.title,
                    size=torrent.size,
                    enclosure=self._address(f"/{token}/{torrent.id}.torrent"),
                )

    async def _torrent(self, number: int) -> WebFile | None:
        """Fetch a file that the feed offers, and no other one."""
        entries = await asyncio.to_thread(self._store.read)
        if not any(torrent.id == number for entry in entries for torrent in entry.torrents):
            return None
        file = await self._context.download(number)
        return WebFile(file.content, TORRENT_TYPE, private=True)

    def _head(self, name: str, path: str) -> Head:
        """Return the head of a feed, by what its id and its path have more than the target's."""
        return Head(
            id=tag_uri(self._context, f"feed:{quote(self._context.target)}{name}"),
            title=self.title,
            address=self._address(path),
            site=public_url(self._context.site_url),
            author=clean(self._context.site_name),
            updated=self.changed,
        )

    def _address(self, path: str) -> str:
        return self._context.address + quote(self._context.target + path)

    def _write(self, entries: tuple[Entry, ...]) -> None:
        """Write the Atom feed as a file, for `run --once` and for those who read the folder."""
        known = self._written
        if entries is known and self._file.exists():
            return
        content = self._whole("atom").content
        if known is not None or not _holds(self._file, content):
            write_whole(self._file, content, mode=0o666)
        self._written = entries


def _holds(file: Path, content: bytes) -> bool:
    try:
        return file.read_bytes() == content
    except FileNotFoundError:
        return False
