"""The file about a torrent beside its data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gazelled.plugin import Event, RetryLater, TorrentFile
from gazelled.testing.plugin_kit import PluginKit, PluginTarget

V1, V2 = "ab" * 20, "cd" * 32
FILES = (("a.fastq", 60), ("sub/b.fastq", 40))
DETAILS = {
    "group": {
        "name": "Yeast &amp; more",
        "authors": [{"id": 1, "name": "Barbara McClintock"}, {"id": 2, "name": "S. O'Connor"}],
        "year": 2021,
        "accession": "SRR1",
        "organism": "Saccharomyces cerevisiae",
        "strain": "S288C",
        "categoryName": "Sequences",
        "tags": ["yeast", "dna"],
    },
    "torrent": {"license": "CC0", "platform": "Illumina", "format": "FASTQ", "scope": ""},
}


def named(name: str) -> TorrentFile:
    """Return the file of a torrent whose data has a name."""
    return TorrentFile(63, V1, name, 100, b"d8:announce6:CANARYe", V2, FILES)


def put(gz: PluginKit, tmp_path: Path, name: str = "S288C reads") -> tuple[PluginTarget, Path]:
    """Return a target that writes metadata, and the folder of the data."""
    watched, data = tmp_path / "watched", tmp_path / "data"
    watched.mkdir()
    data.mkdir()
    target = gz.target(
        "torrents", client="folder", folder=watched, local_path=data, metadata="json"
    )
    target.files[63] = named(name)
    target.answers["torrent"] = DETAILS
    return target, data


def facts_in(folder: Path) -> dict[str, Any]:
    """Return what the only file of a folder says."""
    (file,) = folder.iterdir()
    facts: dict[str, Any] = json.loads(file.read_text())
    return facts


def test_it_has_all_that_is_known(gz: PluginKit, tmp_path: Path) -> None:
    """In the tracker's words without its escapes; others can read it, and no secret is in it."""
    target, data = put(gz, tmp_path)
    target.deliver(gz.event("raised", title="Yeast & more", id="63"))
    url = "https://biotorrents.de/torrents.php?id=3563058"
    assert facts_in(data) == {
        "title": "Yeast & more",
        "authors": ["Barbara McClintock", "S. O'Connor"],
        "year": 2021,
        "accession": "SRR1",
        "licence": "CC0",
        "citation": "Barbara McClintock, S. O'Connor (2021). Yeast & more. BioTorrents.de, SRR1. "
        + facts_in(data)["page"],
        "page": facts_in(data)["page"],
        "tags": ["yeast", "dna"],
        "organism": "Saccharomyces cerevisiae",
        "strain": "S288C",
        "category": "Sequences",
        "platform": "Illumina",
        "format": "FASTQ",
        "site": "BioTorrents.de",
        "torrent": 63,
        "infohash": V1,
        "infohash_v2": V2,
        "name": "S288C reads",
        "size": 100,
        "files": [{"path": "a.fastq", "size": 60}, {"path": "sub/b.fastq", "size": 40}],
    }
    assert facts_in(data)["page"].startswith(url.partition("?")[0])
    file = data / "S288C reads.gazelled-63.json"
    assert file.stat().st_mode & 0o777 == 0o644
    assert "CANARY" not in file.read_text()


def test_without_an_answer_it_has_what_the_list_says(gz: PluginKit, tmp_path: Path) -> None:
    """The log says that more is missing."""
    target, data = put(gz, tmp_path)
    del target.answers["torrent"]
    fields: dict[str, Any] = {"license": "CC BY", "authors": ("A. Author",), "accession": None}
    with capture_logs() as logs:
        target.deliver(gz.event(title="Reads", id="63", tags=("yeast",), **fields))
    facts = facts_in(data)
    assert facts["licence"] == "CC BY"
    assert facts["citation"].startswith("A. Author. Reads. BioTorrents.de. https://")
    assert "accession" not in facts
    assert "metadata.shortened" in {line["event"] for line in logs}


def test_it_is_brought_up_to_date(gz: PluginKit, tmp_path: Path) -> None:
    """Its own file is replaced, also when the torrent was there already."""
    target, data = put(gz, tmp_path)
    target.deliver(gz.event(id="63"))
    target.answers["torrent"] = {"group": {"year": 1999}}
    target.deliver(gz.event(id="63"), attempt=2)
    assert facts_in(data)["year"] == 1999


@pytest.mark.parametrize("content", ["mine", '{"infohash": "other"}', "[]", "\xff"])
def test_a_file_of_somebody_else_is_left_as_it_is(
    gz: PluginKit, tmp_path: Path, content: str
) -> None:
    """The torrent is added, and the log says so."""
    target, data = put(gz, tmp_path)
    file = data / "S288C reads.gazelled-63.json"
    file.write_text(content, "latin-1")
    with capture_logs() as logs:
        target.deliver(gz.event(id="63"))
    assert file.read_text("latin-1") == content
    assert [line["event"] for line in logs if "torrent" in line] == [
        "torrent.added",
        "metadata.skipped",
    ]


@pytest.mark.parametrize("other", ["folder", "dangling link"])
def test_what_is_no_file_is_left_as_it_is(gz: PluginKit, tmp_path: Path, other: str) -> None:
    """Nothing is written through it either."""
    target, data = put(gz, tmp_path)
    file = data / "S288C reads.gazelled-63.json"
    made = {"folder": file.mkdir, "dangling link": lambda: file.symlink_to(tmp_path / "elsewhere")}
    made[other]()
    with capture_logs() as logs:
        target.deliver(gz.event(id="63"))
    assert "metadata.skipped" in {line["event"] for line in logs}
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("../up", "torrent 63.gazelled-63.json"),
        (".hidden", "torrent 63.gazelled-63.json"),
        ("", "torrent 63.gazelled-63.json"),
        ("a\nb\u202ec", "abc.gazelled-63.json"),
        ("ä" * 300, f"{'ä' * 100}.gazelled-63.json"),
        ("\ud800", "torrent 63.gazelled-63.json"),
    ],
)
def test_its_name_is_one_that_a_file_can_have(
    gz: PluginKit, tmp_path: Path, name: str, written: str
) -> None:
    """In the folder of the data, whatever the torrent calls it."""
    target, data = put(gz, tmp_path, name)
    target.deliver(gz.event(id="63"))
    assert [file.name for file in data.iterdir()] == [written]


def test_a_folder_that_is_not_there_is_a_failure_after_the_torrent_was_added(
    gz: PluginKit, tmp_path: Path
) -> None:
    """Another attempt writes what is missing, and asks the tracker for nothing."""
    target, data = put(gz, tmp_path)
    data.rmdir()
    target.answers = answers = Counting(target.answers)

    def attempts() -> Iterator[Event]:
        yield gz.event(id="63")
        assert (tmp_path / "watched" / "63.torrent").exists()
        data.mkdir()
        yield gz.event(id="63")

    first, second = target.deliver_all(attempts())
    assert isinstance(first, RetryLater)
    assert re.search(r"metadata of torrent 63 can't be written to .*/data: No", str(first))
    assert second is None
    assert facts_in(data)["torrent"] == 63
    assert answers.times == 1


class Counting(dict[str, object]):
    """Answers that count how often one was asked for."""

    times = 0

    def __getitem__(self, action: str) -> object:
        self.times += 1
        return super().__getitem__(action)
