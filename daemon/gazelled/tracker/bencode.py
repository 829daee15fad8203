"""
Reading bencoded data: strictly, within bounds, and never more than that.

An infohash is made of the very bytes between the start and the end of `info`, so the reader
tells where each value of the outermost dictionary stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

Bencoded = int | bytes | list["Bencoded"] | dict[bytes, "Bencoded"]
"""A value; its texts are bytes."""

LARGEST = 8 * 2**20
DEEPEST = 20
MOST_VALUES = 500_000
_LONGEST_NUMBER = 20
_END = b"e"[0]


@dataclass(frozen=True, slots=True)
class Torrent:
    """
    A `.torrent`.

    Attributes:
        infohash: In lower case, as BitTorrent names it.
        name: What its data is called.
        size: Of its data, in bytes.
        announce: Where it is announced; the user's passkey stands in it.

    """

    infohash: str
    name: str
    size: int
    announce: str = field(repr=False)


def decode(data: bytes) -> Bencoded:
    """
    Decode one value that takes up all of the data.

    Dictionaries may have their keys in any order, as some trackers write them, but none twice.

    Raises:
        ValueError: If it isn't bencoded, or out of bounds; the text says where.

    """
    return _Reader(data).whole()


def read_torrent(data: bytes) -> Torrent:
    """
    Read a `.torrent`.

    Raises:
        ValueError: If it isn't one.

    """
    reader = _Reader(data)
    outside = reader.whole()
    info = outside.get(b"info") if isinstance(outside, dict) else None
    if not isinstance(outside, dict) or not isinstance(info, dict):
        raise ValueError("it has no info")  # noqa: TRY004 - a wrong value of ours to judge
    name, pieces, length = info.get(b"name"), info.get(b"pieces"), info.get(b"piece length")
    if not isinstance(name, bytes) or not isinstance(pieces, bytes) or len(pieces) % 20:
        raise ValueError("its info has no name or no pieces")
    if not isinstance(length, int) or length <= 0:
        raise ValueError("its info has no piece length")
    start, end = reader.spans[b"info"]
    announce = outside.get(b"announce")
    return Torrent(
        infohash=hashlib.sha1(data[start:end], usedforsecurity=False).hexdigest(),
        name=name.decode("utf-8", "replace"),
        size=_size(info),
        announce=announce.decode("utf-8", "replace") if isinstance(announce, bytes) else "",
    )


def _size(info: Mapping[bytes, Bencoded]) -> int:
    files = info.get(b"files", [info])
    lengths = [
        file.get(b"length") if isinstance(file, dict) else None
        for file in (files if isinstance(files, list) else [])
    ]
    known = [length for length in lengths if isinstance(length, int) and length >= 0]
    if not lengths or len(known) < len(lengths):
        raise ValueError("its info doesn't tell how large its files are")
    return sum(known)


class _Reader:
    """Reads from a position on; `spans` tells where the outermost dictionary's values stand."""

    def __init__(self, data: bytes) -> None:
        if len(data) > LARGEST:
            raise ValueError(f"it is larger than {LARGEST // 2**20} MiB")
        self._data = data
        self._at = 0
        self._left = MOST_VALUES
        self.spans: dict[bytes, tuple[int, int]] = {}

    def whole(self) -> Bencoded:
        value = self._value(0)
        if self._at != len(self._data):
            raise self._wrong("something follows")
        return value

    def _value(self, depth: int) -> Bencoded:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            raise self._wrong("too much, or too deep")
        match self._data[self._at : self._at + 1]:
            case b"i":
                self._at += 1
                return self._number(b"e")
            case b"l":
                self._at += 1
                return self._list(depth)
            case b"d":
                self._at += 1
                return self._dictionary(depth)
        return self._text()

    def _list(self, depth: int) -> list[Bencoded]:
        found: list[Bencoded] = []
        while not self._ends():
            found.append(self._value(depth + 1))
        return found

    def _dictionary(self, depth: int) -> dict[bytes, Bencoded]:
        found: dict[bytes, Bencoded] = {}
        while not self._ends():
            key = self._text()
            if key in found:
                raise self._wrong("a key stands twice")
            start = self._at
            found[key] = self._value(depth + 1)
            if not depth:
                self.spans[key] = (start, self._at)
        return found

    def _ends(self) -> bool:
        if self._at >= len(self._data):
            raise self._wrong("it breaks off")
        ends = self._data[self._at] == _END
        self._at += ends
        return ends

    def _text(self) -> bytes:
        length = self._number(b":")
        start, self._at = self._at, self._at + length
        if length < 0 or self._at > len(self._data):
            raise self._wrong("it breaks off")
        return self._data[start : self._at]

    def _number(self, until: bytes) -> int:
        end = self._data.find(until, self._at, self._at + _LONGEST_NUMBER + 1)
        digits = self._data[self._at : max(end, self._at)]
        plain = digits.removeprefix(b"-")
        if not plain.isdigit() or (plain[:1] == b"0" and digits != b"0"):
            raise self._wrong("no number")
        self._at = end + 1
        return int(digits)

    def _wrong(self, what: str) -> ValueError:
        return ValueError(f"{what} at byte {min(self._at, len(self._data))}")
