"""The action `top10`: torrents, tags and users with the most of something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from gazelled.testing.content.records import TorrentRecord, UserRecord
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.php import entities, to_int, when
from gazelled.testing.site.visit import Visit

_LIMITS = (10, 100, 250)
_ENOUGH = 5 * 2**30
_GIFT = 500 * 2**20


def top10(visit: Visit) -> SimulatedReply:
    """Return the top lists; a token gets JSON and HTML at once."""
    if not visit.loaded:
        return visit.error_page()
    match visit.param("type"):
        case "" | "torrents":
            return _torrents(visit)
        case "tags":
            return _tags(visit)
        case "users":
            return _users(visit)
    return visit.bare_failure()


def _section(caption: str, tag: str, limit: int, results: object) -> dict[str, object]:
    return {"caption": caption, "tag": tag, "limit": limit, "results": results}


class _Top(NamedTuple):
    caption: str
    tag: str
    key: Callable[[TorrentRecord], float]
    days: int = 0


def _data(torrent: TorrentRecord) -> float:
    return torrent.size * torrent.snatched + torrent.size * 0.5 * torrent.leechers


def _active(torrent: TorrentRecord) -> float:
    return torrent.seeders + torrent.leechers


_TOPS = (
    _Top("Most Active Torrents Uploaded in the Past Day", "day", _active, 1),
    _Top("Most Active Torrents Uploaded in the Past Week", "week", _active, 7),
    _Top("Most Active Torrents of All Time", "overall", _active),
    _Top("Most Snatched Torrents", "snatched", lambda torrent: torrent.snatched),
    _Top("Most Data Transferred Torrents", "data", _data),
    _Top("Best Seeded Torrents", "seeded", lambda torrent: torrent.seeders),
)


def _torrents(visit: Visit) -> SimulatedReply:
    details, limit = visit.ask.query.get("details"), _limit(visit)
    now = visit.world.clock.now()
    sections = []
    for top in _TOPS:
        if details not in {None, "all", top.tag}:
            continue
        torrents = [
            torrent
            for torrent in visit.world.torrents.values()
            if torrent.gone is None
            and (torrent.seeders > 0 or top.tag != "day")
            and (not top.days or torrent.time > now - timedelta(days=top.days))
        ]
        torrents.sort(key=top.key, reverse=True)
        rows = [_torrent(torrent) for torrent in torrents[:limit]]
        sections.append(_section(top.caption, top.tag, limit, rows))
    return visit.success(sections) if sections else visit.error_page()


def _torrent(torrent: TorrentRecord) -> dict[str, object]:
    group = torrent.group
    return {
        "torrentId": torrent.id,
        "groupId": group.id,
        "author": ", ".join(entities(author.name) for author in reversed(group.signed)),
        "groupName": entities(group.title),
        "groupCategory": group.category,
        "groupYear": group.year,
        "platform": torrent.platform,
        "tags": group.tags,
        "snatched": torrent.snatched,
        "seeders": torrent.seeders,
        "leechers": torrent.leechers,
        "data": int(_data(torrent)),
        "size": torrent.size,
        "picture": group.picture,
    }


def _tags(visit: Visit) -> SimulatedReply:
    world, limit = visit.world, _limit(visit)
    sections = []
    for caption, tag, uses in (
        ("Most Used Torrent Tags", "ut", [group.tags for group in world.groups.values()]),
        ("Most Used Request Tags", "ur", [request.tags for request in world.requests.all.values()]),
    ):
        if visit.ask.query.get("details") in {None, "all", tag}:
            counted = Counter(name for tags in uses for name in tags if name)
            rows = [{"name": name, "uses": count} for name, count in counted.most_common(limit)]
            sections.append(_section(caption, tag, limit, rows))
    return visit.success(sections, info=False) if sections else visit.error_page()


def _users(visit: Visit) -> SimulatedReply:
    limit, world = _limit(visit), visit.world
    rows = [
        _user(visit, user)
        for user in world.users.values()
        if user.enabled
        and user.confirmed
        and not user.paranoia
        and min(user.uploaded, user.downloaded) > _ENOUGH
    ]
    sections = []
    for caption, tag, key in (
        ("Uploaders", "ul", "uploaded"),
        ("Downloaders", "dl", "downloaded"),
        ("Torrents Uploaded", "numul", "numUploads"),
        ("Fastest Uploaders", "uls", "upSpeed"),
        ("Fastest Downloaders", "dls", "downSpeed"),
    ):
        if visit.ask.query.get("details") in {None, "all", tag}:
            ordered = sorted(rows, key=lambda row: float(str(row[key])), reverse=True)
            sections.append(_section(caption, tag, limit, ordered[:limit]))
    return visit.success(sections, info=False) if sections else visit.error_page()


def _user(visit: Visit, user: UserRecord) -> dict[str, object]:
    seconds = max((visit.world.clock.now() - user.joined).total_seconds(), 1)
    torrents = visit.world.torrents.values()
    return {
        "id": user.id,
        "username": user.name,
        "uploaded": user.uploaded,
        "upSpeed": round((user.uploaded - _GIFT) / seconds, 4),
        "downloaded": user.downloaded,
        "downSpeed": round(user.downloaded / seconds, 4),
        "numUploads": sum(
            torrent.uploader == user.id and torrent.gone is None for torrent in torrents
        ),
        "joinDate": when(user.joined),
    }


def _limit(visit: Visit) -> int:
    limit = to_int(visit.param("limit"))
    return limit if limit in _LIMITS else _LIMITS[0]
