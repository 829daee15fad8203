"""Words for people."""

from __future__ import annotations

import pytest

from gazelled.testing.plugin_kit import PluginKit
from gazelled_plugins import words


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, ""),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024**2 - 1, "1.0 MiB"),
        (7_623_566_950, "7.1 GiB"),
        (3 * 1024**5, "3072.0 TiB"),
    ],
)
def test_sizes_are_read_as_people_write_them(count: int | None, text: str) -> None:
    """A size has one digit after the point and the unit that keeps it short."""
    assert text == words.size(count)


@pytest.mark.parametrize(("count", "text"), [(0, "no seeders"), (1, "1 seeder"), (3, "3 seeders")])
def test_seeders_are_counted_in_words(gz: PluginKit, count: int, text: str) -> None:
    """One seeder is not seeders."""
    assert text == words.facts(gz.item(seeders=count))


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
    assert shown == words.public(url)


@pytest.mark.parametrize(
    ("kind", "title", "headline"),
    [
        ("torrent", "S288C reads", "New: S288C reads"),
        ("conversation", "Strain names", "New message: Strain names"),
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
