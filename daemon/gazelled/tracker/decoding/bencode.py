"""
Reading bencoded data within bounds: strictly, and torrents as leniently as clients do.

An infohash is made of the very bytes between the start and the end of `info`, so the reader
shows where each value of the outermost dictionary stands. Nothing around `info` changes it: bytes
behind the end and a key that stands twice, as sites write them, are no reason to lose a torrent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

Bencoded = int | bytes | list["Bencoded"] | dict[bytes, "Bencoded"]
"""A value; its texts are bytes."""

LARGEST = 8 * 2**20
DEEPEST = 20
MOST_VALUES = 500_000
_LONGEST_NUMBER = 20
_END = b"e"[0]
_VERSION_2 = 2
_SHORT = 40
_NO_SIZE = "its info doesn't say how large its files are"


@dataclass(frozen=True, slots=True)
class Metainfo:
    """
    A `.torrent` file.

    The user's passkey stands in `announce`; `size` is the data's, in bytes. Of the file, `end`
    bytes are the torrent; what follows is none of it.

    Attributes:
        infohash: In lower case, as BitTorrent names it: of version 2 where the torrent is of that
            version alone (64 digits), else of version 1 (40 digits).
        sha1: The hash that trackers know a torrent of either version by.
        infohash_v2: Of version 2, also where the torrent is of both versions; else empty.
        files: The paths and sizes of its files, without those that only pad others.

    """

    infohash: str
    name: str
    size: int
    announce: str = field(repr=False)
    end: int = 0
    sha1: str = ""
    infohash_v2: str = ""
    files: tuple[tuple[str, int], ...] = field(default=(), repr=False)

    def is_named(self, infohash: str) -> bool:
        """Return whether a tracker means this torrent by an infohash; a long one may be cut."""
        short = self.infohash[:_SHORT]
        return infohash.lower() in {self.infohash, short, self.sha1}


def decode(data: bytes) -> Bencoded:
    """
    Decode one value that takes up all of the data.

    Dictionaries may have their keys in any order, as some trackers write them, but none twice.

    Raises:
        ValueError: If it isn't bencoded, or out of bounds; the text says where.

    """
    return _Reader(data).whole()


def read_torrent(data: bytes) -> Metainfo:
    """Read a `.torrent`; raise ValueError if it isn't one."""
    reader = _Reader(data, lenient=True)
    outside = reader.whole()
    info = outside.get(b"info") if isinstance(outside, dict) else None
    if not isinstance(outside, dict) or not isinstance(info, dict):
        raise ValueError("it has no info")  # noqa: TRY004 - a wrong value of ours to judge
    second = info.get(b"meta version") == _VERSION_2
    new = second and info.get(b"pieces") is None
    name = _checked_name(info, new=new)
    start, end = reader.spans[b"info"]
    sha1 = hashlib.sha1(data[start:end], usedforsecurity=False).hexdigest()
    sha256 = hashlib.sha256(data[start:end]).hexdigest() if second else ""
    announce = outside.get(b"announce")
    files = [*(_tree(info.get(b"file tree"), ()) if new else _files(info))]
    return Metainfo(
        infohash=sha256 if new else sha1,
        name=name.decode("utf-8", "replace"),
        size=sum(length for _, length, _ in files),
        announce=announce.decode("utf-8", "replace") if isinstance(announce, bytes) else "",
        end=reader.at,
        sha1=sha1,
        infohash_v2=sha256,
        files=tuple((_path(parts), length) for parts, length, pads in files if not pads),
    )


def _checked_name(info: dict[bytes, Bencoded], *, new: bool) -> bytes:
    """Return the name of the data; raise ValueError unless what must be there is."""
    name, pieces, length = info.get(b"name"), info.get(b"pieces"), info.get(b"piece length")
    if not isinstance(name, bytes):
        raise ValueError("its info has no name")  # noqa: TRY004 - a wrong value to judge, not a type
    if not new and (not isinstance(pieces, bytes) or len(pieces) % 20):
        raise ValueError("its info has no pieces")
    if not isinstance(length, int) or length <= 0:
        raise ValueError("its info has no piece length")
    return name


