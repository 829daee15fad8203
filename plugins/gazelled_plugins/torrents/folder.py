"""A folder that a client watches."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gazelled.plugin import TorrentFile, write_whole


class Folder:
    """
    Puts `.torrent` files into a folder.

    A client may take one away again; when it is put there a second time after a crash, the
    client knows the torrent.

    Args:
        folder: The folder.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def has(self, file: TorrentFile) -> bool:
        """Return whether the file is still there."""
        return await asyncio.to_thread(self._path(file).exists)

    async def add(self, file: TorrentFile) -> None:
        """Write the file there."""
        await asyncio.to_thread(write_whole, self._path(file), file.content)

    def _path(self, file: TorrentFile) -> Path:
        return self._folder / f"{file.id:d}.torrent"
