"""An entry of a feed: what an event becomes there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from gazelled.plugin import Context, Delivery, Event, EventKind, hide_keys, public_url
from gazelled_plugins import words
from gazelled_plugins.messages import harmless

# Control characters, and what else XML can't hold.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOTICES = "notice"
_WITH_TORRENTS = {EventKind.NEW, EventKind.RAISED}


@dataclass(frozen=True, slots=True)
class TorrentRef:
    """A torrent of an entry: its id, what distinguishes it there, and the size of its data."""

    id: int
    facts: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Entry:
    """
    One entry. Its texts can be written into XML, and hold no key.

    Attributes:
        key: The key of its delivery.
        id: Identifies it for readers, for ever.
        updated: When it was found, in ISO 8601.
        link: A page, by http or https; may be empty.
        text: Plain text, line by line.
        published: When its subject appeared, in ISO 8601.
        watch: The watch that found it; empty for a notice.
        size: Of the data, in bytes.
        torrents: What of it can be downloaded.
        enclosure: The address of a `.torrent` file; empty in what is stored, as it is a secret.

    """

    key: str
    id: str
    title: str
    updated: str
    link: str
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    text: str = ""
    published: str = ""
    watch: str = ""
    license: str = ""
    size: int | None = None
    torrents: tuple[TorrentRef, ...] = ()
    enclosure: str = ""

    @property
    def found_by(self) -> str:
        """The watch; of an entry of an older gazelled as its key has it."""
        name = self.watch or self.key.partition(":")[0]
        return "" if name == _NOTICES else name


def clean(text: str) -> str:
    """Return a text without what a reader can't show or is misled by, and without secrets."""
    return hide_keys(harmless(_FORBIDDEN.sub("", text)))


def tag_uri(context: Context, name: str) -> str:
    """Return an id (RFC 4151); the year says whose domain is meant, and stays."""
    host = urlsplit(context.site_url).hostname or "localhost"
    return f"tag:{host},2026:{name}"


def make_entry(delivery: Delivery, context: Context) -> Entry:
    """Make an entry of an event."""
    event = delivery.event
    text = filter(None, [*words.lines(event), words.finder(event)])
    authors = event.item.fields.get("authors")
    tags = [tag for item in event.items for tag in item.tags or ()]
    licence = event.item.fields.get("license")
    sizes = [item.size for item in event.items]
    return Entry(
        key=delivery.key,
        id=tag_uri(context, quote(event.key, safe=":@-._~+")),
        title=clean(words.headline(event)),
        updated=event.at.isoformat(),
        link=public_url(event.item.url) or public_url(context.site_url),
        authors=tuple(map(clean, map(str, authors))) if isinstance(authors, list | tuple) else (),
        tags=tuple(dict.fromkeys(map(clean, tags))),
        text=clean("\n".join(text)),
        published=_published(event).isoformat(),
        watch=event.watch,
        license=clean(licence) if isinstance(licence, str) else "",
        size=sum(size for size in sizes if size is not None) if None not in sizes else None,
        torrents=tuple(_torrents(event)),
    )


def _published(event: Event) -> datetime:
    """Return when what is new appeared; what happened to it happened when it was found."""
    time = event.item.time
    return min(time, event.at) if event.kind is EventKind.NEW and time else event.at


def _torrents(event: Event) -> list[TorrentRef]:
    if event.kind not in _WITH_TORRENTS:
        return []
    several = len(event.items) > 1
    return [
        TorrentRef(int(item.id), clean(words.facts(item)) if several else "", item.size)
        for item in event.items
        if item.kind == "torrent" and item.id.isdecimal()
    ]
