"""The actions `collage` and `bookmarks`: data sets that someone put together."""

from __future__ import annotations

from gazelled.testing.actions.datasets import in_order
from gazelled.testing.content.collages import KINDS
from gazelled.testing.content.records import GroupRecord, TorrentRecord
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.php import entities, is_number, render, when
from gazelled.testing.site.visit import Visit


def collage(visit: Visit) -> SimulatedReply:
    """Show a collage, also a deleted one."""
    number = visit.param("id")
    record = visit.world.collages.all.get(int(number)) if is_number(number) else None
    if record is None:
        return visit.failure("bad parameters")
    groups = [visit.world.groups[group] for group in record.groups]
    return visit.success(
        {
            "id": record.id,
            "name": entities(record.name),
            "description": render(record.description),
            "creatorID": record.author,
            "deleted": record.deleted,
            "collageCategoryID": record.kind,
            "collageCategoryName": KINDS[record.kind],
            "locked": record.locked,
            "maxGroups": 0,
            "maxGroupsPerUser": 0,
            "hasBookmarked": record.id in visit.user.collage_bookmarks,
            "subscriberCount": len(record.subscribers),
            "torrentGroupIDList": sorted(record.groups),
            "torrentgroups": [_collected(visit, group) for group in groups],
        }
    )


def _collected(visit: Visit, group: GroupRecord) -> dict[str, object]:
    return {
        "id": group.id,
        "name": entities(group.title),
        "year": group.year,
        "categoryId": group.category,
        "accession": group.accession,
        "vanityHouse": None,
        "tagList": _tags(group),
        "picture": group.picture,
        "torrents": [
            {
                "torrentid": torrent.id,
                "platform": torrent.platform,
                "fileCount": len(torrent.files),
                "size": torrent.size,
                "seeders": torrent.seeders,
                "leechers": torrent.leechers,
                "snatched": torrent.snatched,
                "freeTorrent": False,
                "reported": False,
                "time": when(torrent.time),
            }
            for torrent in in_order(visit.world.formats(group))
        ],
    }


def bookmarks(visit: Visit) -> SimulatedReply:
    """List what a user bookmarked: data sets or authors."""
    if visit.param("userid") and not visit.user.staff:
        return visit.error_page(b"")
    match visit.param("type"):
        case "" | "torrents":
            groups = [visit.world.groups[bookmark] for bookmark in sorted(visit.user.bookmarks)]
            rows = [_bookmarked(visit, group) for group in groups]
            return visit.success({"bookmarks": rows}, info=False)
        case "artists":
            authors = [
                {"artistId": author.id, "artistName": entities(author.name)}
                for author in visit.world.authors.values()
                if author.id in visit.user.author_bookmarks
            ]
            return visit.success({"artists": authors}, info=False)
    return visit.failure("bad parameters")


def _bookmarked(visit: Visit, group: GroupRecord) -> dict[str, object]:
    return {
        "id": group.id,
        "name": entities(group.title),
        "year": group.year,
        "accession": group.accession,
        "tagList": _tags(group),
        "vanityHouse": False,
        "picture": group.picture,
        "torrents": [_format(torrent) for torrent in in_order(visit.world.formats(group))],
    }


def _format(torrent: TorrentRecord) -> dict[str, object]:
    return {
        "id": torrent.id,
        "groupId": torrent.group.id,
        "platform": torrent.platform,
        "fileCount": len(torrent.files),
        "freeTorrent": False,
        "size": torrent.size,
        "leechers": torrent.leechers,
        "seeders": torrent.seeders,
        "snatched": torrent.snatched,
        "time": when(torrent.time),
        "hasFile": torrent.id,
    }


def _tags(group: GroupRecord) -> str:
    return " ".join(group.tags).replace(".", "_")
