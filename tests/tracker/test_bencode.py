"""Reading bencoded data."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gazelled.testing.content.torrent_file import bencode, infohash
from gazelled.tracker.decoding.bencode import DEEPEST, LARGEST, MOST_VALUES, decode, read_torrent

RECORDED = Path(__file__).parents[1] / "recorded"
INFO = {"name": "x", "length": 3, "piece length": 16, "pieces": b"p" * 20}

values = some.recursive(
    some.integers(-(10**15), 10**15) | some.binary(max_size=30),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(some.text("abc", max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


def as_read(value: object) -> object:
    """Return what a value is read as: texts are bytes."""
    if isinstance(value, dict):
        return {key.encode(): as_read(inner) for key, inner in value.items()}
    return [as_read(inner) for inner in value] if isinstance(value, list) else value


@given(values)
def test_what_was_written_is_read(value: object) -> None:
    """Reading is the inverse of writing."""
    assert decode(bencode(value)) == as_read(value)


@given(some.binary(max_size=60) | some.text("dile0123:-", max_size=40).map(str.encode))
def test_anything_is_read_or_refused(data: bytes) -> None:
    """Whatever comes, there is no other error, and what is read is what was written."""
    try:
        found = decode(data)
    except ValueError:
        return
    assert written(found) == len(data)


def written(value: object) -> int:
    """Return how many bytes a value takes up."""
    match value:
        case bytes():
            return len(str(len(value))) + 1 + len(value)
        case list():
            return 2 + sum(map(written, value))
        case dict():
            return 2 + sum(written(key) + written(inner) for key, inner in value.items())
        case _:
            return 2 + len(str(value))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no number at byte 0"),
        (b"i-0e", "no number at byte 1"),
        (b"i03e", "no number"),
        (b"i+3e", "no number"),
        (b"i 3e", "no number"),
        (b"ie", "no number"),
        (b"i" + b"9" * 30 + b"e", "no number"),
        (b"03:abc", "no number"),
        (b"-1:a", "it breaks off"),
        (b"5:abc", "it breaks off"),
        (b"99999999999999999999:a", "it breaks off"),
        (b"li1e", "it breaks off"),
        (b"di1ei2ee", "no number"),
        (b"d1:ai1e1:ai2ee", "a key stands twice"),
        (b"i1ei2e", "something follows at byte 3"),
        (b"l" * (DEEPEST + 2) + b"e" * (DEEPEST + 2), "too deep"),
        (b"l" + b"0:" * MOST_VALUES + b"e", "too much"),
        (b"0" * (LARGEST + 1), "larger than 8 MiB"),
    ],
)
def test_what_is_not_strictly_bencoded_is_refused(data: bytes, words: str) -> None:
    """It says what is wrong and where."""
    with pytest.raises(ValueError, match=words):
        decode(data)


def test_a_recorded_file_is_read() -> None:
    """The infohash is the one that the tracker tells."""
    record = json.loads((RECORDED / "download-cookie.json").read_text())
    told = json.loads(json.loads((RECORDED / "torrent.json").read_text())["body"])
    torrent = read_torrent(base64.b64decode(record["body_base64"]))
    assert torrent.infohash == told["response"]["torrent"]["infoHash"].lower()
    assert torrent.size == told["response"]["torrent"]["size"]
    assert torrent.announce not in repr(torrent)


def test_the_infohash_is_made_of_the_bytes_of_info() -> None:
    """Whatever stands around it."""
    files = (("a", 5), ("b", 7))
    info = {"files": [{"length": n, "path": [name]} for name, n in files]}
    made = bencode({"announce": "http://x/", "info": INFO | info, "zzz": {"info": 1}})
    assert read_torrent(made).size == 12
    assert len(infohash(1, "f", files)) == len(read_torrent(made).infohash)


@pytest.mark.parametrize(
    "outside",
    [
        [],
        {},
        {"info": 3},
        {"info": {}},
        {"info": INFO | {"name": 1}},
        {"info": INFO | {"pieces": b"short"}},
        {"info": INFO | {"piece length": 0}},
        {"info": INFO | {"length": -1}},
        {"info": INFO | {"files": 3}},
        {"info": INFO | {"files": [3]}},
        {"info": INFO | {"files": []}},
    ],
)
def test_what_is_bencoded_but_no_torrent_is_refused(outside: object) -> None:
    """A file must say what it is about."""
    with pytest.raises(ValueError, match=r"^it"):
        read_torrent(bencode(outside))


def test_a_line_break_behind_the_end() -> None:
    """It is none of the torrent, and changes nothing."""
    data = (Path(__file__).parent / "newline.torrent").read_bytes()
    torrent = read_torrent(data)
    assert data[torrent.end :] == b"\n"
    assert torrent == read_torrent(data[: torrent.end])
    assert (torrent.name, torrent.size) == ("data.fasta", 10)


@pytest.mark.parametrize("behind", [b"\r\n\r\n", b"\0", b"<br />\n<b>Warning</b>: x", b"i1e"])
def test_whatever_stands_behind_the_end(behind: bytes) -> None:
    """Clients don't read it either."""
    data = bencode({"info": INFO})
    torrent = read_torrent(data + behind)
    assert torrent.infohash == read_torrent(data).infohash
    assert torrent.end == len(data)


