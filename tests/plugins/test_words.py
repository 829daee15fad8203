"""Words for people."""

from __future__ import annotations

import pytest

from gazelled.plugin import public_url
from gazelled.testing.plugin_kit import PluginKit
from gazelled_plugins import words


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, ""),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024**2 - 1, "1 MiB"),
        (7_623_566_950, "7.1 GiB"),
        (3 * 1024**5, "3 PiB"),
    ],
)
def test_sizes_are_read_as_people_write_them(count: int | None, text: str) -> None:
    """A size has one digit after the point and the unit that keeps it short."""
    assert text == words.size(count)


@pytest.mark.parametrize(("count", "text"), [(0, "no seeders"), (1, "1 seeder"), (3, "3 seeders")])
def test_seeders_are_counted_in_words(gz: PluginKit, count: int, text: str) -> None:
    """One seeder is not seeders."""
    assert text == words.facts(gz.item(seeders=count))


@pytest.mark.parametrize(
    ("kind", "headline"),
    [
        ("new", "New request: (no title)"),
        ("change", "Changed: (no title)"),
        ("gone", "Gone: (no title)"),
    ],
)
def test_a_title_that_was_not_told_is_said(gz: PluginKit, kind: str, headline: str) -> None:
    """A message without any word of what it is about would look broken."""
    assert headline == words.headline(
        gz.event(kind, title="", items=(gz.item("", kind="request"),))
    )


def test_what_is_unknown_is_not_mentioned(gz: PluginKit) -> None:
    """A data set of which nothing is known makes no line."""
    assert (words.facts(gz.item(format=None)), words.origin(gz.item(lab=""))) == ("", "")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/torrents.php?id=63", "https://a.example/torrents.php?id=63"),
        ("https://a.example/t?id=1&authkey=k&torrent_pass=p#top", "https://a.example/t?id=1#top"),
        ("https://me:pw@a.example/t?PASSKEY=p", "https://a.example/t"),
        ("javascript:alert(1)", ""),
        ("https://[broken", ""),
        ("", ""),
    ],
)
def test_a_page_is_told_without_keys(url: str, shown: str) -> None:
    """An address is a page's, and never carries a key, a password or a script."""
    assert shown == public_url(url)


@pytest.mark.parametrize(
    ("kind", "title", "headline"),
    [
        ("torrent", "S288C reads", "New: S288C reads"),
        ("data set", "S288C reads", "New: S288C reads"),
        ("conversation", "Strain names", "New message: Strain names"),
        ("message", "Strain names", "New message in Strain names"),
        ("post", "Which strain?", "New post in Which strain?"),
        ("thread", "Which strain?", "New post in Which strain?"),
        ("comment", "Comment by mod1", "New comment by mod1"),
        ("request", "W303 reads", "New request: W303 reads"),
        ("forum", "Chat", "New forum: Chat"),
        ("platform", "Nanopore", "New platform: Nanopore"),
        ("user", "mod1", "New in the list: mod1"),
        ("announcement", "Seeders wanted", "News: Seeders wanted"),
        ("blog post", "Long reads", "Blog: Long reads"),
        ("notification", "Announcement: Seeders wanted", "Announcement: Seeders wanted"),
        ("notification", "Blog: ", "New: Blog"),
    ],
)
def test_a_headline_says_once_what_is_new(
    gz: PluginKit, kind: str, title: str, headline: str
) -> None:
    """What the site's own notifications begin with isn't said again."""
    event = gz.event("new", title=title, kind=kind)
    assert headline == words.headline(event)


@pytest.mark.parametrize(
    ("kind", "title", "what"),
    [
        ("torrent", "S288C reads", "S288C reads"),
        ("request", "W303 reads", "W303 reads"),
        ("account", "Your account", "Your account"),
        ("user", "mod1", "user mod1"),
        ("post", "Which strain?", "post in Which strain?"),
        ("wiki page", "Rules", "wiki page Rules"),
    ],
)
def test_a_headline_names_what_changed(gz: PluginKit, kind: str, title: str, what: str) -> None:
    """A bare name is told with what it is the name of."""
    item = gz.item(title, kind=kind)
    assert words.headline(gz.event("change", items=(item,))) == f"Changed: {what}"
    assert words.headline(gz.event("gone", title=title, items=(item,))) == f"Gone: {what}"


