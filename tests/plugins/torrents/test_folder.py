"""A folder that the client of another user watches, and what is shown before anything is added."""

from __future__ import annotations

import grp
import os
from pathlib import Path
from typing import Any

import pytest

from gazelled.plugin import RetryLater, TargetFault, TorrentFile
from gazelled.testing.plugin_kit import PluginKit, PluginTarget


def put(gz: PluginKit, folder: Path, **options: Any) -> PluginTarget:  # noqa: ANN401 - as free as options
    """Return a target that writes into a folder."""
    target = gz.target("torrents", client="folder", folder=folder, **options)
    target.files[1] = TorrentFile(1, "ab" * 20, "S288C", 2**30, b"d8:announce6:CANARYe")
    return target


def test_mode_and_group_let_another_user_read_it(gz: PluginKit, tmp_path: Path) -> None:
    """From the moment that the file is there."""
    group = grp.getgrgid(os.getgroups()[0] if os.getgroups() else os.getgid()).gr_name
    put(gz, tmp_path, mode="0640", group=group).deliver(gz.event(id="1"))
    about = (tmp_path / "1.torrent").stat()
    assert about.st_mode & 0o777 == 0o640
    assert grp.getgrgid(about.st_gid).gr_name == group


def test_a_group_that_does_not_exist_is_a_fault_of_the_target(
    gz: PluginKit, tmp_path: Path
) -> None:
    """It is found by `target test`, too; nothing is written with other rights."""
    target = put(gz, tmp_path, mode="0640", group="no such group")
    for event in (gz.event("notice"), gz.event(id="1")):
        with pytest.raises(TargetFault, match='there is no group "no such group"'):
            target.deliver(event)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".added", ".imported", ".loaded"])
def test_what_its_client_has_taken_is_not_put_there_again(
    gz: PluginKit, tmp_path: Path, suffix: str
) -> None:
    """Clients rename the files that they have read."""
    (tmp_path / f"1.torrent{suffix}").write_bytes(b"")
    put(gz, tmp_path).deliver(gz.event(id="1"))
    assert [file.name for file in tmp_path.iterdir()] == [f"1.torrent{suffix}"]


@pytest.mark.parametrize("kind", ["new", "notice"])
def test_a_folder_that_is_a_file_is_a_fault_of_the_target(
    gz: PluginKit, tmp_path: Path, kind: str
) -> None:
    """A test finds it, too."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TargetFault, match=r"/file: gazelled can't write: Not a directory\."):
        put(gz, tmp_path / "file").deliver(gz.event(kind, id="1"))


def test_the_disk_of_the_data_keeps_its_free_space(gz: PluginKit, tmp_path: Path) -> None:
    """The data may be on another disk than the folder."""
    full = put(gz, tmp_path, free_space="1024 PiB", local_path=tmp_path)
    with pytest.raises(TargetFault, match=r"less than free_space \(1024 PiB\)"):
        full.deliver(gz.event(id="1"))
    missing = put(gz, tmp_path, free_space="1 MiB", local_path=tmp_path / "none")
    with pytest.raises(TargetFault, match=r"/none \(local_path\) can't be read: No such file"):
        missing.deliver(gz.event(id="1"))
    large = put(gz, tmp_path, free_space="1 MiB")
    large.files[1] = TorrentFile(1, "ab" * 20, "S288C", 2**60, b"")
    with pytest.raises(RetryLater, match=r"not enough for torrent 1 \(1024 PiB\)") as caught:
        large.deliver(gz.event(id="1"))
    assert not isinstance(caught.value, TargetFault)
    assert caught.value.after == 900
    assert list(tmp_path.iterdir()) == []


def test_a_notice_confirms_each_torrent_once(gz: PluginKit, tmp_path: Path) -> None:
    """Also after a crash before it was sent, and not for what was there before."""
    target = put(gz, tmp_path, confirm=True)
    event = gz.event(id="1")
    target.deliver(event)
    target.deliver(event, attempt=2)
    (notice,) = target.notices.values()
    assert notice == (
        "Added to target: S288C (1 GiB)",
        f"The folder {tmp_path}. It downloads, and then seeds.",
    )
    target.notices.clear()
    target.deliver(event)
    assert target.notices == {}
    target.deliver(event, attempt=2)
    assert list(target.notices.values()) == [notice]


def test_a_preview_shows_what_would_be_added(gz: PluginKit, tmp_path: Path) -> None:
    """Nothing is downloaded, added or asked for."""
    target = put(gz, tmp_path)
    target.files.clear()
    item = gz.item("S288C reads", id="1", size=2**30)
    assert target.preview(gz.event(items=(item,))) == (
        f"The folder {tmp_path}\n+ S288C reads (torrent 1, 1 GiB)"
    )
    assert target.preview(gz.event("cleared", id="1")).startswith("Nothing: ")
    other = gz.target(
        "torrents",
        client="qbittorrent",
        url="http://127.0.0.1:9",
        category="data",
        tags=["a", "b"],
        path="/data",
        paused=True,
    )
    assert other.preview(gz.event(title="Reads", id="2")).splitlines()[0] == (
        "qBittorrent at 127.0.0.1:9: category data; tags a, b; data in /data; paused"
    )
