"""
Reading bencoded data within bounds: strictly, and torrents as leniently as clients do.

An infohash is made of the very bytes between the start and the end of `info`, so the reader
shows where each value of the outermost dictionary stands. Nothing around `info` changes it: bytes
behind the end and a key that stands twice, as sites write them, are no reason to lose a torrent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
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

    """

    infohash: str
    name: str
    size: int
    announce: str = field(repr=False)
    end: int = 0
    sha1: str = ""

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
    name, pieces, length = info.get(b"name"), info.get(b"pieces"), info.get(b"piece length")
    new = info.get(b"meta version") == _VERSION_2 and pieces is None
    if not isinstance(name, bytes):
        raise ValueError("its info has no name")  # noqa: TRY004 - a wrong value to judge, not a type
    if not new and (not isinstance(pieces, bytes) or len(pieces) % 20):
        raise ValueError("its info has no pieces")
    if not isinstance(length, int) or length <= 0:
        raise ValueError("its info has no piece length")
    start, end = reader.spans[b"info"]
    sha1 = hashlib.sha1(data[start:end], usedforsecurity=False).hexdigest()
    announce = outside.get(b"announce")
    return Metainfo(
        infohash=hashlib.sha256(data[start:end]).hexdigest() if new else sha1,
        name=name.decode("utf-8", "replace"),
        size=sum(_lengths(info.get(b"file tree"))) if new else _size(info),
        announce=announce.decode("utf-8", "replace") if isinstance(announce, bytes) else "",
        end=reader.at,
        sha1=sha1,
    )


def _lengths(tree: Bencoded | None) -> Iterator[int]:
    if not isinstance(tree, dict) or not tree:
        raise ValueError(_NO_SIZE)
    for name, inner in tree.items():
        if name:
            yield from _lengths(inner)
            continue
        length = inner.get(b"length") if isinstance(inner, dict) else None
        if not isinstance(length, int) or length < 0:
            raise ValueError(_NO_SIZE)
        yield length


def _size(info: Mapping[bytes, Bencoded]) -> int:
    files = info.get(b"files", [info])
    lengths = [
        file.get(b"length") if isinstance(file, dict) else None
        for file in (files if isinstance(files, list) else [])
    ]
    sizes = [length for length in lengths if isinstance(length, int) and length >= 0]
    if not lengths or len(sizes) < len(lengths):
        raise ValueError(_NO_SIZE)
    return sum(sizes)


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
