"""A folder that a client watches."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from gazelled.plugin import TorrentFile


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
        """Return whether the file still lies there."""
        return await asyncio.to_thread(self._path(file).exists)

    async def add(self, file: TorrentFile) -> None:
        """Put it there."""
        await asyncio.to_thread(write_private, self._path(file), file.content)

    def _path(self, file: TorrentFile) -> Path:
        return self._folder / f"{file.id:d}.torrent"


def write_private(path: Path, content: bytes) -> None:
    """Write a file in one step, so that nobody sees half of it, and for its owner alone."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
