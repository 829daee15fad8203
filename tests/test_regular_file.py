"""Files that people write are read; whatever else stands in their place is an error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gazelled.regular_file import is_regular, read_regular, write_whole


def test_a_file_is_read(tmp_path: Path) -> None:
    """So is one that a link points at."""
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "link", 4) == b"text"
    assert is_regular(tmp_path / "link")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pipe", "it is not a regular file"),
        ("/dev/zero", "it is not a regular file"),
        ("/dev/null", "it is not a regular file"),
        (".", "Is a directory"),
        ("large", "it is larger than 1 KiB"),
        ("none", "No such file or directory"),
        ("n" * 300, "File name too long"),
    ],
)
def test_anything_else_is_an_error(tmp_path: Path, name: str, reason: str) -> None:
    """Nothing is waited for, and no more is read than may be there."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * 1025)
    with pytest.raises(OSError) as caught:  # noqa: PT011 - its text is checked below
        read_regular(tmp_path / name, 1024)
    assert caught.value.strerror == reason


@pytest.mark.parametrize("name", ["pipe", ".", "none", "n" * 300, "n" * 5000, "a\0b"])
def test_what_is_no_file_is_none(tmp_path: Path, name: str) -> None:
    """A name that can't be one isn't an exception."""
    os.mkfifo(tmp_path / "pipe")
    assert not is_regular(tmp_path / name)


@pytest.mark.parametrize("name", ["pipe", "folder"])
def test_what_is_no_file_is_not_replaced(tmp_path: Path, name: str) -> None:
    """Root could replace a device, such as /dev/null."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    before = (tmp_path / name).stat()
    with pytest.raises(OSError, match="it is "):
        write_whole(tmp_path / name, b"text")
    assert (tmp_path / name).stat().st_mode == before.st_mode
    assert len([*tmp_path.iterdir()]) == 2


def test_a_link_is_replaced_and_not_what_it_points_at(tmp_path: Path) -> None:
    """So that a unit that was masked can be installed again."""
    (tmp_path / "link").symlink_to(os.devnull)
    write_whole(tmp_path / "link", b"text")
    assert (tmp_path / "link").read_bytes() == b"text"
    assert not (tmp_path / "link").is_symlink()
