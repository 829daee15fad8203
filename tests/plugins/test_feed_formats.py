"""The three formats of a feed, as readers see them, and what is untrusted in them."""

from __future__ import annotations

import html
import json
import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gazelled.plugin import WebFile, sample_events
from gazelled.testing.plugin_kit import AT, PluginKit, PluginTarget
from gazelled_plugins.feed.entries import Entry, clean
from gazelled_plugins.feed.formats import FORMATS, Head

ENDINGS = ["atom", "rss", "json"]
HOSTILE = (
    "<script>alert(1)</script> & ]]> <!-- \" ' `x` %s {{7*7}} bell \x07 half \ud800 c1 \x85\x9b "
    "turned \u202egpj.exe\u202c \u2066x\u2069 πγ 🧬 العربية"
)


def served(target: PluginTarget, path: str) -> WebFile:
    """Return what is served."""
    file = target.get(path)
    assert file is not None
    return file


def parsed(target: PluginTarget, path: str) -> Any:  # noqa: ANN401 - feedparser has no types
    """Read a feed as a reader does."""
    file = served(target, path)
    feed = feedparser.parse(file.content, response_headers={"content-type": file.type})
    assert not feed.bozo, feed.bozo_exception
    return feed


@pytest.fixture
def target(gz: PluginKit) -> PluginTarget:
    """Return a feed with one data set."""
    feed = gz.target("feed", title="Yeast data")
    feed.watches = ("yeast", "quiet")
    feed.prepare()
    feed.deliver(
        gz.event(
            title="S288C <reads> & more",
            at=AT + timedelta(hours=2),
            tags=("yeast", "dna"),
            size=7_623_566_950,
            format="FASTQ",
            license="CC0",
            authors=("Ada", "Barbara"),
            url="https://biotorrents.de/torrents.php?id=63",
        )
    )
    return feed


@pytest.mark.parametrize(
    ("ending", "version", "media_type"),
    [("atom", "atom10", "application/atom+xml"), ("rss", "rss20", "application/rss+xml")],
)
def test_a_reader_finds_all_that_is_known(
    target: PluginTarget, ending: str, version: str, media_type: str
) -> None:
    """Title, page, times, tags, authors, licence and size, in either format of XML."""
    feed = parsed(target, f"target.{ending}")
    assert (feed.version, served(target, f"target.{ending}").type) == (version, media_type)
    assert feed.feed.title == "Yeast data"
    links = {link.rel: link.href for link in feed.feed.links}
    assert links["self"] == f"http://127.0.0.1:8765/target.{ending}"
    assert links["alternate"] == "https://biotorrents.de"
    entry = feed.entries[0]
    assert entry.id.startswith("tag:biotorrents.de,2026:yeast:new:")
    assert entry.link == "https://biotorrents.de/torrents.php?id=63"
    assert [tag.term for tag in entry.tags] == ["yeast", "dna"]
    assert [author.name for author in entry.authors if "name" in author] == ["Ada", "Barbara"]
    assert entry.published_parsed[:4] == (2026, 1, 5, 9)
    assert entry.updated_parsed[:4] == (2026, 1, 5, 11)
    assert entry.rights == "CC0"
    assert entry.torrent_contentlength == "7623566950"
    assert "enclosures" not in entry or entry.enclosures == []


def test_texts_are_texts_in_each_format(target: PluginTarget) -> None:
    """Atom says that it is plain; RSS knows HTML only; JSON has a key for it."""
    atom, rss = (parsed(target, f"target.{ending}").entries[0] for ending in ("atom", "rss"))
    assert atom.title_detail.value == "New: S288C <reads> & more"
    assert (atom.content[0].type, atom.content[0].value) == (
        "text/plain",
        "7.1 GiB FASTQ · CC0\nyeast",
    )
    assert rss.summary == "7.1 GiB FASTQ · CC0<br />\nyeast"
    item = ET.fromstring(served(target, "target.rss").content).find("channel/item")  # noqa: S314 - ours
    assert item is not None
    assert item.findtext("title") == "New: S288C <reads> & more"