_Entry = tuple[tuple[Bencoded, ...], int, bool]
"""The parts of a file's path, its size, and whether it only pads others."""


def _tree(tree: Bencoded | None, path: tuple[bytes, ...]) -> Iterator[_Entry]:
    """Return the files of a torrent of version 2."""
    if not isinstance(tree, dict) or not tree:
        raise ValueError(_NO_SIZE)
    for name, inner in tree.items():
        if name:
            yield from _tree(inner, (*path, name))
        else:
            yield path, _length(inner), False


def _files(info: dict[bytes, Bencoded]) -> Iterator[_Entry]:
    """Return the files of a torrent of version 1; one that stands alone has the torrent's name."""
    files = info.get(b"files")
    if b"files" not in info:
        yield (info.get(b"name", b""),), _length(info), False
        return
    if not isinstance(files, list) or not files:
        raise ValueError(_NO_SIZE)
    for file in files:
        length, known = _length(file), file if isinstance(file, dict) else {}
        path, kind = known.get(b"path.utf-8", known.get(b"path")), known.get(b"attr")
        parts = tuple(path) if isinstance(path, list) else ()
        yield parts, length, isinstance(kind, bytes) and b"p" in kind


def _length(file: Bencoded | None) -> int:
    length = file.get(b"length") if isinstance(file, dict) else None
    if not isinstance(length, int) or length < 0:
        raise ValueError(_NO_SIZE)
    return length


def _path(parts: tuple[Bencoded, ...]) -> str:
    """Return a path for people; it may be none that a disk could have."""
    return b"/".join(part for part in parts if isinstance(part, bytes)).decode("utf-8", "replace")


class _Reader:
    """Reads on from `at`; `spans` has where the outermost dictionary's values stand."""

    def __init__(self, data: bytes, *, lenient: bool = False) -> None:
        if len(data) > LARGEST:
            raise ValueError(f"it is larger than {LARGEST // 2**20} MiB")
        self._data = data
        self._lenient = lenient
        self.at = 0
        self._left = MOST_VALUES
        self.spans: dict[bytes, tuple[int, int]] = {}

    def whole(self) -> Bencoded:
        value = self._value(0)
        if self.at != len(self._data) and not self._lenient:
            raise self._wrong("something follows")
        return value

    def _value(self, depth: int) -> Bencoded:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            raise self._wrong("too much, or too deep")
        match self._data[self.at : self.at + 1]:
            case b"i":
                self.at += 1
                return self._number(b"e")
            case b"l":
                self.at += 1
                return self._list(depth)
            case b"d":
                self.at += 1
                return self._dictionary(depth)
        return self._text()

    def _list(self, depth: int) -> list[Bencoded]:
        values: list[Bencoded] = []
        while not self._ends():
            values.append(self._value(depth + 1))
        return values

    def _dictionary(self, depth: int) -> dict[bytes, Bencoded]:
        values: dict[bytes, Bencoded] = {}
        while not self._ends():
            key = self._text()
            again = key in values
            if again and (not self._lenient or (key == b"info" and not depth)):
                raise self._wrong("a key stands twice")
            start = self.at
            value = self._value(depth + 1)
            if again:
                continue  # the first holds, as in libtorrent
            values[key] = value
            if not depth:
                self.spans[key] = (start, self.at)
        return values

    def _ends(self) -> bool:
        if self.at >= len(self._data):
            raise self._wrong("it breaks off")
        ends = self._data[self.at] == _END
        self.at += ends
        return ends

    def _text(self) -> bytes:
        length = self._number(b":")
        start, self.at = self.at, self.at + length
        if length < 0 or self.at > len(self._data):
            raise self._wrong("it breaks off")
        return self._data[start : self.at]

    def _number(self, until: bytes) -> int:
        end = self._data.find(until, self.at, self.at + _LONGEST_NUMBER + 1)
        digits = self._data[self.at : max(end, self.at)]
        plain = digits.removeprefix(b"-")
        if not plain.isdigit() or (plain[:1] == b"0" and digits != b"0"):
            raise self._wrong("no number")
        self.at = end + 1
        return int(digits)

    def _wrong(self, what: str) -> ValueError:
        return ValueError(f"{what} at byte {min(self.at, len(self._data))}")
