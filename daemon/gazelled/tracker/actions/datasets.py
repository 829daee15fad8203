"""Data sets: searching them, one of them, what people say of them and collect."""

from __future__ import annotations

from gazelled.fields import SIZE
from gazelled.tracker.actions.common import at
from gazelled.tracker.actions.listed_datasets import (
    COLLECTED,
    COMMENTS,
    REQUEST,
    REQUESTS,
    SOMEONES_REQUESTS,
    TOP_TAGS,
    TOP_TORRENTS,
    TOP_USERS,
)
from gazelled.tracker.catalogue.action import Action, Parameter, Rows
from gazelled.tracker.catalogue.listing import Paging
from gazelled.tracker.catalogue.params import (
    AS_TEXT,
    CATEGORY,
    DOCUMENTED,
    ID,
    MUSIC,
    NEEDED_ID,
    PAGE,
    SEARCH_ENGINE,
    SWITCH,
    TAGS,
    TAGS_TYPE,
    WAY,
    same,
)

_MUSIC_REQUESTED = ("releases", "bitrates", "formats", "media")
_NO_YEAR = "the tracker finds nothing by the year of a request"
_ALL_EXCLUDED = {
    r"^\s*!\S+(?:\s+!\S+)*\s*$": (
        "the tracker finds nothing by excluded words alone: name a word or a tag beside them"
    ),
}
_REQUESTED_IN_VAIN = {
    "tag": "the documentation has tag, but the tracker ignores it: write tags",
    "year": f"{_NO_YEAR}: leave year out, and write match.year in a rule",
    **dict.fromkeys(_MUSIC_REQUESTED, MUSIC.format(", ".join(_MUSIC_REQUESTED))),
}

