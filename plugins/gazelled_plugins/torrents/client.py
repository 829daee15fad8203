"""What can take torrents."""

from __future__ import annotations

from typing import Protocol

from gazelled.plugin import TorrentFile


class Client(Protocol):
    """Takes torrents."""

    async def has(self, file: TorrentFile) -> bool:
        """Return whether the torrent is there already."""

    async def add(self, file: TorrentFile) -> None:
        """
        Take the torrent.

        Raises:
            RetryLater: If it can't be taken now.
            GiveUp: If it can never be taken.

        """
