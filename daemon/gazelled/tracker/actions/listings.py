"""Answers that are read as streams of items: what is new in them can be told."""

from __future__ import annotations

from gazelled.tracker.listing import Column, Listing, Source

UPLOADS = Listing(
    sources=(
        Source(
            kind="torrent",
            path=("results",),
            nested="torrents",
            id=(("torrentId",),),
            title=Column(("groupName",), escaped=True),
            url="torrents.php?id={groupId}&torrentid={torrentId}",
            time=("time",),
            group=("groupId",),
            tags=("tags",),
            size=("size",),
            fields={
                "group_id": Column(("groupId",), int),
                "year": Column(("groupYear",), int, zero=True),
                "accession": Column(("accession",)),
                "lab": Column(("lab",)),
                "location": Column(("location",)),
                "authors": Column(("authors", "*", "name"), tuple),
                "platform": Column(("platform",)),
                "format": Column(("format",)),
                "license": Column(("license",)),
                "scope": Column(("scope",)),
                "archive": Column(("archive",)),
                "annotated": Column(("annotated",), bool),
                "file_count": Column(("fileCount",), int),
                "seeders": Column(("seeders",), int),
                "leechers": Column(("leechers",), int),
                "snatches": Column(("snatches",), int),
                "freeleech": Column(("isFreeleech",), bool),
            },
        ),
    ),
    order="id",
    with_=(("group_results", "0"),),
    page="page",
    last_page=20,
    fixed=("group_results", "order_by", "order_way", "page"),
)

CONVERSATIONS = Listing(
    sources=(
        Source(
            kind="conversation",
            path=("messages",),
            id=(("convId",), ("date",)),
            title=Column(("subject",), escaped=True),
            url="inbox.php?action=viewconv&id={convId}",
            time=("date",),
            fields={
                "sender": Column(("username",)),
                "unread": Column(("unread",), bool),
                "sticky": Column(("sticky",), bool),
            },
        ),
    ),
    order="time",
    page="page",
    last_page=1000,
    front="sticky",
    when={"type": ("", "inbox", "sentbox")},
    fixed=("id", "page", "sort"),
)

SITE_NOTIFICATIONS = Listing(
    sources=(
        Source(
            kind="notification",
            path=(),
            keyed=True,
            id=(("type",), ("id",)),
            title=Column(("message",), escaped=True),
            url="{url}",
            fields={
                "type": Column(("type",)),
                "importance": Column(("importance",)),
            },
        ),
    ),
    fleeting=("Inbox:0",),
)

ANNOUNCEMENTS = Listing(
    sources=(
        Source(
            kind="announcement",
            path=("announcements",),
            id=(("newsId",),),
            title=Column(("title",)),
            url="index.php#news{newsId}",
            time=("newsTime",),
            body=Column(("bbBody",)),
            fields={},
            skip_empty="newsId",
            prefix="news:",
        ),
        Source(
            kind="blog post",
            path=("blogPosts",),
            id=(("blogId",),),
            title=Column(("title",), escaped=True),
            url="blog.php#blog{blogId}",
            time=("blogTime",),
            body=Column(("bbBody",), escaped=True),
            fields={"author": Column(("author",))},
            skip_empty="blogId",
            prefix="blog:",
        ),
    ),
)