ROWS = (
    Action(
        "tcomments",
        "Comments on a data set",
        {
            "id": NEEDED_ID,
            "page": Parameter("the page, from 1", number=True, default="the last"),
            "postid": Parameter("a comment whose page is wanted", number=True),
        },
        example="id=1",
        source=DOCUMENTED,
        listings=(COMMENTS,),
        rows=(
            Rows(
                ("comments",),
                {
                    "post": at("postId"),
                    "time": at("addedTime"),
                    "author": at("userinfo", "authorName"),
                    "text": at("bbBody", escaped=True),
                },
                id="postId",
                paging=Paging(10, oldest_first=True, starts_last=True),
            ),
        ),
    ),
    Action(
        "collage",
        "A collage and its data sets",
        {"id": NEEDED_ID},
        vain={
            "showonlygroups": (
                "the tracker ignores showonlygroups and lists the torrents too: leave it out"
            )
        },
        note="a deleted collage is answered too, and says so",
        example="id=1",
        source=DOCUMENTED,
        listings=(COLLECTED,),
        rows=(
            Rows(
                ("torrentgroups",),
                {
                    "group": at("id"),
                    "torrent": at("torrentid"),
                    "title": at("name", escaped=True),
                    "year": at("year"),
                    "platform": at("platform"),
                    "size": at("size", type_=SIZE),
                    "seeders": at("seeders"),
                    "leechers": at("leechers"),
                    "snatches": at("snatched"),
                },
                nested="torrents",
            ),
        ),
    ),
    Action(
        "artist",
        "An author and their data sets",
        {
            "id": ID,
            "artistname": Parameter("a name"),
            "artistreleases": Parameter("releases only", values=SWITCH),
        },
        one_of=("id", "artistname"),
        state="broken",
        note="every author who exists is answered with an empty error page",
        example="id=1",
        source=DOCUMENTED,
    ),
    Action(
        "request",
        "One request and what was said of it",
        {"id": NEEDED_ID, "page": Parameter("the page of comments", number=True)},
        blind="With a token canEdit and canVote are always false.",
        example="id=1",
        source=DOCUMENTED,
        listings=(REQUEST,),
        rows=(
            Rows(
                ("comments",),
                {
                    "post": at("postId"),
                    "time": at("addedTime"),
                    "author": at("name"),
                    "text": at("comment"),
                },
                id="postId",
                paging=Paging(10, pages="commentPages", oldest_first=True, starts_last=True),
            ),
        ),
    ),
    Action(
        "requests",
        "Requests, newest first, or a search",
        {
            "search": Parameter(
                "words to look for; ! excludes one where another stands beside it",
                doubts=AS_TEXT | _ALL_EXCLUDED,
            ),
            "tags": TAGS,
            "tags_type": TAGS_TYPE,
            "filter_cat": CATEGORY,
            "type": Parameter(
                "whose requests", values=same("created", "voted", "filled", "bookmarks")
            ),
            "userid": Parameter(
                "a user's number, with type", number=True, needs=("type",), default="you"
            ),
            "requestor": Parameter("a user's number", number=True),
            "submit": Parameter("send 1 with show_filled", values=SWITCH),
            "show_filled": Parameter("filled ones too", values=SWITCH, needs=("submit",)),
            "order": Parameter(
                "what to sort by",
                values=same("created", "lastvote", "votes", "bounty", "filled", "random"),
                default="created",
                vain={"year": f"{_NO_YEAR}: sort by something else"},
            ),
            "sort": WAY,
            "page": PAGE,
        },
        note="filled requests are among them, unless submit=1",
        vain=_REQUESTED_IN_VAIN,
        music=frozenset(_MUSIC_REQUESTED),
        example="search=yeast submit=1",
        shares=SEARCH_ENGINE,
        source=DOCUMENTED,
        listings=(REQUESTS, SOMEONES_REQUESTS),
        rows=(
            Rows(
                ("results",),
                {
                    "request": at("requestId"),
                    "title": at("title", escaped=True),
                    "category": at("categoryName"),
                    "asked by": at("requestorName"),
                    "votes": at("voteCount"),
                    "bounty": at("bounty", type_=SIZE),
                    "filled": at("isFilled"),
                    "time": at("timeAdded"),
                },
                id="requestId",
                paging=Paging(25, note="beyond the last page currentPage is 0"),
            ),
        ),
    ),
    Action(
        "top10",
        "The top lists of torrents, tags or users",
        {
            "type": Parameter("of what", values=same("torrents", "tags", "users")),
            "limit": Parameter(
                "how many; others count as 10", values=same("10", "100", "250"), default="10"
            ),
            "details": Parameter(
                "which list alone; torrents: day … seeded, tags: ut, ur, users: ul … dls",
                values=same(
                    *("all", "day", "week", "overall", "snatched", "data", "seeded"),
                    *("ut", "ur", "ul", "dl", "numul", "uls", "dls"),
                ),
                default="all",
            ),
        },
        login="cookie",
        blind="A token gets an error page.",
        example="type=tags",
        pages_by="type",
        source=DOCUMENTED,
        listings=(TOP_TORRENTS, TOP_TAGS, TOP_USERS),
        rows=(
            Rows(
                (),
                {
                    "list": at("tag"),
                    "torrent": at("torrentId"),
                    "title": at("groupName", escaped=True),
                    "size": at("size", type_=SIZE),
                    "snatches": at("snatched"),
                    "seeders": at("seeders"),
                    "leechers": at("leechers"),
                },
                nested="results",
                when={"type": ("", "torrents")},
            ),
            Rows(
                (),
                {"list": at("tag"), "tag": at("name"), "uses": at("uses")},
                nested="results",
                when={"type": ("tags",)},
            ),
            Rows(
                (),
                {
                    "list": at("tag"),
                    "user": at("id"),
                    "name": at("username"),
                    "uploaded": at("uploaded", type_=SIZE),
                    "downloaded": at("downloaded", type_=SIZE),
                    "uploads": at("numUploads"),
                    "joined": at("joinDate"),
                },
                nested="results",
                when={"type": ("users",)},
            ),
        ),
    ),
    Action(
        "better",
        "Torrents that could be improved",
        {"method": Parameter("which list", values=same("transcode", "single"))},
        login="cookie",
        blind="A token is sent to the log-in page.",
        state="broken",
        note="documented as not implemented; answered with a failure or an empty error page",
        example="method=single",
        source=DOCUMENTED,
    ),
)
"""The actions about data sets."""