def test_json_feed_has_what_its_specification_requires(target: PluginTarget) -> None:
    """And states the rest under the names of version 1.1; what is no part of it is set apart."""
    file = served(target, "target.json")
    assert file.type == "application/feed+json"
    feed = json.loads(file.content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "Yeast data"
    assert feed["feed_url"] == "http://127.0.0.1:8765/target.json"
    assert feed["home_page_url"] == "https://biotorrents.de"
    (item,) = feed["items"]
    atom_id = parsed(target, "target.atom").entries[0].id
    assert item == {
        "id": atom_id,
        "url": "https://biotorrents.de/torrents.php?id=63",
        "title": "New: S288C <reads> & more",
        "content_text": "7.1 GiB FASTQ · CC0\nyeast",
        "date_published": "2026-01-05T09:00:00+00:00",
        "date_modified": "2026-01-05T11:00:00+00:00",
        "authors": [{"name": "Ada"}, {"name": "Barbara"}],
        "tags": ["yeast", "dna"],
        "_gazelled": {"watch": "yeast", "license": "CC0", "size": 7623566950},
    }


def test_an_empty_feed_is_valid(gz: PluginKit) -> None:
    """Each format can be subscribed to before anything was found, and doesn't change meanwhile."""
    feed = gz.target("feed")
    feed.prepare()
    for ending in ("atom", "rss"):
        assert parsed(feed, f"target.{ending}").entries == []
        assert served(feed, f"target.{ending}") == served(feed, f"target.{ending}")
    assert json.loads(served(feed, "target.json").content)["items"] == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_entries_stand_in_the_same_order_everywhere(
    target: PluginTarget, gz: PluginKit, ending: str
) -> None:
    """The newest first, and the feed is as new as that one."""
    target.deliver(gz.event(title="second", at=AT + timedelta(days=1)))
    content = served(target, f"target.{ending}").content
    assert content.index(b"second") < content.index(b"S288C")


def test_what_is_untrusted_stays_text(gz: PluginKit) -> None:
    """Markup, control and turning characters, halves of characters: none gets through as such."""
    target = gz.target("feed", title=HOSTILE)
    target.watches = ("yeast",)
    target.prepare()
    for kind, url in (("new", "javascript:alert(1)"), ("change", "data:text/html,x")):
        target.deliver(
            gz.event(
                kind,
                title=HOSTILE,
                text=HOSTILE,
                url=url,
                tags=(HOSTILE,),
                authors=(HOSTILE, 7),
                license=HOSTILE,
                changes={"license": (HOSTILE, None)},
            )
        )
    shown = (
        "<script>alert(1)</script> & ]]> <!-- \" ' `x` %s {{7*7}} bell  half  c1  "
        "turned gpj.exe x πγ 🧬 العربية"
    )
    for ending in ("atom", "rss"):
        feed = parsed(target, f"target.{ending}")
        content = served(target, f"target.{ending}").content
        assert b"<script" not in content
        assert b"javascript:" not in content
        assert b"data:text" not in content
        assert len(feed.entries) == 2
        assert {entry.link for entry in feed.entries} == {"https://biotorrents.de"}
        assert feed.entries[1].tags[0].term == shown
    rss = ET.fromstring(served(target, "target.rss").content)  # noqa: S314 - ours
    description = rss.findtext("channel/item[2]/description") or ""
    assert "<script" not in description
    assert rss.findtext("channel/item[2]/title") == f"New: {shown}"
    items = json.loads(served(target, "target.json").content)["items"]
    assert items[1]["title"] == f"New: {shown}"
    assert items[1]["_gazelled"]["license"] == shown
    page = served(target, "index.html").content.decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_watch_has_its_own_feed(target: PluginTarget, gz: PluginKit) -> None:
    """One that tells the target has it before it finds anything; an unknown one has none."""
    target.deliver(gz.event(title="Mouse", watch="mouse"))
    target.deliver(gz.event("notice", title="The tracker is back"))
    assert [entry.title for entry in parsed(target, "target/mouse.atom").entries] == ["New: Mouse"]
    assert parsed(target, "target/yeast.rss").feed.title == "Yeast data: yeast"
    assert len(parsed(target, "target/yeast.rss").entries) == 1
    assert json.loads(served(target, "target/quiet.json").content)["items"] == []
    for path in ("target/other.atom", "target/yeast", "target/yeast.html", "target/notice.atom"):
        assert target.get(path) is None
    ids = {parsed(target, path).feed.id for path in ("target.atom", "target/yeast.atom")}
    assert len(ids) == 2


def test_each_term_of_a_watch_has_its_own_feed(target: PluginTarget, gz: PluginKit) -> None:
    """`each` makes watches with a colon in their names, and any letters behind it."""
    target.deliver(gz.event(title="Reads", watch="strains:BY4741"))
    target.deliver(gz.event(title="Lesungen", watch="strains:Ümlaut-x"))
    for watch, title in (("strains:BY4741", "Reads"), ("strains:Ümlaut-x", "Lesungen")):
        for ending in ("atom", "rss"):
            feed = parsed(target, f"target/{watch}.{ending}")
            assert [entry.title for entry in feed.entries] == [f"New: {title}"]
        assert parsed(target, f"target/{watch}.atom").feed.id.isascii()


def test_all_targets_have_one_feed(gz: PluginKit) -> None:
    """Each event stands there once, the newest first, whichever targets got it."""
    one, two = gz.target("feed", named="one"), gz.target("feed", named="two")
    one.prepare()
    two.prepare()
    both = gz.event(title="both", at=AT + timedelta(hours=1))
    one.deliver(gz.event(title="first"))
    two.deliver(both)
    one.deliver(both)
    two.deliver(gz.event(title="last", at=AT + timedelta(hours=2)))
    titles = [entry.title for entry in parsed(two, "all.atom").entries]
    assert titles == ["New: last", "New: both", "New: first"]
    assert len(json.loads(served(two, "all.json").content)["items"]) == 3


def test_a_target_may_be_called_all(gz: PluginKit) -> None:
    """Then the address is its own, as it always was."""
    other, named = gz.target("feed", named="other"), gz.target("feed", named="all")
    other.prepare()
    named.prepare()
    other.deliver(gz.event(title="elsewhere"))
    named.deliver(gz.event(title="here"))
    for target in (other, named):
        assert [entry.title for entry in parsed(target, "all.atom").entries] == ["New: here"]


def test_the_index_page_leads_to_each_feed(target: PluginTarget, gz: PluginKit) -> None:
    """By links that work without scripts, and by those that readers discover."""
    target.deliver(gz.event(title="Mouse", watch="mouse"))
    page = served(target, "index.html")
    assert page.type == "text/html; charset=utf-8"
    text = page.content.decode()
    for path in ("all", "target", "target/yeast", "target/quiet", "target/mouse"):
        for ending in ENDINGS:
            assert f'<a href="{path}.{ending}"' in text
            assert target.get(f"{path}.{ending}") is not None
    assert text.count('<link rel="alternate"') == 6
    assert (
        '<link rel="alternate" type="application/feed+json" title="Yeast data (JSON Feed)"' in text
    )
    assert "<script" not in text


def test_a_preview_is_the_entry(gz: PluginKit) -> None:
    """Nothing is added to the feed."""
    target = gz.target("feed")
    target.prepare()
    text = target.preview(gz.event(title="S288C <reads>", license="CC0"))
    assert ET.fromstring(f'<f xmlns:torrent="t">{text}</f>').findtext("entry/rights") == "CC0"  # noqa: S314 - ours
    assert "New: S288C &lt;reads&gt;" in text
    assert parsed(target, "target.atom").entries == []


@pytest.mark.parametrize("name", ["index.html", "all.json"])
def test_a_file_of_another_plugin_goes_before(target: PluginTarget, name: str) -> None:
    """What a plugin of the user has always published at these addresses stays there."""
    assert target.get(name) is not None
    (target.public / name).write_text("mine")
    assert target.get(name) is None


def test_every_kind_of_event_is_a_valid_entry(gz: PluginKit) -> None:
    """Those of the samples, digests among them: readers read them all, and previews show them."""
    target = gz.target("feed", torrents=True)
    target.prepare()
    for event in sample_events():
        assert target.preview(event).startswith("<entry>")
        target.deliver(event)
    for ending in ("atom", "rss"):
        entries = parsed(target, f"target.{ending}").entries
        assert len(entries) == len(sample_events())
        assert all(entry.title and entry.id and entry.updated for entry in entries)


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=40))
@example("\x00\r\n]]>&amp;\ud800\ufffe\U0010ffff")
def test_any_text_arrives_as_it_was_cleaned(text: str) -> None:
    """Each format holds it, and gives it back."""
    safe = clean(text)
    entry = Entry(
        key="k",
        id="tag:biotorrents.de,2026:k",
        title=safe,
        updated=AT.isoformat(),
        link="",
        authors=(safe,),
        tags=(safe,),
        text=safe,
        license=safe,
    )
    head = Head("tag:biotorrents.de,2026:f", safe, "http://127.0.0.1/f", "", safe, AT)
    documents = [write(head, entry.updated, [entry]) for _, _, write in FORMATS.values()]
    atom_root = ET.fromstring(documents[0])  # noqa: S314 - ours
    space = "{http://www.w3.org/2005/Atom}"
    assert (atom_root.findtext(f"{space}entry/{space}content") or "") == safe
    rss_root = ET.fromstring(documents[1])  # noqa: S314 - ours
    assert (rss_root.findtext("channel/item/title") or "") == safe
    described = rss_root.findtext("channel/item/description") or ""
    assert html.unescape(described.replace("<br>\n", "\n")) == safe
    feed = json.loads(documents[2])
    assert (feed["title"], feed["items"][0]["content_text"]) == (safe, safe)
