"""
Torrents for a client: what a watch finds is fetched and added.

    [target.seedbox]
    plugin = "torrents"
    client = "qbittorrent"        # or "folder", which any other client can watch
    url = "http://127.0.0.1:8080"
    password = { secret = "qbittorrent" }
    max = "5/day"                 # what is beyond waits

Each torrent of an event is fetched at the tracker's pace and added once, however often the event
is delivered. The files hold the user's passkey: nothing here shows or logs their content.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator, model_validator

from gazelled.plugin import (
    Context,
    Delivery,
    Event,
    EventKind,
    GiveUp,
    PluginConfig,
    RetryLater,
    SecretStr,
    TorrentFile,
    target,
    write_whole,
)
from gazelled_plugins.torrents.allowance import Allowance, Rate, parse_rate
from gazelled_plugins.torrents.qbittorrent import QBittorrent, qbittorrent

WITHIN = 50.0
"""Seconds for one attempt: the daemon allows a minute."""

SOON = 10.0
LATER = 900.0

_TOLD = {EventKind.NEW, EventKind.RAISED}
_FOLDERS = {"client", "folder", "max"}


class Options(PluginConfig):
    """
    What `[target.NAME]` may hold.

    Attributes:
        client: What takes the torrents.
        url: The address of qBittorrent's Web UI.
        username: Its user.
        password: Their password; without one there is no log-in.
        category: The category that torrents get there.
        tags: The tags that they get.
        path: Where their data goes, on the client's machine.
        paused: Whether they wait there for a person; the client decides when None.
        folder: For `client = "folder"`: the folder that another client watches.
        max: How many are added in a period.

    """

    needs_downloads: ClassVar[bool] = True

    client: Literal["qbittorrent", "folder"]
    url: str = ""
    username: str = "admin"
    password: SecretStr | None = None
    category: str = ""
    tags: tuple[Annotated[str, Field(pattern=r"^[^,]+$")], ...] = ()
    path: str = ""
    paused: bool | None = None
    folder: Path | None = None
    max: Annotated[Rate, BeforeValidator(parse_rate)] | None = None

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError('expected the address of the Web UI, like "http://127.0.0.1:8080"')
        if "@" in parts.netloc:
            raise ValueError("do not put the password in the address; use password")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _fits_the_client(self) -> Self:
        needed = "url" if self.client == "qbittorrent" else "folder"
        if not getattr(self, needed):
            raise ValueError(f'client = "{self.client}" needs the option "{needed}"')
        fits = (
            {"folder"}
            if self.client == "qbittorrent"
            else type(self).model_fields.keys() - _FOLDERS
        )
        if strays := sorted(self.model_fields_set & fits):
            raise ValueError(f'client = "{self.client}" takes no {", ".join(strays)}')
        return self


@target(Options)
async def torrents(delivery: Delivery, options: Options, context: Context) -> None:
    """Add the torrents of an event."""
    event = delivery.event
    added: list[int] = []
    try:
        async with asyncio.timeout(WITHIN):
            if event.kind is EventKind.NOTICE:  # a test: say whether the client is there
                async with _client(options):
                    return
            await _add(_numbers(event), options, context, added)
    except TimeoutError:
        raise RetryLater(
            f"Not all files have been downloaded yet; {len(added)} were added just now.",
            after=SOON if added else LATER,
        ) from None
    except OSError as error:
        raise RetryLater(f"{context.target} can't write: {error.strerror}.") from None


def _numbers(event: Event) -> list[int]:
    """Return the torrents of an event; those of a first look are known, not new."""
    if event.kind not in _TOLD:
        return []
    return [int(item.id) for item in event.items if item.kind == "torrent" and item.id.isdigit()]


async def _add(numbers: list[int], options: Options, context: Context, added: list[int]) -> None:
    """Add torrents; one that fails does not delay the others."""
    allowance = Allowance(options.max, context.folder / "added.json", time.time)
    hopeless: list[str] = []
    for number in numbers:
        await asyncio.to_thread(allowance.check, number)
        try:
            file = await context.download(number)
            async with _client(options) as client:
                if await client.has(file):
                    context.log.info("torrent.skipped", torrent=number, infohash=file.infohash)
                    continue
                await asyncio.to_thread(allowance.take, number)
                await client.add(file)
        except GiveUp as error:
            hopeless.append(str(error))
            continue
        added.append(number)
        context.log.info("torrent.added", torrent=number, infohash=file.infohash)
    if hopeless:
        raise GiveUp(" ".join(hopeless))


@asynccontextmanager
async def _client(options: Options) -> AsyncIterator[Folder | QBittorrent]:
    """Open the client; both have `has` and `add`."""
    if options.folder is not None:
        yield Folder(options.folder)
        return
    wishes = {"category": options.category, "tags": ",".join(options.tags)}
    if options.path:
        wishes |= {"savepath": options.path, "autoTMM": "false"}
    if options.paused is not None:
        # The one is its name up to 4.6, the other since 5.0.
        wishes |= dict.fromkeys(("paused", "stopped"), str(options.paused).lower())
    async with qbittorrent(options.url, options.username, options.password, wishes) as client:
        yield client


class Folder:
    """
    A folder that a client watches.

    A client may take a file away again; when it is put there a second time after a crash, the
    client knows the torrent.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def has(self, file: TorrentFile) -> bool:
        return await asyncio.to_thread(self._path(file).exists)

    async def add(self, file: TorrentFile) -> None:
        await asyncio.to_thread(write_whole, self._path(file), file.content)

    def _path(self, file: TorrentFile) -> Path:
        return self._folder / f"{file.id:d}.torrent"
