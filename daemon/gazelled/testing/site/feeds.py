"""The feeds of the site, whose links hold the keys of the user who reads them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import urlencode

from gazelled.testing.content.records import CATEGORIES, TorrentRecord, UserRecord
from gazelled.testing.content.world import World
from gazelled.testing.site.exchange import NO_CACHE, SimulatedReply, SimulatedRequest
from gazelled.testing.site.php import http_date, to_int

_NEWEST = 50
_XML = "application/xml; charset=utf-8"


class _Feed(NamedTuple):
    title: str
    about: str
    items: list[str]


def feed(ask: SimulatedRequest, world: World, *, site: str) -> SimulatedReply:
    """Answer `feeds.php`, which knows readers by their keys, not by cookies or tokens."""
    reader = world.users.get(to_int(ask.query.get("user", "")))
    known = (
        reader is not None
        and reader.enabled
        and ask.query.get("auth") == reader.rss_key
        and ask.query.get("passkey") == reader.passkey
    )
    name = ask.query.get("feed", "")
    channel = (
        _feed(name, world, reader, site)
        if known and reader is not None
        else _Feed("Blocked", "RSS feed.", [])
    )
    now = world.clock.now()
    modified = ("Last-Modified", http_date(now))
    body = (
        "<?xml version='1.0' encoding='utf-8'?>"
        "<rss xmlns:dc='http://purl.org/dc/elements/1.1/' version='2.0'><channel>"
        f"<title>{html.escape(channel.title)} \u2e2c {site}</title><link>{_home(site)}</link>"
        f"<description>{html.escape(channel.about)}</description><language>en-us</language>"
        f"<lastBuildDate>{format_datetime(now)}</lastBuildDate>"
        "<docs>http://blogs.law.harvard.edu/tech/rss</docs>"
        f"<generator>Gazelle Feed Class</generator>{''.join(channel.items)}</channel></rss>"
    )
    return SimulatedReply(200 if known else 500, _XML, body.encode(), (*NO_CACHE[:1], modified))


def _home(site: str) -> str:
    return f"https://{site.lower()}/"


def _feed(name: str, world: World, reader: UserRecord, site: str) -> _Feed:
    staff = f"{site} Staff"
    match name:
        case "feed_news":
            news = [
                _item(
                    announcement.title,
                    _plain(announcement.body),
                    announcement.time,
                    f"{_home(site)}index.php#news{announcement.id}",
                    staff,
                )
                for announcement in world.visible_news()[:_NEWEST]
            ]
            return _Feed("News", "RSS feed for site news.", news)
        case "feed_blog":
            posts = [
                _item(
                    post.title,
                    _plain(post.body),
                    post.time,
                    f"{_home(site)}blog.php#blog{post.id}",
                    staff,
                )
                for post in world.blog[: -_NEWEST - 1 : -1]
            ]
            return _Feed("Blog", "RSS feed for site blog.", posts)
    title, about, torrents = _uploads(name, world, reader)
    newest = sorted(torrents, key=lambda torrent: torrent.id, reverse=True)[:_NEWEST]
    return _Feed(title, about, [_upload(torrent, world, reader, site) for torrent in newest])


def _uploads(
    name: str, world: World, reader: UserRecord
) -> tuple[str, str, Iterable[TorrentRecord]]:
    new = _recent(world)
    if name == f"torrents_bookmarks_t_{reader.passkey}":
        about = "RSS feed for bookmarked torrents."
        marked = [torrent for torrent in new if torrent.group.id in reader.bookmarks]
        return "Bookmarked torrent notifications", about, marked
    if names := re.fullmatch(rf"torrents_notify(_\d+)?_{reader.passkey}", name):
        matches = world.filters.of(reader.id, to_int((names[1] or "_0")[1:]))
        about = "RSS feed for personalized torrent notifications."
        seen = [match.torrent for match in matches if match.torrent in new]
        return "Personalized torrent notifications", about, seen
    for number, category in enumerate(CATEGORIES, start=1):
        if name == f"torrents_{category.lower()}":
            # The cache takes no key with a space in it: such a feed stays empty.
            shown = [
                torrent for torrent in new if torrent.group.category == number and " " not in name
            ]
            about = f"RSS feed for all new {category} torrents."
            return f"New {category} Torrents", about, shown
    title = "All New Torrents" if name == "torrents_all" else "All Torrents"
    return title, "RSS feed for all new torrent uploads.", new


def _recent(world: World) -> list[TorrentRecord]:
    """Return the uploads since the cache was flushed."""
    since = world.feeds_since
    return [
        torrent
        for torrent in world.torrents.values()
        if torrent.gone is None and (since is None or torrent.time >= since)
    ]


def _upload(torrent: TorrentRecord, world: World, reader: UserRecord, site: str) -> str:
    group = torrent.group
    tags = " ".join(group.tags)
    keys = {"authkey": reader.authkey, "torrent_pass": reader.passkey, "id": torrent.id}
    link = f"{_home(site)}torrents.php?action=download&{urlencode(keys)}"
    author = "Anonymous" if torrent.anonymous else world.users[torrent.uploader].name
    more = (
        f"<comments>{_home(site)}torrents.php?id={group.id}</comments>"
        f"<category><![CDATA[{tags}]]></category>"
    )
    title = f"{group.title} - {tags}"
    return _item(title, _plain(torrent.description), torrent.time, link, author, more)


def _item(title: str, text: str, time: datetime, link: str, author: str, more: str = "") -> str:
    address = html.escape(link)
    return (
        f"<item><title><![CDATA[{title}]]></title><description><![CDATA[{text}]]></description>"
        f"<pubDate>{format_datetime(time)}</pubDate><link>{address}</link><guid>{address}</guid>"
        f"{more}<dc:creator>{html.escape(author)}</dc:creator></item>"
    )


def _plain(bbcode: str) -> str:
    text = html.escape(re.sub(r"\[/?[a-z]+(=[^\]]*)?\]", "", bbcode)).replace("&#x27;", "&#39;")
    return text.replace("\n", "<br />\n")
