"""The entries of a feed outlast kills, full disks and older versions."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import feedparser
import pytest

from gazelled.plugin import RetryLater
from gazelled.testing.plugin_kit import PluginKit, PluginTarget

OLD = """[
 {
  "key": "yeast:new:2@target",
  "id": "tag:biotorrents.de,2026:yeast:new:2",
  "title": "New: second",
  "updated": "2026-01-06T09:00:00+00:00",
  "link": "https://biotorrents.de/torrents.php?id=2",
  "authors": ["Ada"],
  "tags": ["dna"],
  "text": "CC0\\nyeast"
 },
 {
  "key": "notice:1@target",
  "id": "tag:biotorrents.de,2026:notice:1",
  "title": "BioTorrents.de is back",
  "updated": "2026-01-05T09:00:00+00:00",
  "link": "https://biotorrents.de",
  "authors": [],
  "tags": [],
  "text": ""
 }
]"""

WRITER = """
import sys
from pathlib import Path
from gazelled.testing.plugin_kit import PluginKit

kit = PluginKit(here=Path(), state=Path(sys.argv[1]))
target = kit.target("feed", keep=20)
for number in range(10_000):
    target.deliver(kit.event(title=f"entry {number}"))
    print("delivered", number, flush=True)
"""


def titles(target: PluginTarget) -> list[str]:
    """Return what a reader of the file sees."""
    feed = feedparser.parse((target.public / "target.atom").read_bytes())
    assert not feed.bozo
    return [entry.title for entry in feed.entries]


def test_a_list_of_an_older_gazelled_goes_on(gz: PluginKit) -> None:
    """Its entries keep their ids and times, so none is new to a reader; watches are known."""
    target = gz.target("feed")
    (target.folder / "entries.json").write_text(OLD)
    target.prepare()
    target.deliver(gz.event(title="third"))
    feed = feedparser.parse((target.public / "target.atom").read_bytes())
    assert [entry.id for entry in feed.entries][1:] == [
        "tag:biotorrents.de,2026:yeast:new:2",
        "tag:biotorrents.de,2026:notice:1",
    ]
    assert feed.entries[1].updated == "2026-01-06T09:00:00+00:00"
    assert feed.entries[1].authors[0].name == "Ada"
    of_watch = target.get("target/yeast.json")
    assert of_watch is not None
    assert len(json.loads(of_watch.content)["items"]) == 2
    assert not (target.folder / "entries.damaged").exists()


def test_half_a_line_is_no_entry(gz: PluginKit) -> None:
    """What a kill cut off is written again by the redelivery, and harms none beside it."""
    target = gz.target("feed")
    target.deliver(gz.event(title="one"))
    target.deliver(gz.event(title="two"))
    file = target.folder / "entries.json"
    file.write_bytes(file.read_bytes()[:-20])
    target.deliver(gz.event(title="two"), attempt=2)
    target.deliver(gz.event(title="three"))
    assert titles(target) == ["New: three", "New: two", "New: one"]
    assert len(file.read_text().splitlines()) == 3
    assert not file.with_suffix(".damaged").exists()


def test_a_damaged_line_takes_no_other_with_it(gz: PluginKit) -> None:
    """The file is put aside for people, and the feed goes on."""
    target = gz.target("feed")
    for title in ("one", "two", "three"):
        target.deliver(gz.event(title=title))
    file = target.folder / "entries.json"
    lines = file.read_text().splitlines(keepends=True)
    damaged = lines[0] + lines[1].replace('"title"', '"titel"') + lines[2]
    file.write_text(damaged)
    target.deliver(gz.event(title="four"))
    assert titles(target) == ["New: four", "New: three", "New: one"]
    assert file.with_suffix(".damaged").read_text() == damaged


def test_the_file_stays_small(gz: PluginKit) -> None:
    """It is written anew once enough of it is history; nothing is lost by that."""
    target = gz.target("feed", keep=3)
    for number in range(120):
        target.deliver(gz.event(title=str(number)))
    assert len((target.folder / "entries.json").read_text().splitlines()) < 106
    assert titles(target) == ["New: 119", "New: 118", "New: 117"]


@contextmanager
def room(size: int) -> Iterator[None]:
    """Have no file grow beyond a size: a write is cut off in the middle, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_loses_nothing(gz: PluginKit) -> None:
    """The delivery is postponed in words; what is there is served, and it goes on later."""
    target = gz.target("feed")
    target.prepare()
    for number in range(3):
        target.deliver(gz.event(title=str(number)))
    file = target.folder / "entries.json"
    content = file.read_bytes()
    with (
        room(len(content) + 20),
        pytest.raises(RetryLater, match=r"^The feed can't be written: File too large\.$"),
    ):
        target.deliver(gz.event(title="3"))
    assert file.read_bytes() == content
    with room(len(content) + 20):
        assert target.get("target.rss") is not None
    target.deliver(gz.event(title="3"), attempt=2)
    assert titles(target) == ["New: 3", "New: 2", "New: 1", "New: 0"]


def test_a_folder_that_is_gone_is_a_sentence(gz: PluginKit) -> None:
    """Nothing is lost: it is a fault of the target."""
    target = gz.target("feed")
    target.deliver(gz.event(title="one"))
    moved = target.public.rename(target.public.with_name("moved"))
    with pytest.raises(RetryLater, match=r"^The feed can't be written: No such file or directory"):
        target.deliver(gz.event(title="two"))
    moved.rename(target.public)
    target.deliver(gz.event(title="two"), attempt=2)
    assert titles(target) == ["New: two", "New: one"]


@pytest.mark.slow
def test_kills_make_no_entry_twice_and_lose_none(tmp_path: Path, gz: PluginKit) -> None:
    """Whenever it is killed: each delivery that was reported is there, and the next one fits."""
    state = tmp_path / "killed"
    for _ in range(5):
        writer = subprocess.Popen(  # noqa: S603 - the arguments are ours
            [sys.executable, "-c", textwrap.dedent(WRITER), str(state)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        lines: list[bytes] = []
        while len(lines) < 30:
            lines += [line for line in [writer.stdout.readline()] if line.startswith(b"deliv")]
        writer.send_signal(signal.SIGKILL)
        lines += [line for line in writer.stdout if line.startswith(b"deliv")]
        writer.wait()
        writer.stdout.close()
        last = int(lines[-1].split()[1])
        target = PluginTarget("feed", {"keep": 20}, "target", state)
        target.deliver(gz.event(title=f"entry {last}"), attempt=2)
        file = state / "targets" / "target" / "entries.json"
        keys = [json.loads(line)[0]["key"] for line in file.read_text().splitlines()]
        assert len(keys) == len({*keys})
        wanted = {gz.event(title=f"entry {number}").key for number in range(last - 18, last + 1)}
        assert wanted <= {key.removesuffix("@target") for key in keys}
        file.unlink()
