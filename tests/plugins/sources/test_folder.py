"""The source `folder`: what it lists of a folder, file by file."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from gazelled.errors import RetryLater
from gazelled.model import Item
from gazelled.plugin.plugin_context import NO_PLUGIN
from gazelled.plugin.sources import SourcePage, SourceRequest
from gazelled_plugins.folder import Folder, FolderOptions

HOUR_AGO = time.time() - 3600


def put(folder: Path, name: str, text: str = "x", at: float = HOUR_AGO) -> None:
    """Write a file that was changed at a time."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (at, at))


def items(folder: Path, **options: object) -> list[Item]:
    """Return what the source lists."""
    model = FolderOptions.model_validate({"path": folder, **options})
    request = SourceRequest(model, NO_PLUGIN, NO_PLUGIN.clock.now())
    page = asyncio.run(Folder().poll(request))
    assert isinstance(page, SourcePage)
    return [*page.items]


def test_files_are_items(tmp_path: Path) -> None:
    """They have a name, a size, a suffix and a time; folders and links are none."""
    put(tmp_path, "old.txt", "123", HOUR_AGO - 60)
    put(tmp_path, "S288C.FASTQ", "12345")
    put(tmp_path, "deep/inside.bam")
    put(tmp_path, ".hidden")
    (tmp_path / "link.txt").symlink_to(tmp_path / "old.txt")
    new, old = items(tmp_path)
    assert (new.id, new.title, new.size, new.fields["suffix"]) == (
        "S288C.FASTQ",
        "S288C.FASTQ",
        5,
        "fastq",
    )
    assert (old.id, old.kind) == ("old.txt", "file")
    assert old.time is not None
    assert old.time.timestamp() == pytest.approx(HOUR_AGO - 60)


def test_options_choose_files(tmp_path: Path) -> None:
    """A pattern, folders within, hidden files."""
    put(tmp_path, "a.fastq")
    put(tmp_path, "deep/er/b.fastq", at=HOUR_AGO - 1)
    put(tmp_path, ".c.fastq", at=HOUR_AGO - 2)
    put(tmp_path, "d.txt")
    found = items(tmp_path, pattern="*.fastq", subfolders=True, hidden=True)
    assert [item.id for item in found] == ["a.fastq", "deep/er/b.fastq", ".c.fastq"]
    assert found[1].fields["folder"] == "deep/er"


def test_a_file_that_is_being_written_is_left_for_later(tmp_path: Path) -> None:
    """It is an item when it has not changed for a while."""
    put(tmp_path, "fresh.txt", at=time.time())
    assert items(tmp_path, settled="1h") == []
    assert len(items(tmp_path, settled="")) == 1


def test_a_folder_that_is_not_there_fails(tmp_path: Path) -> None:
    """An unplugged disk must not make all files gone."""
    with pytest.raises(RetryLater, match="the folder is not there"):
        items(tmp_path / "missing")
