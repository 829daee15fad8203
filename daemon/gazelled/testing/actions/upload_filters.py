"""The action `notifications`: what one's filters found."""

from __future__ import annotations

from gazelled.testing.content.filters import FilterMatch
from gazelled.testing.site.exchange import SimulatedReply
from gazelled.testing.site.php import entities, to_int, when
from gazelled.testing.site.visit import Visit

_PAGE = 50


def notifications(visit: Visit) -> SimulatedReply:
    """List what the filters of a user found, and mark all of it as read."""
    if not visit.loaded or not visit.user.may_filter:
        return visit.failure("bad parameters")
    filters = visit.world.filters
    matches = filters.of(visit.user.id, to_int(visit.param("filterid")))
    page = visit.page()
    shown = matches[(page - 1) * _PAGE : page * _PAGE]
    response = {
        "currentPages": page,
        "pages": -(-len(matches) // _PAGE),
        "numNew": sum(match.unread for match in shown),
        "results": [_result(match) for match in shown],
    }
    if shown:
        filters.mark_read(visit.user.id)
    return visit.success(response, cached=True)


def _result(match: FilterMatch) -> dict[str, object]:
    torrent, group = match.torrent, match.torrent.group
    return {
        "torrentId": torrent.id,
        "groupId": group.id,
        "groupName": entities(group.title),
        "groupCategoryId": group.category,
        "wikiImage": group.picture,
        "torrentTags": " ".join(group.tags).replace(".", "_"),
        "size": torrent.size,
        "fileCount": len(torrent.files),
        "format": None,
        "encoding": None,
        "media": torrent.platform,
        "scene": False,
        "groupYear": group.year,
        "remasterYear": 0,
        "remasterTitle": None,
        "snatched": torrent.snatched,
        "seeders": torrent.seeders,
        "leechers": torrent.leechers,
        "notificationTime": when(torrent.time),
        "hasLog": False,
        "hasCue": False,
        "logScore": 0,
        "freeTorrent": torrent.freeleech == 1,
        "logInDb": False,
        "unread": match.unread,
    }
