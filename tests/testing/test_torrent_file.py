"""The simulated tracker's torrents."""

from __future__ import annotations

import hashlib

import pytest

from gazelled.testing import World
from gazelled.testing.content.torrent_file import bencode, info, torrent_file
from gazelled.tracker.decoding.bencode import read_torrent


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, b"i0e"),
        (-3, b"i-3e"),
        ("spam", b"4:spam"),
        ("é", b"2:\xc3\xa9"),
        (b"\x00", b"1:\x00"),
        ([1, "a"], b"li1e1:ae"),
        ({"b": 1, "a": []}, b"d1:ale1:bi1ee"),
    ],
)
def test_bencode(value: object, expected: bytes) -> None:
    """Values are written as BitTorrent writes them, keys in order."""
    assert bencode(value) == expected


def test_what_cannot_be_written() -> None:
    """Fractions don't exist there."""
    with pytest.raises(TypeError):
        bencode(0.5)


def test_the_infohash_is_true() -> None:
    """What `torrent` tells is the hash of what stands in the file, also after an edit."""
    world = World()
    new = world.publish("Yeast — reads", size=10**12)
    world.edit(new.group.id, title="Another title")
    content = bencode(info(new.id, new.folder, new.files))
    file = torrent_file(new, "k" * 32)
    assert file.endswith(b"4:info" + content + b"e")
    assert hashlib.sha1(content).hexdigest().upper() == new.hash  # noqa: S324 - BitTorrent's
    assert b"/" + b"k" * 32 + b"/announce" in file


def test_hashes_differ() -> None:
    """No two torrents have the same hash."""
    world = World()
    assert len({each.hash for each in world.torrents.values()}) == len(world.torrents)


def test_what_the_site_keeps_otherwise() -> None:
    """A key can stand twice, with the same infohash, and a file that is lost has no info."""
    world = World()
    new = world.publish("Yeast")
    new.stored = "announced"
    twice = read_torrent(torrent_file(new, "k" * 32))
    assert twice.infohash == new.hash.lower()
    assert torrent_file(new, "k" * 32).count(b"8:announce") == 2
    new.stored = "missing"
    with pytest.raises(ValueError, match="info"):
        read_torrent(torrent_file(new, "k" * 32))
