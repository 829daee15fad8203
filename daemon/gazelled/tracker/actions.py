"""
The rows of the action catalogue.

Known from the tracker's public documentation and, where that differs, from its application
(github.com/biotorrents/gazelle at 7076607, of 2021-03-05), asked request by request.
"""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.tracker.catalogue import Action, Column, Listing, Parameter, Source

CATEGORIES: Mapping[str, str] = {
    name: str(number)
    for number, name in enumerate(
        (
            "Sequences",
            "Graphs",
            "Systems",
            "Geometric",
            "Scalars/Vectors",
            "Patterns",
            "Constraints",
            "Images",
            "Spatial",
            "Models",
            "Documents",
            "Machine Data",
        ),
        start=1,
    )
}
"""The categories of data sets, by name."""

_ID = Parameter("its number", number=True)
_NEEDED_ID = Parameter("its number", required=True, number=True)
_PAGE = Parameter("the page, from 1", number=True)
_LIMIT = Parameter("how many", number=True)
_HASH = Parameter("the infohash, in either case")
_SWITCH: Mapping[str, str] = {"no": "0", "yes": "1"}
_ORDER = Parameter("what to sort by")
_WAY = Parameter("which way to sort", values={"ascending": "asc", "descending": "desc"})
_CATEGORY = Parameter("categories, by name or number", values=CATEGORIES, style="flags")
_TAGS_TYPE = Parameter(
    "whether one tag is enough or all are needed", values={"any": "0", "all": "1"}
)

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

