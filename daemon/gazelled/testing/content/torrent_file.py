"""The `.torrent` files of the site: real ones, whose infohash the site shows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gazelled.testing.content.records import TorrentRecord

_TRACKER = "https://track.biotorrents.de:443"
_ELSEWHERE = "udp://tracker.example.org:6969/announce"
_SOURCE = "BioTorrents.de-271733619"
_PIECES = 200
_SMALLEST = 2**18


def bencode(value: object) -> bytes:
    """
    Write a value as BitTorrent does.

    Raises:
        TypeError: If it is of a type that can't be written.

    """
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, str):
        return bencode(value.encode())
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, Mapping):
        pairs = sorted((str(key), item) for key, item in value.items())
        return b"d%se" % b"".join(bencode(key) + bencode(item) for key, item in pairs)
    if isinstance(value, Sequence):
        return b"l%se" % b"".join(map(bencode, value))
    raise TypeError(f"{type(value).__name__} can't be bencoded")


def info(number: int, folder: str, files: Sequence[tuple[str, int]]) -> dict[str, object]:
    """Make what the infohash is made of; the pieces are made up, and always the same."""
    size = sum(length for _, length in files)
    piece = _SMALLEST
    while piece * _PIECES < size:
        piece *= 2
    digest = hashlib.shake_256(f"torrent {number}".encode()).digest(20 * (-(-size // piece) or 1))
    return {
        "files": [{"length": length, "path": [name]} for name, length in files],
        "name": folder,
        "piece length": piece,
        "pieces": digest,
        "private": 1,
        "source": _SOURCE,
    }


@lru_cache(maxsize=4096)
def infohash(number: int, folder: str, files: tuple[tuple[str, int], ...]) -> str:
    """Compute the infohash, written as the site does; each world begins with the same ones."""
    content = bencode(info(number, folder, files))
    return hashlib.sha1(content).hexdigest().upper()  # noqa: S324 - BitTorrent's hash


def torrent_file(torrent: TorrentRecord, passkey: str) -> bytes:
    """Make the file for a user: as the site does, with the announce address before what it has."""
    if torrent.file is not None:
        return torrent.file
    announce = bencode("announce") + bencode(f"{_TRACKER}/{passkey}/announce")
    if torrent.stored == "missing":
        return b"d%se" % announce
    metainfo: dict[str, object] = {
        "creation date": int(torrent.time.timestamp()),
        "encoding": "UTF-8",
        "info": info(torrent.id, torrent.folder, torrent.files),
    }
    if torrent.stored == "announced":
        metainfo["announce"] = _ELSEWHERE
    return b"d%s%s" % (announce, bencode(metainfo)[1:])
