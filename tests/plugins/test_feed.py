"""The feed, as a feed reader sees it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import feedparser
import pytest

from gazelled.testing.plugin_kit import PluginKit, PluginTarget


def read(target: PluginTarget) -> Any:  # noqa: ANN401 - feedparser has no types
    """Read the feed as a reader does."""
    parsed = feedparser.parse((target.public / "target.atom").read_bytes())
    assert not parsed.bozo
    return parsed


def test_a_reader_reads_it(gz: PluginKit) -> None:
    """A data set is an entry with title, page, tags, authors and what is known of it."""
    target = gz.target("feed", title="Yeast data")
    target.deliver(
        gz.event(
            title="S288C <reads> & more",
            tags=("yeast", "dna"),
            size=7_623_566_950,
            format="FASTQ",
            license="CC0",
            authors=("Ada", "Barbara"),
            url="https://biotorrents.de/torrents.php?id=63",
        )
    )
    parsed = read(target)
    entry = parsed.entries[0]
    assert (
        parsed.feed.title,
        next(link.href for link in parsed.feed.links if link.rel == "self"),
    ) == ("Yeast data", "http://127.0.0.1:8765/target.atom")
    assert entry.title_detail.value == "New: S288C <reads> & more"
    assert entry.content[0].value == "7.1 GiB FASTQ · CC0\nyeast"
    assert entry.link == "https://biotorrents.de/torrents.php?id=63"
    assert [tag.term for tag in entry.tags] == ["yeast", "dna"]
    assert [author.name for author in entry.authors] == ["Ada", "Barbara"]


def test_it_is_there_before_anything_was_told(gz: PluginKit) -> None:
    """A reader can subscribe at once; another start changes nothing, and loses no entry."""
    target = gz.target("feed", title="Yeast data")
    target.prepare()
    parsed = read(target)
    assert (parsed.feed.title, parsed.entries) == ("Yeast data", [])
    first = (target.public / "target.atom").read_bytes()
    target.prepare()
    assert (target.public / "target.atom").read_bytes() == first
    target.deliver(gz.event(title="S288C reads"))
    target.prepare()
    assert [entry.title for entry in read(target).entries] == ["New: S288C reads"]


def test_ids_are_stable_and_told_once(gz: PluginKit) -> None:
    """A redelivery changes neither the entries nor the file."""
    target = gz.target("feed")
    target.deliver(gz.event(title="S288C"))
    before = (target.public / "target.atom").stat()
    target.deliver(gz.event(title="S288C"), attempt=2)
    after = (target.public / "target.atom").stat()
    assert len(read(target).entries) == 1
    assert read(target).entries[0].id.startswith("tag:biotorrents.de,2026:yeast:new:")
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_crash_between_the_two_files_is_made_good(gz: PluginKit) -> None:
    """When the entry was kept but the feed not written, the redelivery writes it."""
    target = gz.target("feed")
    target.deliver(gz.event(title="S288C"))
    (target.public / "target.atom").unlink()
    target.deliver(gz.event(title="S288C"), attempt=2)
    assert len(read(target).entries) == 1


def test_the_latest_are_kept(gz: PluginKit) -> None:
    """The newest entry is the first and the oldest beyond `keep` is gone."""
    target = gz.target("feed", keep=2)
    target.deliver(gz.event(title="one"))
    target.deliver(gz.event(title="two"))
    target.deliver(gz.event(title="three"))
    assert [entry.title for entry in read(target).entries] == ["New: three", "New: two"]


def test_notices_and_first_looks_are_entries(gz: PluginKit) -> None:
    """What the daemon has to say stands in the feed too, and leads to the site."""
    target = gz.target("feed")
    target.deliver(gz.event("first-look", title="Watching yeast.", text="14 of 212 fit."))
    target.deliver(gz.event("notice", title="BioTorrents.de is back", text="2 uploads meanwhile."))
    assert [
        (read(target).entries[0].title, read(target).entries[0].link),
        read(target).entries[1].title,
    ] == [("BioTorrents.de is back", "https://biotorrents.de"), "Watching yeast."]


def test_it_never_tells_a_key(gz: PluginKit) -> None:
    """Neither links nor texts carry the keys that the tracker puts into addresses."""
    target = gz.target("feed")
    target.deliver(
        gz.event(
            "new",
            title="see ?authkey=CANARY1&x=1",
            url="https://biotorrents.de/torrents.php?id=1&torrent_pass=CANARY2",
        )
    )
    target.deliver(gz.event("notice", title="n", text="passkey=CANARY3"))
    written = (target.public / "target.atom").read_text()
    written += (target.folder / "entries.json").read_text()
    assert "CANARY" not in written
    assert "torrents.php?id=1" in written


def test_what_xml_cannot_hold_is_left_out(gz: PluginKit) -> None:
    """Control characters and half characters don't break the feed."""
    target = gz.target("feed")
    target.deliver(gz.event(title="bell \x07 half \ud800 zero \x00 π 🧬"))
    assert read(target).entries[0].title == "New: bell  half  zero  π 🧬"


@pytest.mark.parametrize("damage", ["", "{", '[{"key": 1}]'])
def test_damaged_entries_are_put_aside(gz: PluginKit, damage: str) -> None:
    """A file that can't be read is kept aside and the feed begins anew."""
    target = gz.target("feed")
    kept = target.folder / "entries.json"
    kept.write_text(damage)
    target.deliver(gz.event(title="S288C"))
    assert len(json.loads(kept.read_text())) == 1
    assert damage == kept.with_suffix(".damaged").read_text()


def test_nothing_else_lies_in_the_public_folder(gz: PluginKit) -> None:
    """What is served is the feed and nothing else."""
    target = gz.target("feed")
    target.deliver(gz.event())
    assert [Path("target.atom")] == [
        path.relative_to(target.public) for path in target.public.iterdir()
    ]