_ROWS = (
    Action(
        "index",
        "Who you are, your statistics and unread counters",
        note="by token only the id and the unread messages are real",
    ),
    Action("stats", "Figures of the site"),
    Action("manifest", "The site's web app manifest"),
    Action("loadavg", "The server's load"),
    Action("ontology", "Categories with their platforms and formats"),
    Action(
        "browse",
        "Data sets, newest first, or a search",
        {
            "searchstr": Parameter("words to look for"),
            "taglist": Parameter("tags, with commas between", style="words"),
            "tags_type": _TAGS_TYPE,
            "filter_cat": _CATEGORY,
            "artistname": Parameter("an author's name"),
            "groupname": Parameter("words of the title"),
            "advgroupname": Parameter("words to look for"),
            "description": Parameter("words of the description"),
            "filelist": Parameter("words of the file names"),
            "year": Parameter("a year, or two with a hyphen between"),
            "size_min": Parameter("the least size, in size_unit"),
            "size_max": Parameter("the largest size, in size_unit"),
            "size_unit": Parameter("the power of 1024 that sizes are counted in", number=True),
            "codec": Parameter("a licence"),
            "container": Parameter("a format"),
            "media": Parameter("a platform"),
            "resolution": Parameter("a scope"),
            "studio": Parameter("a lab"),
            "series": Parameter("a location"),
            "cataloguenumber": Parameter("an accession number"),
            "censored": Parameter("annotated or not", values=_SWITCH),
            "freetorrent": Parameter(
                "freeleech only", values={"no": "0", "yes": "1", "neutral": "2", "any": "3"}
            ),
            "group_results": Parameter("torrents of one data set together", values=_SWITCH),
            "order_by": Parameter(
                "what to sort by",
                values={
                    name: name
                    for name in (
                        "time",
                        "year",
                        "size",
                        "seeders",
                        "leechers",
                        "snatched",
                        "random",
                    )
                },
            ),
            "order_way": _WAY,
            "page": _PAGE,
        },
        listing=UPLOADS,
    ),
    Action("torrent", "One torrent with its data set", {"id": _ID, "hash": _HASH}),
    Action("torrentgroup", "One data set with all its torrents", {"id": _ID, "hash": _HASH}),
    Action(
        "torrentgroupalbumart",
        "The picture of a data set",
        {"id": _NEEDED_ID},
        state="undocumented",
    ),
    Action("tcomments", "Comments on a data set", {"id": _NEEDED_ID, "page": _PAGE}),
    Action(
        "collage",
        "A collage and its data sets",
        {"id": _NEEDED_ID, "showonlygroups": Parameter("leave the torrents out", values=_SWITCH)},
    ),
    Action(
        "artist",
        "An author and their data sets",
        {
            "id": _ID,
            "artistname": Parameter("a name"),
            "artistreleases": Parameter("releases only", values=_SWITCH),
        },
        state="broken",
        note="answers with an empty error page for every author",
    ),
    Action("request", "One request", {"id": _NEEDED_ID, "page": _PAGE}),
    Action(
        "requests",
        "Requests, newest first, or a search",
        {
            "search": Parameter("words to look for"),
            "tags": Parameter("tags, with commas between", style="words"),
            "tag": Parameter("the same as tags, as the documentation has it", style="words"),
            "tags_type": _TAGS_TYPE,
            "filter_cat": _CATEGORY,
            "type": Parameter(
                "whose requests",
                values={name: name for name in ("created", "voted", "filled", "bookmarks")},
            ),
            "requestor": Parameter("a user's number", number=True),
            "submit": Parameter("send 1 with show_filled", values=_SWITCH),
            "show_filled": Parameter("filled ones too; needs submit", values=_SWITCH),
            "order": _ORDER,
            "sort": _WAY,
            "page": _PAGE,
        },
    ),
    Action(
        "top10",
        "The top lists",
        {
            "type": Parameter(
                "of what", values={name: name for name in ("torrents", "tags", "users")}
            ),
            "limit": _LIMIT,
            "details": Parameter("which list"),
        },
        login="cookie",
        note="a token gets an error page",
    ),
    Action("user", "A user's profile", {"id": _NEEDED_ID}),
    Action(
        "usersearch",
        "Users by name",
        {"search": Parameter("a part of the name", required=True), "page": _PAGE},
    ),
    Action("community_stats", "What a user did for the community", {"userid": _NEEDED_ID}),
    Action(
        "user_recents",
        "A user's latest uploads and downloads",
        {"userid": _NEEDED_ID, "limit": _LIMIT},
    ),
    Action(
        "userhistory",
        "A user's posts",
        {
            "type": Parameter("of what", required=True, values={"posts": "posts"}),
            "userid": _ID,
            "page": _PAGE,
        },
        login="cookie",
        note="empty with a token",
    ),
    Action(
        "inbox",
        "Your conversations, or one of them",
        {
            "type": Parameter(
                "which box, or viewconv for one conversation",
                values={name: name for name in ("inbox", "sentbox", "viewconv")},
            ),
            "id": Parameter("a conversation, with type=viewconv", number=True),
            "sort": Parameter("unread first", values={"unread": "unread"}),
            "search": Parameter("words to look for"),
            "searchtype": Parameter(
                "where to look", values={name: name for name in ("subject", "message", "user")}
            ),
            "page": _PAGE,
        },
        note="type=viewconv marks the conversation as read",
        listing=CONVERSATIONS,
    ),
    Action(
        "bookmarks",
        "Your bookmarks",
        {"type": Parameter("of what", values={name: name for name in ("torrents", "artists")})},
    ),
    Action(
        "notifications",
        "Torrents that your notification filters found",
        {"page": _PAGE},
        marks_read="all matches of your notification filters",
        login="cookie",
        note="needs the class Power User, Elite or Donor",
    ),
    Action(
        "get_user_notifications",
        "What is unread: news, blog, messages and more",
        listing=SITE_NOTIFICATIONS,
    ),
    Action(
        "clear_user_notification",
        "Marks notifications as read",
        {"type": Parameter("which", required=True)},
        marks_read="the notifications of that type",
        writes=True,
    ),
    Action("announcements", "News and blog posts", marks_read="the news", listing=ANNOUNCEMENTS),
    Action(
        "subscriptions",
        "Forum threads that you follow",
        {"showunread": Parameter("unread ones only", values=_SWITCH)},
        login="cookie",
        note="empty with a token",
    ),
    Action(
        "forum",
        "The forums, one forum or one thread",
        {
            "type": Parameter(
                "what",
                required=True,
                values={name: name for name in ("main", "viewforum", "viewthread")},
            ),
            "forumid": Parameter("a forum, with type=viewforum", number=True),
            "threadid": Parameter("a thread, with type=viewthread", number=True),
            "postid": Parameter("a post, with type=viewthread", number=True),
            "updatelastread": Parameter(
                "0 leaves your read marker where it is", values={"0": "0", "1": "1"}
            ),
            "page": _PAGE,
        },
        login="cookie",
        note="type=viewthread moves your read marker unless updatelastread=0",
    ),
    Action(
        "wiki",
        "A wiki page",
        {"id": _ID, "name": Parameter("its name")},
        login="cookie",
        note="always refused with a token",
    ),
    Action(
        "raw_bbcode",
        "A forum post as BBCode",
        {"postid": Parameter("the post", required=True, number=True)},
        login="cookie",
    ),
    Action(
        "better",
        "Suggested improvements",
        {"method": Parameter("which list")},
        login="cookie",
        state="broken",
    ),
    Action(
        "preview",
        "BBCode rendered as HTML",
        {"body": Parameter("the BBCode", required=True)},
        state="broken",
    ),
    Action("autofill", "What the upload form fills in", state="broken"),
    Action("get_friends", "Your friends", state="undocumented"),
    Action(
        "news_ajax",
        "News, as the front page loads them",
        {"count": _LIMIT, "offset": Parameter("how many to skip", number=True)},
        state="undocumented",
    ),
    Action(
        "send_recommendation",
        "Recommends something to a friend",
        {
            "friend": Parameter("a user's number", required=True, number=True),
            "type": Parameter("of what", required=True),
            "id": _NEEDED_ID,
            "note": Parameter("a few words"),
        },
        writes=True,
        state="undocumented",
    ),
    Action(
        "similar_artists",
        "Authors like this one",
        {"id": _NEEDED_ID, "limit": _LIMIT},
        state="absent",
    ),
    Action("torrent_info", "What a torrent file holds", state="absent"),
    Action("checkprivate", "Whether a torrent file is private", state="absent"),
    Action("votefavorite", "Votes for a data set", writes=True, state="absent"),
)

ACTIONS: Mapping[str, Action] = {row.name: row for row in _ROWS}
"""Every action that is known, by name."""
