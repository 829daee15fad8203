"""The files of torrents, for plugins that declare that they need them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from gazelled.errors import RetryLater


@dataclass(frozen=True, slots=True)
class TorrentFile:
    """
    A `.torrent` file.

    Attributes:
        id: The id of the torrent.
        infohash: The infohash in lower case: 40 hexadecimal digits, or 64 for a torrent that has
            only version 2.
        name: The name of its data.
        size: The size of its data, in bytes.
        content: The file. It contains the user's passkey: write it where nobody else can read it,
            and do not log any of it.
        infohash_v2: The infohash of version 2, in 64 digits, also where `infohash` is that of
            version 1; empty for a torrent of version 1 alone.
        files: The paths and sizes in bytes of the files of its data.

    """

    id: int
    infohash: str
    name: str
    size: int
    content: bytes = field(repr=False)
    infohash_v2: str = ""
    files: tuple[tuple[str, int], ...] = field(default=(), repr=False)

    @property
    def infohashes(self) -> tuple[str, ...]:
        """All infohashes that a client may know it by."""
        return tuple(dict.fromkeys(filter(None, (self.infohash, self.infohash_v2))))


class Fetch(Protocol):
    """Fetches files of torrents: each once, with a daily limit, in the queue of all requests."""

    async def __call__(self, number: int, /) -> TorrentFile:
        """
        Return the file of a torrent, fetched or from storage.

        A download continues when the wait for it is cancelled, so the next attempt finds it stored.

        Args:
            number: The id of the torrent.

        Raises:
            RetryLater: If the file isn't available now.
            GiveUp: If the file will never be available; the text contains the torrent's id.

        """


async def no_downloads(number: int, /) -> TorrentFile:
    """Raise, where files can't be fetched."""
    raise RetryLater(
        f"The file of torrent {number} is not available: the options of the plugin don't set "
        "needs_downloads = True."
    )