def test_a_key_that_stands_twice() -> None:
    """The first holds; but what is hashed must be there once."""
    info = bencode(INFO)
    data = b"d8:announce3:a/x8:announce3:b/x4:info" + info + b"e"
    torrent = read_torrent(data)
    assert torrent.announce == "a/x"
    assert torrent.infohash == hashlib.sha1(info, usedforsecurity=False).hexdigest()
    with pytest.raises(ValueError, match="a key stands twice"):
        read_torrent(b"d4:info" + info + b"4:info" + info + b"e")


TREE = {"a.fasta": {"": {"length": 5}}, "dir": {"b": {"": {"length": 7}}, "c": {"": {"length": 0}}}}
NEW = {"name": "x", "piece length": 16384, "meta version": 2, "file tree": TREE}


def test_version_2_alone() -> None:
    """Its infohash is that of version 2; trackers may know it cut, or by the one of version 1."""
    info = bencode(NEW)
    torrent = read_torrent(bencode({"info": NEW, "piece layers": {}}))
    assert torrent.infohash == hashlib.sha256(info).hexdigest()
    assert torrent.size == 12
    assert torrent.infohash_v2 == torrent.infohash
    assert torrent.files == (("a.fasta", 5), ("dir/b", 7), ("dir/c", 0))
    assert torrent.is_named(torrent.infohash[:40].upper())
    assert torrent.is_named(hashlib.sha1(info, usedforsecurity=False).hexdigest())
    assert not torrent.is_named("0" * 40)


def test_both_versions() -> None:
    """It goes by the infohash of version 1, as trackers and older clients know it."""
    info = bencode(INFO | NEW)
    torrent = read_torrent(bencode({"info": INFO | NEW}))
    assert torrent.infohash == hashlib.sha1(info, usedforsecurity=False).hexdigest()
    assert torrent.size == 3
    assert torrent.infohash_v2 == hashlib.sha256(info).hexdigest()


def test_files_have_paths_and_those_that_pad_others_are_none() -> None:
    """A single file has the torrent's name; a name in UTF-8 goes before another one."""
    files: list[dict[str, object]] = [
        {"length": 1, "path": ["dir", "a"]},
        {"length": 2, "path": [".pad", "2"], "attr": "p"},
        {"length": 4, "path": ["?"], "path.utf-8": ["ä"]},
        {"length": 8, "path": 3},
    ]
    many = {name: value for name, value in INFO.items() if name != "length"} | {"files": files}
    torrent = read_torrent(bencode({"info": many}))
    assert torrent.files == (("dir/a", 1), ("ä", 4), ("", 8))
    assert torrent.size == 15
    assert read_torrent(bencode({"info": INFO})).files == ((INFO["name"], 3),)
    assert read_torrent(bencode({"info": INFO})).infohash_v2 == ""


@pytest.mark.parametrize(
    "tree", [{}, 3, {"a": {}}, {"a": {"": {}}}, {"a": {"": {"length": -1}}}, {"a": 3}]
)
def test_version_2_without_sizes(tree: object) -> None:
    """A tree that doesn't tell how large its files are is refused."""
    with pytest.raises(ValueError, match="how large"):
        read_torrent(bencode({"info": NEW | {"file tree": tree}}))
