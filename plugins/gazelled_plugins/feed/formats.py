"""The formats of a feed: Atom 1.0 (RFC 4287), RSS 2.0 and JSON Feed 1.1, of the same entries."""

from __future__ import annotations

import html
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from weakref import WeakKeyDictionary

from gazelled_plugins.feed.entries import Entry

ATOM = "http://www.w3.org/2005/Atom"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_TORRENT = "http://xmlns.ezrss.it/0.1/"
"""The namespace in which feeds of torrents tell the size of the data."""

TORRENT_TYPE = "application/x-bittorrent"


@dataclass(frozen=True, slots=True)
class Head:
    """
    What a feed says of itself.

    Attributes:
        id: Its id in Atom.
        address: Where it is itself.
        site: The page that it is about; may be empty.
        author: Who has written it.
        updated: When it changed last.

    """

    id: str
    title: str
    address: str
    site: str
    author: str
    updated: datetime


def _kept(render: Callable[[Entry], bytes]) -> Callable[[Entry], bytes]:
    """Render an entry once: a feed is put together of what its entries were rendered to."""
    rendered: WeakKeyDictionary[Entry, bytes] = WeakKeyDictionary()

    def fragment(entry: Entry) -> bytes:
        content = rendered.get(entry)
        if content is None:
            content = rendered[entry] = render(entry)
        return content

    return fragment


def atom(head: Head, newest: str, entries: Iterable[Entry]) -> bytes:
    """Write Atom; `newest` is when its newest entry was found. Equal arguments give equal bytes."""
    root = ET.Element("feed", {"xmlns": ATOM, "xmlns:torrent": _TORRENT})
    _add(root, "id", head.id)
    _add(root, "title", head.title)
    _add(root, "updated", newest)
    _add(root, "link", rel="self", type="application/atom+xml", href=head.address)
    if head.site:
        _add(root, "link", rel="alternate", type="text/html", href=head.site)
    _add(_add(root, "author"), "name", head.author)
    _add(root, "generator", "gazelled")
    ET.indent(root)
    return _document(root, b"\n</feed>", map(atom_entry, entries))


@_kept
def atom_entry(entry: Entry) -> bytes:
    """Write an entry of Atom, indented as in the feed."""
    element = ET.Element("entry")
    _add(element, "id", entry.id)
    _add(element, "title", entry.title, type="text")
    _add(element, "published", entry.published or entry.updated)
    _add(element, "updated", entry.updated)
    if entry.link:
        _add(element, "link", rel="alternate", type="text/html", href=entry.link)
    if entry.enclosure:
        _add(element, "link", rel="enclosure", type=TORRENT_TYPE, href=entry.enclosure)
    for author in entry.authors:
        _add(_add(element, "author"), "name", author)
    for tag in entry.tags:
        _add(element, "category", term=tag)
    if entry.license:
        _add(element, "rights", entry.license)
    if entry.size is not None:
        _add(element, "torrent:contentLength", str(entry.size))
    _add(element, "content", entry.text, type="text")
    return _fragment(element, level=1)


def rss(head: Head, newest: str, entries: Iterable[Entry]) -> bytes:
    """Write RSS."""
    namespaces = {"xmlns:atom": ATOM, "xmlns:dc": _DUBLIN_CORE, "xmlns:torrent": _TORRENT}
    root = ET.Element("rss", {"version": "2.0", **namespaces})
    channel = _add(root, "channel")
    _add(channel, "title", head.title)
    _add(channel, "link", head.site or head.address)
    _add(channel, "description", f"What gazelled has found at {head.author}.")
    _add(channel, "lastBuildDate", _rfc822(newest))
    _add(channel, "generator", "gazelled")
    _add(channel, "atom:link", rel="self", type="application/rss+xml", href=head.address)
    ET.indent(root)
    return _document(root, b"\n  </channel>", map(_rss_item, entries))


@_kept
def _rss_item(entry: Entry) -> bytes:
    element = ET.Element("item")
    _add(element, "title", entry.title)
    if entry.link:
        _add(element, "link", entry.link)
    _add(element, "guid", entry.id, isPermaLink="false")
    _add(element, "pubDate", _rfc822(entry.published or entry.updated))
    _add(element, "atom:updated", entry.updated)
    for author in entry.authors:
        _add(element, "dc:creator", author)
    for tag in entry.tags:
        _add(element, "category", tag)
    if entry.license:
        _add(element, "dc:rights", entry.license)
    if entry.size is not None:
        _add(element, "torrent:contentLength", str(entry.size))
    if entry.enclosure:  # 0: the file is fetched when it is asked for, so nobody knows its length
        _add(element, "enclosure", url=entry.enclosure, length="0", type=TORRENT_TYPE)
    _add(element, "description", html.escape(entry.text).replace("\n", "<br>\n"))
    return _fragment(element, level=2)


def json_feed(head: Head, newest: str, entries: Iterable[Entry]) -> bytes:
    """Write JSON Feed, which has no time of its own."""
    del newest
    about = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "home_page_url": head.site,
        "feed_url": head.address,
        "authors": [{"name": head.author}],
    }
    start = _json(about).rstrip(b"\n}")
    return start + b',\n  "items": [' + b",".join(map(_json_item, entries)) + b"\n  ]\n}\n"


@_kept
def _json_item(entry: Entry) -> bytes:
    item = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "content_text": entry.text,
        "date_published": entry.published or entry.updated,
        "date_modified": entry.updated,
        "authors": [{"name": author} for author in entry.authors],
        "tags": entry.tags,
        "attachments": [{"url": entry.enclosure, "mime_type": TORRENT_TYPE}]
        if entry.enclosure
        else [],
        "_gazelled": {"watch": entry.found_by, "license": entry.license, "size": entry.size},
    }
    required = {"id", "content_text", "_gazelled"}
    stated = {name: value for name, value in item.items() if value or name in required}
    return b"\n" + _json(stated)


FORMATS: dict[str, tuple[str, str, Callable[[Head, str, Iterable[Entry]], bytes]]] = {
    "atom": ("Atom", "application/atom+xml", atom),
    "rss": ("RSS", "application/rss+xml", rss),
    "json": ("JSON Feed", "application/feed+json", json_feed),
}
"""The name, the media type and the writer of each format, by the ending of a file's name."""


def _document(root: ET.Element, end: bytes, fragments: Iterable[bytes]) -> bytes:
    """Return a document with the entries before an end tag."""
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    before, tag, after = written.rpartition(end)
    return b"".join([before, *fragments, tag, after, b"\n"])


def _fragment(element: ET.Element, level: int) -> bytes:
    ET.indent(element, level=level)
    written: bytes = ET.tostring(element, encoding="utf-8")
    return b"\n" + b"  " * level + written


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, attributes)
    element.text = text
    return element


def _rfc822(iso: str) -> str:
    return format_datetime(datetime.fromisoformat(iso))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()
