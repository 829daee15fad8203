"""The source that reads another site's feed, over HTTP on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from gazelled.errors import SourceError
from gazelled.testing.plugin_kit import PluginKit

RSS = """<?xml version="1.0"?>
<rss version="2.0"><channel><title>Lab</title>
<item><title>S288C &lt;b&gt;reads&lt;/b&gt;</title><link>https://lab.example/1</link>
<guid>https://lab.example/1</guid><pubDate>Mon, 05 Jan 2026 09:00:00 GMT</pubDate>
<category>yeast</category><author>ada</author><description>All of it</description></item>
<item><title>Nothing identifies it</title></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Lab</title><id>urn:lab</id>
<entry><id>urn:lab:2</id><title>W303</title><updated>2026-01-06T10:00:00Z</updated></entry></feed>"""


class Site(HTTPServer):
    """A site with a feed."""

    status = 200
    content = RSS

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}/feed.xml"


class Page(BaseHTTPRequestHandler):
    """Answers with the feed."""

    server: Site

    def do_GET(self) -> None:
        """Send it."""
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.content.encode())

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve a feed."""
    with Site(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_entries_are_items(gz: PluginKit, site: Site) -> None:
    """With title, address, time, tags and author; what has no id is left out."""
    (item,) = gz.plugin("site_feed.py").poll("site-feed", url=site.url).items
    assert (item.id, item.title, item.url) == (
        "https://lab.example/1",
        "S288C reads",
        "https://lab.example/1",
    )
    assert item.time == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert (item.tags, item.fields["author"], item.summary) == (("yeast",), "ada", "All of it")


def test_atom_is_read_too(gz: PluginKit, site: Site) -> None:
    """An entry without a link has its id."""
    site.content = ATOM
    (item,) = gz.plugin("site_feed.py").poll("site-feed", url=site.url).items
    assert (item.id, item.title, item.url) == ("urn:lab:2", "W303", "")


@pytest.mark.parametrize(
    ("status", "content", "reason"),
    [
        (503, RSS, "the feed can't be read (ClientResponseError)"),
        (200, "<html>Moved</html>", "the address has no feed"),
    ],
)
def test_a_feed_that_cant_be_read_fails(
    gz: PluginKit, site: Site, status: int, content: str, reason: str
) -> None:
    """The watches of the source report it once, and ask again at their times."""
    site.status, site.content = status, content
    with pytest.raises(SourceError) as caught:
        gz.plugin("site_feed.py").poll("site-feed", url=site.url)
    assert str(caught.value).endswith(reason)


def test_wrong_options_are_named(gz: PluginKit) -> None:
    """As `gazelled check` does."""
    with pytest.raises(ValueError, match="url"):
        gz.plugin("site_feed.py").poll("site-feed", url="ftp://lab.example")
