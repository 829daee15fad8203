"""Data sets: searching them, one of them, what people say of them and collect."""

from __future__ import annotations

from dataclasses import replace

from gazelled.tracker.actions.common import at
from gazelled.tracker.actions.listed_datasets import (
    COLLECTED,
    COMMENTS,
    FORMATS,
    REQUEST,
    REQUESTS,
    SOMEONES_REQUESTS,
    TOP_TAGS,
    TOP_TORRENTS,
    TOP_USERS,
    TORRENT,
    UPLOADS,
)
from gazelled.tracker.catalogue.action import Action, Caveat, Parameter, Rows
from gazelled.tracker.catalogue.listing import Paging
from gazelled.tracker.catalogue.params import (
    CATEGORY,
    DOCUMENTED,
    HASH,
    ID,
    MEASURED,
    NEEDED_ID,
    PAGE,
    SEARCH_ENGINE,
    SWITCH,
    TAGS,
    TAGS_TYPE,
    WAY,
    same,
)

_NUMBER = r"\d+(\.\d+)?"
_FORMATS = {
    "platform": at("platform"),
    "format": at("format"),
    "licence": at("license"),
    "size": at("size"),
    "seeders": at("seeders"),
    "leechers": at("leechers"),
    "snatches": at("snatched"),
    "time": at("time"),
}

_ANY_FREE = (
    "the tracker ignores freetorrent=any (3): ask for yes and for neutral, each by itself, or "
    "leave it out"
)
_MUSIC = "the tracker ignores what belongs to sites for music ({}): leave it out"
_MUSIC_BROWSED = (
    *("vanityhouse", "scene", "haslog", "hascue", "releasetype", "encoding", "recordlabel"),
    *("remastertitle", "remasteryear", "remasterrecordlabel", "remastercataloguenumber"),
)
_MUSIC_REQUESTED = ("releases", "bitrates", "formats", "media")
_BROWSED_IN_VAIN = {
    "groupnamerj": "the tracker ignores groupnamerj: write GroupTitle2, words of the organism",
    "groupnamejp": (
        "the tracker ignores groupnamejp: write Groupnamejp with a capital G, words of the strain"
    ),
    "accession": "the tracker ignores accession: write cataloguenumber, or match.accession",
    "format": "the tracker ignores format: write container, or match.format in a rule",
    "platform": "the tracker ignores platform: write media, or match.platform in a rule",
    "license": "the tracker ignores license: write codec, or match.license in a rule",
    "scope": "the tracker ignores scope: write resolution, or match.scope in a rule",
    **dict.fromkeys(_MUSIC_BROWSED, _MUSIC.format(", ".join(_MUSIC_BROWSED))),
}
_NO_YEAR = "the tracker finds nothing by the year of a request"
_TAGS = r"\s*(?:[^\s,]+\s*(?:,\s*|$))*"
"""Where a space stands within a tag, the tracker finds nothing."""
_AS_TEXT = {
    r"(?:^|\s)-\w": "the tracker looks for a - as it stands: write ! to exclude a word",
    '"': "the tracker looks for quotes as they stand: write the words without them",
    r"(?:^|\s)\|(?:\s|$)": "the tracker looks for a | as it stands: ask once for each word",
}
_ALL_EXCLUDED = {
    r"^\s*!\S+(?:\s+!\S+)*\s*$": (
        "the tracker finds nothing by excluded words alone: name a word or a tag beside them"
    ),
}
_REQUESTED_IN_VAIN = {
    "tag": "the documentation has tag, but the tracker ignores it: write tags",
    "year": f"{_NO_YEAR}: leave year out, and write match.year in a rule",
    **dict.fromkeys(_MUSIC_REQUESTED, _MUSIC.format(", ".join(_MUSIC_REQUESTED))),
}

