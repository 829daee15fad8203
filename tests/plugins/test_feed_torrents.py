"""The private feed: `.torrent` files for those who know the token, and for nobody else."""

from __future__ import annotations

import json
import stat
from typing import Any

import feedparser
import pytest

from gazelled.plugin import GiveUp, RetryLater, TorrentFile
from gazelled.testing.plugin_kit import PluginKit, PluginTarget

CANARY = b"d8:announce10:CANARYpasse"


@pytest.fixture
def target(gz: PluginKit) -> PluginTarget:
    """Return a feed with torrents: 63 alone, and 64 and 65, two formats of a data set."""
    feed = gz.target("feed", torrents=True)
    feed.files[63] = TorrentFile(63, "a" * 40, "S288C", 7, CANARY)
    feed.prepare()
    feed.deliver(gz.event(items=(gz.item("S288C reads", id="63", size=7),)))
    formats = [
        gz.item("Mouse reads", id="64", size=64, format="FASTQ"),
        gz.item("Mouse reads", id="65", size=65, format="BAM"),
    ]
    feed.deliver(gz.event("raised", title="Few seeders: Mouse", items=tuple(formats)))
    feed.deliver(gz.event("gone", items=(gz.item("Gone reads", id="66"),)))
    feed.deliver(gz.event(items=(gz.item("A thread", id="67", kind="thread"),)))
    return feed


def token(target: PluginTarget) -> str:
    """Read the token."""
    return (target.folder / "token").read_text().strip()


def parsed(target: PluginTarget, path: str) -> Any:  # noqa: ANN401 - feedparser has no types
    """Read a feed as a reader does."""
    file = target.get(path)
    assert file is not None
    feed = feedparser.parse(file.content, response_headers={"content-type": file.type})
    assert not feed.bozo
    return feed


@pytest.mark.parametrize("ending", ["rss", "atom"])
def test_each_torrent_is_an_entry_with_an_enclosure(target: PluginTarget, ending: str) -> None:
    """Under its own id, with its own size; what has no torrent isn't there."""
    feed = parsed(target, f"target/{token(target)}/torrents.{ending}")
    assert [
        (entry.title, entry.id, entry.torrent_contentlength, entry.enclosures[0].href)
        for entry in feed.entries
    ] == [
        (title, f"tag:biotorrents.de,2026:torrent:{number}", size, address(target, number))
        for title, number, size in (
            ("Few seeders: Mouse [64 B FASTQ]", 64, "64"),
            ("Few seeders: Mouse [65 B BAM]", 65, "65"),
            ("New: S288C reads", 63, "7"),
        )
    ]
    assert {entry.enclosures[0].type for entry in feed.entries} == {"application/x-bittorrent"}


def address(target: PluginTarget, number: int) -> str:
    """Return the address of a torrent."""
    return f"http://127.0.0.1:8765/target/{token(target)}/{number}.torrent"


def test_json_has_attachments(target: PluginTarget) -> None:
    """As its specification names them."""
    file = target.get(f"target/{token(target)}/torrents.json")
    assert file is not None
    items = json.loads(file.content)["items"]
    assert [item["attachments"] for item in items][2] == [
        {"url": address(target, 63), "mime_type": "application/x-bittorrent"}
    ]


def test_the_file_comes_when_it_is_asked_for(target: PluginTarget) -> None:
    """With its type, and no cache may keep it."""
    file = target.get(f"target/{token(target)}/63.torrent")
    assert file is not None
    assert (file.content, file.type, file.private) == (CANARY, "application/x-bittorrent", True)


@pytest.mark.parametrize(
    "path",
    [
        "target/{token}x/torrents.rss",
        "target/x{token}/torrents.rss",
        "target/{token}/../torrents.rss",
        "target//torrents.rss",
        "target/\udcff/torrents.rss",
        "target/torrents.rss",
        "target/63.torrent",
        "target/{token}",
        "target/{token}/",
        "target/{token}/target.rss",
        "target/{token}/token",
        "target/{token}/66.torrent",
        "target/{token}/67.torrent",
        "target/{token}/1.torrent",
        "target/{token}/063.torrent",
        "target/{token}/63.torrent/",
    ],
)
def test_nothing_else_is_there(target: PluginTarget, path: str) -> None:
    """Neither with another token, nor a file that the feed doesn't offer."""
    assert target.get(path.format(token=token(target))) is None


def test_the_tracker_may_have_no_file_now_or_ever(target: PluginTarget) -> None:
    """What may come later is told so; what never comes isn't there."""
    target.files[64] = RetryLater("20 files were fetched within a day", after=3600)
    target.files[65] = GiveUp("There is no torrent 65.")
    with pytest.raises(RetryLater) as caught:
        target.get(f"target/{token(target)}/64.torrent")
    assert caught.value.after == 3600
    assert target.get(f"target/{token(target)}/65.torrent") is None


def test_the_token_is_secret(target: PluginTarget, capsys: pytest.CaptureFixture[str]) -> None:
    """Its user alone can read it; no feed, page or log has it."""
    file = target.folder / "token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(token(target)) == 43
    target.files[64] = RetryLater("later")
    with pytest.raises(RetryLater) as caught:
        target.get(f"target/{token(target)}/64.torrent")
    assert token(target) not in str(caught.value)
    for path in ("target.atom", "target.rss", "target.json", "all.atom", "index.html"):
        served = target.get(path)
        assert served is not None
        assert token(target).encode() not in served.content
    logged = capsys.readouterr()
    assert "plugin.serve_failed" in logged.out
    assert token(target) not in logged.out + logged.err
    stored = (target.folder / "entries.json").read_text() + (
        target.public / "target.atom"
    ).read_text()
    assert token(target) not in stored
    assert b"CANARY" not in stored.encode()


def test_a_deleted_token_is_replaced_at_once(target: PluginTarget) -> None:
    """The old address is nobody's any more, without a restart."""
    old = token(target)
    (target.folder / "token").unlink()
    assert target.get(f"target/{old}/torrents.rss") is None
    assert token(target) != old
    assert target.get(f"target/{token(target)}/torrents.rss") is not None


@pytest.mark.parametrize("content", ["", "short", "a" * 500, "ä" * 40])
def test_an_unusable_token_opens_nothing(target: PluginTarget, content: str) -> None:
    """Not even to those who know it."""
    (target.folder / "token").write_text(content)
    with pytest.raises(RetryLater, match="holds no token; delete it"):
        target.get(f"target/{content}/torrents.rss")


def test_it_is_off_unless_wanted(gz: PluginKit) -> None:
    """Without the option there is neither a token nor a file, whatever the path."""
    target = gz.target("feed")
    target.prepare()
    target.deliver(gz.event(items=(gz.item(id="63"),)))
    assert not (target.folder / "token").exists()
    assert target.get("target/x/63.torrent") is None
    assert target.get("target/x/torrents.rss") is None
