"""Answers with the structure of the documentation of Orpheus, and contents of their own."""

from __future__ import annotations

from collections.abc import Mapping

TORRENT = {
    "media": "CD",
    "format": "FLAC",
    "encoding": "Lossless",
    "remastered": True,
    "remasterYear": 2019,
    "remasterTitle": "Anniversary &amp; demos",
    "remasterRecordLabel": "Field Notes",
    "remasterCatalogueNumber": "FN-12",
    "scene": False,
    "hasLog": True,
    "hasCue": False,
    "logScore": 97,
    "fileCount": 9,
    "size": 312_000_400,
    "seeders": 4,
    "leechers": 1,
    "time": "2024-03-01 10:20:30",
}
_COUNTS = {
    "isFreeleech": False,
    "isNeutralLeech": False,
    "isPersonalFreeleech": False,
    "canUseToken": True,
    "hasSnatched": False,
}
_ARTIST = {"id": 71, "name": "Ada & the Moths"}
GROUPED = {
    "groupId": 900,
    "groupName": "Lamps &amp; wings",
    "artist": "Ada & the Moths",
    "cover": "https://orpheus.example/900.jpg",
    "tags": ["ambient", "field.recording"],
    "bookmarked": False,
    "vanityHouse": False,
    "groupYear": 2011,
    "releaseType": "Album",
    "groupTime": 1_709_288_430,
    "maxSize": 312_000_400,
    "totalSnatched": 30,
    "totalSeeders": 5,
    "totalLeechers": 1,
    "torrents": [
        {
            **TORRENT,
            **_COUNTS,
            "torrentId": 4001,
            "editionId": 1,
            "artists": [{**_ARTIST, "aliasid": 72}],
            "vanityHouse": False,
            "snatches": 11,
        }
    ],
}
FLAT = {
    **_COUNTS,
    "groupId": 950,
    "groupName": "A manual of moths",
    "torrentId": 4077,
    "tags": ["biology"],
    "category": "E-Books",
    "fileCount": 1,
    "groupTime": "2024-04-02 08:00:00",
    "size": 1_000,
    "snatches": 3,
    "seeders": 2,
    "leechers": 0,
}
_GROUP = {
    "wikiBody": "<strong>Recorded outside</strong>",
    "wikiBBcode": "[b]Recorded outside[/b]",
    "wikiImage": "",
    "id": 900,
    "name": "Lamps &amp; wings",
    "year": 2011,
    "recordLabel": "Field Notes",
    "catalogueNumber": "FN-1",
    "releaseType": 1,
    "categoryId": 1,
    "categoryName": "Music",
    "time": "2024-03-01 10:20:30",
    "vanityHouse": False,
    "musicInfo": {
        "composers": [],
        "dj": [],
        "artists": [_ARTIST],
        "with": [{"id": 73, "name": "Owl"}],
        "conductor": [],
        "remixedBy": [],
        "producer": [],
    },
}
_DETAILS = {
    **TORRENT,
    "id": 4001,
    "snatched": 11,
    "freeTorrent": False,
    "description": "",
    "fileList": "01 dusk.flac{{{30}}}|||02 dawn.flac{{{12}}}",
    "filePath": "Ada & the Moths - Lamps",
    "userId": 12,
    "username": "lepidopterist",
}

RESPONSES: Mapping[str, object] = {
    "index": {
        "username": "lepidopterist",
        "id": 12,
        "authkey": "0" * 32,
        "passkey": "1" * 32,
        "notifications": {
            "messages": 1,
            "notifications": 2,
            "newAnnouncement": False,
            "newBlog": False,
        },
        "userstats": {
            "uploaded": 900,
            "downloaded": 300,
            "ratio": 3,
            "requiredratio": 0.6,
            "bonusPoints": 40,
            "bonusPointsPerHour": 1.5,
            "class": "Member",
        },
    },
    "browse": {"currentPage": 1, "pages": 1, "results": [GROUPED, FLAT]},
    "torrent": {"group": _GROUP, "torrent": _DETAILS},
    "torrentgroup": {"group": _GROUP, "torrents": [_DETAILS, {**_DETAILS, "id": 4002}]},
    "similar_artists": [
        {"id": 74, "name": "Bats", "score": 200},
        {"id": 75, "name": "Crickets", "score": 190},
    ],
    "requests": {
        "currentPage": 1,
        "pages": 1,
        "results": [
            {
                "requestId": 33,
                "requestorId": 12,
                "requestorName": "lepidopterist",
                "timeAdded": "2024-01-01 00:00:00",
                "lastVote": "2024-01-02 00:00:00",
                "voteCount": 3,
                "bounty": 5_000_000,
                "categoryId": 1,
                "categoryName": "Music",
                "artists": [[{"id": "71", "name": "Ada & the Moths"}]],
                "title": "Night flight",
                "year": 2012,
                "image": "",
                "description": "Any edition.",
                "catalogueNumber": "",
                "releaseType": "",
                "bitrateList": "1",
                "formatList": "Lossless",
                "mediaList": "FLAC",
                "logCue": "CD",
                "isFilled": False,
                "fillerId": 0,
                "fillerName": "",
                "torrentId": 0,
                "timeFilled": "",
            }
        ],
    },
    "user": {
        "username": "lepidopterist",
        "avatar": "",
        "isFriend": False,
        "profileText": "",
        "stats": {
            "joinedDate": "2019-10-28 14:26:12",
            "lastAccess": "2024-05-09 00:17:52",
            "uploaded": 900,
            "downloaded": 300,
            "ratio": 3.0,
            "requiredRatio": 0.6,
        },
        "ranks": {"uploaded": 98, "downloaded": 95, "uploads": 85, "requests": 0, "overall": 85},
        "personal": {"class": "Member", "paranoia": 0, "donor": False, "passkey": "1" * 32},
        "community": {"posts": 8, "seeding": 30, "leeching": 0, "snatched": 60},
    },
    "announcements": {
        "announcements": [
            {
                "newsId": 2,
                "title": "Moved",
                "body": "New <b>disks</b>",
                "newsTime": "2024-01-01 01:02:03",
            }
        ],
        "blogPosts": [],
    },
    "artist": {
        "id": 71,
        "name": "Ada & the Moths",
        "notificationsEnabled": False,
        "hasBookmarked": True,
        "image": "",
        "body": "",
        "vanityHouse": False,
        "tags": [{"name": "ambient", "count": 3}],
        "similarArtists": [],
        "statistics": {
            "numGroups": 1,
            "numTorrents": 2,
            "numSeeders": 5,
            "numLeechers": 1,
            "numSnatches": 30,
        },
        "torrentgroup": [
            {
                "groupId": 900,
                "groupName": "Lamps &amp; wings",
                "groupYear": 2011,
                "tags": ["ambient"],
                "releaseType": 1,
                "torrent": [{**TORRENT, "id": 4001, "groupId": 900, "snatched": 11}],
            }
        ],
        "requests": [],
    },
}
"""What is in `response`, by action."""