ROWS = (
    Action(
        "browse",
        "Data sets, newest first, or a search",
        {
            "searchstr": Parameter(
                "words to look for, also inside of words; ! excludes one where another stands "
                "beside it",
                doubts=_AS_TEXT,
            ),
            "taglist": replace(TAGS, form=_TAGS),
            "tags_type": TAGS_TYPE,
            "filter_cat": CATEGORY,
            "artistname": Parameter("an author's name"),
            "groupname": Parameter("words of the title"),
            "GroupTitle2": Parameter("words of the organism"),
            "Groupnamejp": Parameter("words of the strain or variety"),
            "advgroupname": Parameter("words to look for"),
            "description": Parameter("words of the description"),
            "filelist": Parameter("words of the file names"),
            "year": Parameter(
                "a year, or two with a hyphen between", form=r"\d{1,4}|\d{0,4}-\d{1,4}|\d{1,4}-"
            ),
            "size_min": Parameter(
                "the least size, in size_unit", form=_NUMBER, needs=("size_unit",)
            ),
            "size_max": Parameter(
                "the largest size, in size_unit", form=_NUMBER, needs=("size_unit",)
            ),
            "size_unit": Parameter(
                "what sizes are counted in",
                values={"B": "0", "KiB": "1", "MiB": "2", "GiB": "3", "TiB": "4"},
                needs=("size_min", "size_max"),
            ),
            "codec": Parameter(
                "a licence, searched by words: CC BY finds CC BY-SA and CC BY-NC, too",
                word="license",
            ),
            "container": Parameter("a format", word="format"),
            "media": Parameter("platforms, with | between", word="platform"),
            "resolution": Parameter("a scope", word="scope"),
            "studio": Parameter("a lab"),
            "series": Parameter("a location"),
            "location": Parameter("a location"),
            "cataloguenumber": Parameter("an accession number"),
            "numbers": Parameter("an accession number, without its version"),
            "version": Parameter("a version"),
            "hash": HASH,
            "censored": Parameter("annotated or not", values=SWITCH),
            "freetorrent": Parameter(
                "freeleech only",
                values={"no": "0", "yes": "1", "neutral": "2"},
                vain=dict.fromkeys(("any", "3"), _ANY_FREE),
            ),
            "group_results": Parameter(
                "torrents of one data set together", values=SWITCH, default="yes"
            ),
            "order_by": Parameter(
                "what to sort by",
                values=same("time", "year", "size", "seeders", "leechers", "snatched", "random"),
                default="time",
            ),
            "order_way": WAY,
            "page": PAGE,
        },
        blind="With a token canUseToken is always false.",
        note=(
            "a new torrent appears minutes after its upload, when the site has refreshed its "
            "search; seeders, leechers and snatches may be stale for long; without group_results=0 "
            "a search by container, codec, resolution or size shows the whole data set, formats "
            "that don't match, too"
        ),
        caveats=(
            Caveat(
                "freetorrent",
                {"freetorrent": ("0", "1", "2"), "group_results": ("", "1")},
                "the tracker has a bug here and finds nothing with freetorrent, unless"
                " group_results=0",
            ),
            Caveat(
                "codec",
                {"codec": ("CC BY", "CC-BY", "cc by", "cc-by")},
                "the tracker searches codec by words, so CC BY finds CC BY-SA and CC BY-NC, too; "
                "match.license in a rule is exact",
            ),
            Caveat(
                "page",
                {"order_by": ("random",), "page": ("*",)},
                "each page is a new draw with order_by=random",
            ),
        ),
        vain=_BROWSED_IN_VAIN,
        music=frozenset({"format", *_MUSIC_BROWSED}),
        example="searchstr=yeast filter_cat=Sequences",
        shares=SEARCH_ENGINE,
        source=DOCUMENTED,
        listings=(UPLOADS,),
        rows=(
            Rows(
                ("results",),
                {
                    "group": at("groupId"),
                    "torrent": at("torrentId"),
                    "title": at("groupName", escaped=True),
                    "year": at("groupYear"),
                    "platform": at("platform"),
                    "format": at("format"),
                    "licence": at("license"),
                    "size": at("size"),
                    "seeders": at("seeders"),
                    "leechers": at("leechers"),
                    "time": at("time"),
                },
                nested="torrents",
                id="torrentId",
                paging=Paging(
                    50,
                    last=20,
                    note=(
                        "pages beyond the 20th repeat it; without a hit there are no page "
                        "numbers; a data set comes to the front again when a torrent is added"
                    ),
                ),
            ),
        ),
    ),
    Action(
        "torrent",
        "One torrent with its data set",
        {"id": ID, "hash": HASH},
        one_of=("id", "hash"),
        example="id=7",
        source=DOCUMENTED,
        listings=(TORRENT,),
    ),
    Action(
        "torrentgroup",
        "One data set with all its torrents",
        {"id": ID, "hash": HASH},
        one_of=("id", "hash"),
        example="id=5",
        source=DOCUMENTED,
        listings=(FORMATS,),
        rows=(Rows(("torrents",), {"torrent": at("id"), **_FORMATS}),),
    ),
    Action(
        "torrentgroupalbumart",
        "The picture of a data set",
        {"id": NEEDED_ID},
        state="undocumented",
        note="a data set that doesn't exist is answered with a redirect",
        example="id=6",
        source=MEASURED,
    ),
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
                    "size": at("size"),
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
                doubts=_AS_TEXT | _ALL_EXCLUDED,
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
                    "bounty": at("bounty"),
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
                    "size": at("size"),
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
                    "uploaded": at("uploaded"),
                    "downloaded": at("downloaded"),
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