def test_a_thread_with_one_post_is_new(gz: PluginKit) -> None:
    """With more of them, it is a post that is new."""
    titles = [
        words.headline(gz.event(items=(gz.item("Why?", kind="thread", posts=count),)))
        for count in (1, 2)
    ]
    assert titles == ["New thread: Why?", "New post in Why?"]


@pytest.mark.parametrize(
    ("kind", "fields", "line"),
    [
        ("post", {"forum": "Chat", "author": "mod1"}, "Chat · By mod1"),
        ("thread", {"forum": "Chat", "author": "me", "last_author": "mod1"}, "Chat · By mod1"),
        ("comment", {"author": "mod1"}, ""),
        ("message", {"sender": "mod1"}, "From mod1"),
        ("conversation", {"recipient": "mod1"}, "To mod1"),
        ("platform", {"category": "Sequences"}, "Sequences"),
        ("request", {"category": "Sequences"}, ""),
    ],
)
def test_what_was_written_says_by_whom(
    gz: PluginKit, kind: str, fields: dict[str, str], line: str
) -> None:
    """And where, unless the title does."""
    assert words.origin(gz.item("Something", kind=kind, **fields)) == line


def test_a_report_of_several_things_has_no_page(gz: PluginKit) -> None:
    """One thing has, and so has all other news."""
    several = (gz.item("S288C", url="https://a.example/1"), gz.item("W303"))
    assert words.page(gz.event("report", items=several)) == ""
    assert words.page(gz.event("report", items=several[:1])) == "https://a.example/1"
    assert words.page(gz.event(items=several)) == "https://a.example/1"


@pytest.mark.parametrize(
    ("kind", "headline", "finder", "why"),
    [
        ("new", "New: S288C reads", "yeast", "gazelled why yeast:new:63"),
        ("change", "Changed: S288C reads", "yeast", "gazelled why yeast:change:63"),
        ("gone", "Gone: S288C: seeders 1", "yeast", "gazelled why yeast:gone:63"),
        ("raised", "S288C: seeders 1", "yeast", "gazelled why yeast:raised:63"),
        ("cleared", "S288C: seeders 1", "yeast", ""),
        ("report", "S288C: seeders 1", "yeast", ""),
        ("first-look", "S288C: seeders 1", "", ""),
        ("notice", "S288C: seeders 1", "", ""),
    ],
)
def test_each_kind_of_event_has_its_words(
    gz: PluginKit, kind: str, headline: str, finder: str, why: str
) -> None:
    """What is about an item is named after it; all else speaks for itself."""
    event = gz.event(kind, title="S288C: seeders 1", items=(gz.item("S288C reads", id="63"),))
    assert (headline, finder, why) == (
        words.headline(event),
        words.finder(event),
        words.why(event),
    )


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("63", "gazelled why yeast:new:63"),
        ("12:2026-03-01", "gazelled why yeast:new:12:2026-03-01"),
        ("12:2026-03-01 10:00", "gazelled why 'yeast:new:12:2026-03-01 10:00'"),
        ("it's; rm", "gazelled why 'yeast:new:it'\"'\"'s; rm'"),
        ("", ""),
    ],
)
def test_what_explains_an_event_can_be_pasted(gz: PluginKit, name: str, command: str) -> None:
    """Whatever an id holds, the shell takes it for one word."""
    assert command == words.why(gz.event(id=name))


def test_an_alert_about_a_data_set_says_what_it_is(gz: PluginKit) -> None:
    """Its formats have a line each; of different data sets the text alone tells."""
    formats = [gz.item("S288C", id=name, group="7", format=name) for name in ("FASTQ", "BAM")]
    other = gz.item("W303", id="9", group="9", format="FASTA")
    text = "Nobody else has it."
    alone = gz.event("raised", text=text, items=tuple(formats))
    several = gz.event("raised", text=text, items=(*formats, other))
    assert words.lines(alone) == [text, "FASTQ", "BAM"]
    assert words.lines(several) == [text]
