"""How answers about data sets are read: one row for each shape, the same names in all."""

from __future__ import annotations

from dataclasses import replace

from gazelled.fields import SIZE
from gazelled.tracker.catalogue.datasets import DETAILS
from gazelled.tracker.catalogue.listing import END, Column, Listing, Source

_PEERS = {
    "seeders": Column(("seeders",), int),
    "leechers": Column(("leechers",), int),
    "snatches": Column(("snatched",), int),
}
_FORMAT = {"platform": Column(("platform",)), **_PEERS}


COLLECTED = Listing(
    sources=(
        Source(
            kind="torrent",
            path=("torrentgroups",),
            nested="torrents",
            id=(("torrentid",),),
            title=Column(("name",), escaped=True),
            url="torrents.php?id={id}&torrentid={torrentid}",
            time=("time",),
            group=("id",),
            tags=("tagList",),
            size=("size",),
            fields={
                "group_id": Column(("id",), int),
                "year": Column(("year",), int, zero=True),
                "accession": Column(("accession",), escaped=True),
                "file_count": Column(("fileCount",), int),
                **_FORMAT,
            },
        ),
    ),
    details=DETAILS,
    example="id=1",
)

BOOKMARKED = Listing(
    sources=(
        Source(
            kind="torrent",
            path=("bookmarks",),
            nested="torrents",
            id=(("id",),),
            title=Column(("name",), escaped=True),
            url="torrents.php?id={groupId}&torrentid={id}",
            time=("time",),
            group=("groupId",),
            tags=("tagList",),
            size=("size",),
            fields={
                "group_id": Column(("groupId",), int),
                "year": Column(("year",), int, zero=True),
                "accession": Column(("accession",), escaped=True),
                "file_count": Column(("fileCount",), int),
                **_FORMAT,
            },
        ),
    ),
    when={"type": ("", "torrents")},
    details=DETAILS,
)

BOOKMARKED_AUTHORS = Listing(
    sources=(
        Source(
            kind="author",
            path=("artists",),
            id=(("artistId",),),
            title=Column(("artistName",), escaped=True),
            url="artist.php?id={artistId}",
            fields={},
        ),
    ),
    when={"type": ("artists",)},
    example="type=artists",
)

TOP_TORRENTS = Listing(
    sources=(
        Source(
            kind="torrent",
            path=(),
            nested="results",
            id=(("torrentId",),),
            title=Column(("groupName",), escaped=True),
            url="torrents.php?id={groupId}&torrentid={torrentId}",
            group=("groupId",),
            tags=("tags",),
            size=("size",),
            fields={
                "group_id": Column(("groupId",), int),
                "year": Column(("groupYear",), int, zero=True),
                "transferred": Column(("data",), SIZE),
                **_FORMAT,
            },
        ),
    ),
    when={"type": ("", "torrents")},
    window=True,
    details=DETAILS,
    example="details=week",
)

TOP_TAGS = Listing(
    sources=(
        Source(
            kind="tag",
            path=(),
            nested="results",
            id=(("tag",), ("name",)),
            title=Column(("name",)),
            url="torrents.php?taglist={name}",
            fields={"list": Column(("tag",)), "uses": Column(("uses",), int)},
        ),
    ),
    when={"type": ("tags",)},
    window=True,
    example="type=tags",
)

TOP_USERS = Listing(
    sources=(
        Source(
            kind="user",
            path=(),
            nested="results",
            id=(("id",),),
            title=Column(("username",)),
            url="user.php?id={id}",
            time=("joinDate",),
            fields={
                "uploaded": Column(("uploaded",), SIZE),
                "downloaded": Column(("downloaded",), SIZE),
                "ratio": Column(("uploaded",), float, over=("downloaded",)),
                "uploads": Column(("numUploads",), int),
                "upload_speed": Column(("upSpeed",), float),
                "download_speed": Column(("downSpeed",), float),
            },
        ),
    ),
    when={"type": ("users",)},
    window=True,
    example="type=users",
)

MATCHES = Listing(
    sources=(
        Source(
            kind="torrent",
            path=("results",),
            id=(("torrentId",),),
            title=Column(("groupName",), escaped=True),
            url="torrents.php?id={groupId}&torrentid={torrentId}",
            time=("notificationTime",),
            group=("groupId",),
            tags=("torrentTags",),
            size=("size",),
            fields={
                "group_id": Column(("groupId",), int),
                "year": Column(("groupYear",), int, zero=True),
                "platform": Column(("media",)),
                "file_count": Column(("fileCount",), int),
                "unread": Column(("unread",), bool),
                **_PEERS,
            },
        ),
    ),
    order="id",
    page="page",
    last_page=END,
    fixed=("page",),
    details=DETAILS,
)

COMMENTS = Listing(
    sources=(
        Source(
            kind="comment",
            path=("comments",),
            beside=("id",),
            id=(("postId",),),
            title=Column(("userinfo", "authorName")),
            heading="Comment by {}",
            url="torrents.php?id={id}&postid={postId}#post{postId}",
            time=("addedTime",),
            body=Column(("bbBody",), escaped=True, written="bbcode"),
            fields={
                "author": Column(("userinfo", "authorName")),
                "text": Column(("bbBody",), escaped=True, written="bbcode"),
                "editor": Column(("editedUsername",)),
            },
        ),
    ),
    order="id",
    page="page",
    last_page=END,
    oldest_first=True,
    starts_last=True,
    fixed=("page",),
    example="id=1",
)

_WANTED = {
    "category": Column(("categoryName",)),
    "year": Column(("year",), int, zero=True),
    "requester": Column(("requestorName",)),
    "votes": Column(("voteCount",), int),
    "filled": Column(("isFilled",), bool),
    "filler": Column(("fillerName",)),
    "torrent_id": Column(("torrentId",), int, zero=True),
}

REQUESTS = Listing(
    sources=(
        Source(
            kind="request",
            path=("results",),
            id=(("requestId",),),
            title=Column(("title",), escaped=True),
            url="requests.php?action=view&id={requestId}",
            time=("timeAdded",),
            body=Column(("description",), escaped=True, written="bbcode"),
            fields={
                **_WANTED,
                "authors": Column(("authors", "*", "name"), tuple, escaped=True),
                "bounty": Column(("bounty",), SIZE),
            },
        ),
    ),
    order="id",
    page="page",
    last_page=END,
    when={"type": ("", "created")},
    fixed=("order", "sort", "page"),
)

SOMEONES_REQUESTS = replace(
    REQUESTS,
    order="whole",
    when={"type": ("voted", "filled", "bookmarks")},
    fixed=("page",),
    example="type=voted",
)
"""Requests that join the list whatever their age, when somebody votes for, fills or marks them."""

REQUEST = Listing(
    sources=(
        Source(
            kind="request",
            path=(),
            one=True,
            id=(("requestId",),),
            title=Column(("title",), escaped=True),
            url="requests.php?action=view&id={requestId}",
            time=("timeAdded",),
            tags=("tags",),
            body=Column(("bbDescription",), escaped=True, written="bbcode"),
            fields={
                **_WANTED,
                "authors": Column(("artists", "*", "name"), tuple, escaped=True),
                "bounty": Column(("totalBounty",), SIZE),
            },
        ),
    ),
    order="value",
    example="id=1",
)
