"""Files that people write are read; whatever else stands in their place is an error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gazelled.regular_file import is_regular, read_regular


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
