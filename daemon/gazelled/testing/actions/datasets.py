"""Data sets: `browse`, `torrent`, `torrentgroup`, and what belongs to them."""

from __future__ import annotations

from collections.abc import Iterable

from gazelled.testing.content.records import CATEGORIES, GroupRecord, TorrentRecord
from gazelled.testing.content.search import PAGE, SEARCH_ERROR, file_list, search
from gazelled.testing.site.auth import BEARER
from gazelled.testing.site.downloads import LARGEST_FOR_TOKEN, hand_out, spend_token
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.php import entities, is_number, render, to_int, when
from gazelled.testing.site.visit import Visit

_HASH_LENGTH = 40


def browse(visit: Visit) -> SimulatedReply:
    """List what a search finds, newest first."""
    query = visit.ask.query
    grouped = query.get("group_results", "1") != "0"
    result = search(visit.world, query, grouped=grouped)
    if result is None:
        return visit.failure(SEARCH_ERROR, status="error")
    if not result.total:
        return visit.success({"results": []}, cached=True)
    asked = query.get("page", "")
    results = []
    # The site compares text with a number, so that the filter hides all formats of a group.
    hidden_by_bug = grouped and not result.exact and query.get("freetorrent") in {"0", "1", "2"}
    for hits in result.page:
        shown = hits if result.exact or not grouped else visit.world.formats(hits[0].group)
        present = [torrent for torrent in shown if torrent.gone is None]
        if present and not hidden_by_bug:
            results.append(_result(visit, present, grouped=grouped))
    response = {
        "currentPage": 1 if asked in {"", "0"} else to_int(asked),
        "pages": -(-result.total // PAGE),
        "results": results,
    }
    return visit.success(response)


def _result(visit: Visit, torrents: list[TorrentRecord], *, grouped: bool) -> dict[str, object]:
    group = torrents[0].group
    torrents = in_order(torrents)
    newest = max(int(torrent.time.timestamp()) for torrent in torrents)
    return {
        "groupId": group.id,
        "groupName": entities(group.title),
        "author": ", ".join(author.name for author in reversed(group.signed)),
        "picture": group.picture,
        "tags": group.tags,
        "bookmarked": group.id in visit.user.bookmarks,
        "groupYear": group.year,
        "groupTime": newest if grouped else 0,
        "accession": group.accession,
        "lab": group.lab,
        "location": group.location,
        "maxSize": max(torrent.size for torrent in torrents) if grouped else 0,
        "totalSnatched": sum(torrent.peers[2] for torrent in torrents) if grouped else 0,
        "totalSeeders": sum(torrent.peers[0] for torrent in torrents) if grouped else 0,
        "totalLeechers": sum(torrent.peers[1] for torrent in torrents) if grouped else 0,
        "torrents": [_hit(visit, torrent) for torrent in torrents],
    }


def _hit(visit: Visit, torrent: TorrentRecord) -> dict[str, object]:
    spent = (visit.user.id, torrent.id) in visit.world.tokens_spent
    seeders, leechers, snatches = torrent.peers
    return {
        "torrentId": torrent.id,
        "authors": _authors(torrent.group),
        "platform": torrent.platform,
        "format": torrent.format,
        "license": torrent.license,
        "scope": torrent.scope,
        "annotated": int(torrent.annotated),
        "archive": torrent.archive,
        "fileCount": len(torrent.files),
        "time": when(torrent.time),
        "size": torrent.size,
        "snatches": snatches,
        "seeders": seeders,
        "leechers": leechers,
        "isFreeleech": torrent.freeleech == 1,
        "isNeutralLeech": torrent.freeleech > 1,
        "isPersonalFreeleech": spent,
        "canUseToken": bool(
            visit.loaded
            and visit.user.tokens
            and not torrent.freeleech
            and not spent
            and torrent.size < LARGEST_FOR_TOKEN
        ),
        "hasSnatched": False,
    }


def torrent(visit: Visit) -> SimulatedReply:
    """Show a torrent and its group."""
    record = _find(visit)
    if isinstance(record, SimulatedReply):
        return record
    response = {"group": _group(visit, record.group), "torrent": _torrent(visit, record)}
    return visit.success(response, cached=True)


def torrentgroup(visit: Visit) -> SimulatedReply:
    """Show a group and all its torrents."""
    if visit.param("hash"):
        record = _find(visit)
        if isinstance(record, SimulatedReply):
            return record
        group = record.group
    else:
        known = visit.world.groups.get(to_int(visit.param("id")))
        if known is None:
            return visit.failure("bad id parameter")
        group = known
    formats = sorted(visit.world.formats(group), key=lambda record: (record.platform, record.id))
    response = {
        "group": _group(visit, group),
        "torrents": [_torrent(visit, record) for record in formats],
    }
    return visit.success(response, cached=True)


def torrentgroupalbumart(visit: Visit) -> SimulatedReply:
    """Return the picture of a group, or the placeholder."""
    number = visit.param("id")
    if not number:
        return visit.fatal()
    group = visit.world.groups.get(int(number)) if is_number(number) else None
    if group is None:
        return visit.away(f"log.php?search=Group+{number}")
    picture = group.picture or "/static/common/noartwork/music.png"
    return visit.success({"picture": picture}, cached=True)


def download(visit: Visit) -> SimulatedReply:
    """Refuse: only sites that load the user for tokens give a `.torrent` here."""
    if visit.scheme == BEARER:
        return visit.failure("bad parameters")
    record = _find(visit)
    if isinstance(record, SimulatedReply):
        return record
    if visit.param("usetoken") and (problem := spend_token(visit.world, record, visit.user)):
        return visit.failure(problem)
    return hand_out(visit.world, record, visit.user)


def in_order(torrents: Iterable[TorrentRecord]) -> list[TorrentRecord]:
    """Order the formats of a data set as the site does."""
    return sorted(torrents, key=lambda torrent: (torrent.platform, torrent.format, torrent.id))


def _find(visit: Visit) -> TorrentRecord | SimulatedReply:
    number, text = visit.param("id"), visit.param("hash")
    if number and text:
        return visit.failure("bad parameters")
    if text:
        matches = [
            record
            for record in visit.world.torrents.values()
            if record.hash == text.upper() and record.gone is None
        ]
        if len(text) != _HASH_LENGTH or not matches:
            return visit.failure("bad hash parameter")
        return matches[0]
    record = visit.world.torrent(to_int(number))
    return record or visit.failure("bad id parameter")


def _group(visit: Visit, group: GroupRecord) -> dict[str, object]:
    return {
        "description": render(group.description),
        "picture": group.picture,
        "id": group.id,
        "name": entities(group.title),
        "organism": group.organism,
        "strain": group.strain,
        "authors": _authors(group),
        "year": group.year,
        "accession": group.accession,
        "categoryId": group.category,
        "categoryName": CATEGORIES[group.category - 1],
        "time": when(max(record.time for record in visit.world.formats(group))),
        "isBookmarked": group.id in visit.user.bookmarks,
        "tags": sorted(group.tags),
    }


def _torrent(visit: Visit, torrent: TorrentRecord) -> dict[str, object]:
    uploader = visit.world.users[torrent.uploader]
    return {
        "id": torrent.id,
        "infoHash": torrent.hash,
        "platform": torrent.platform,
        "format": torrent.format,
        "license": torrent.license,
        "scope": torrent.scope,
        "annotated": torrent.annotated,
        "archive": torrent.archive,
        "fileCount": len(torrent.files),
        "size": torrent.size,
        "seeders": torrent.seeders,
        "leechers": torrent.leechers,
        "snatched": torrent.snatched,
        "freeTorrent": torrent.freeleech > 0,
        "reported": False,
        "time": when(torrent.time),
        "description": entities(torrent.description),
        "fileList": file_list(torrent),
        "filePath": torrent.folder,
        "userId": 0 if torrent.anonymous else uploader.id,
        "username": "Anonymous" if torrent.anonymous else uploader.name,
    }


def _authors(group: GroupRecord) -> list[dict[str, object]]:
    return [{"id": author.id, "name": author.name} for author in group.signed]
