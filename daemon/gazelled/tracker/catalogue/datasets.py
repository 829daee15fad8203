"""
Data sets (groups) and their torrents: searching them, one of them, the picture, authors.

Sizes are bytes. Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal, TypedDict, Unpack

from gazelled.tracker.catalogue.action import Action, Caveat, Parameter
from gazelled.tracker.catalogue.endpoint import endpoint, paged_endpoint
from gazelled.tracker.catalogue.listing import Details, ItemList, Listing, Paging
from gazelled.tracker.catalogue.params import (
    AS_TEXT,
    CATEGORY,
    DOCUMENTED,
    MEASURED,
    MUSIC,
    SEARCH_ENGINE,
    SWITCH,
    TAGS,
    TAGS_TYPE,
    WAY,
    ById,
    ByIdOrHash,
    Categories,
    InfoHash,
    PageNumber,
    Stop,
    Switch,
    Way,
    Words,
    parameters,
)
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.files import File, files_of
from gazelled.tracker.decoding.plan import field, plan_of
from gazelled.tracker.decoding.reading import Reading
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    Count,
    Escaped,
    Flag,
    Id,
    Known,
    OnlyYes,
    Own,
    Size,
    Tags,
    Text,
    Time,
)

_NUMBER = r"\d+(\.\d+)?"
_TAG_LIST = r"\s*(?:[^\s,]+\s*(?:,\s*|$))*"
"""Where a space stands within a tag, the tracker finds nothing."""
_ANY_FREE = (
    "the tracker ignores freetorrent=any (3): ask for yes and for neutral, each by itself, or "
    "leave it out"
)
_MUSIC_BROWSED = (
    *("vanityhouse", "scene", "haslog", "hascue", "releasetype", "encoding", "recordlabel"),
    *("remastertitle", "remasteryear", "remasterrecordlabel", "remastercataloguenumber"),
)
_BROWSED_IN_VAIN = {
    "groupnamerj": "the tracker ignores groupnamerj: write GroupTitle2, words of the organism",
    "groupnamejp": (
        "the tracker ignores groupnamejp: write Groupnamejp with a capital G, words of the strain"
    ),
    "accession": "the tracker ignores accession: write cataloguenumber, or match.accession",
    "format": "the tracker ignores format: write container, or match.format in a rule",
    "platform": "the tracker ignores platform: write media, or match.platform in a rule",
    "license": "the tracker ignores license: write codec, or match.license in a rule",
    "uploader": "no search finds uploaders; use my_uploads for your own uploads",
    "scope": "the tracker ignores scope: write resolution, or match.scope in a rule",
    **dict.fromkeys(_MUSIC_BROWSED, MUSIC.format(", ".join(_MUSIC_BROWSED))),
}


class BrowseParams(TypedDict, total=False):
    """`browse`, one page."""

    searchstr: Annotated[
        str,
        Parameter(
            "words to look for, also inside of words; ! excludes one where another stands "
            "beside it",
            doubts=AS_TEXT,
        ),
    ]
    taglist: Annotated[Words, replace(TAGS, form=_TAG_LIST)]
    tags_type: Annotated[Literal["any", "all"], TAGS_TYPE]
    filter_cat: Annotated[Categories, CATEGORY]
    artistname: Annotated[str, Parameter("an author's name")]
    groupname: Annotated[str, Parameter("words of the title")]
    GroupTitle2: Annotated[str, Parameter("words of the organism")]
    Groupnamejp: Annotated[str, Parameter("words of the strain or variety")]
    advgroupname: Annotated[str, Parameter("words to look for")]
    description: Annotated[str, Parameter("words of the description")]
    filelist: Annotated[str, Parameter("words of the file names")]
    year: Annotated[
        int | str,
        Parameter("a year, or two with a hyphen between", form=r"\d{1,4}|\d{0,4}-\d{1,4}|\d{1,4}-"),
    ]
    size_min: Annotated[
        float | str,
        Parameter("the least size, in size_unit", form=_NUMBER, needs=("size_unit",)),
    ]
    size_max: Annotated[
        float | str,
        Parameter("the largest size, in size_unit", form=_NUMBER, needs=("size_unit",)),
    ]
    size_unit: Annotated[
        Literal["B", "KiB", "MiB", "GiB", "TiB"],
        Parameter(
            "the unit of size_min and size_max",
            values={"B": "0", "KiB": "1", "MiB": "2", "GiB": "3", "TiB": "4"},
            needs=("size_min", "size_max"),
        ),
    ]
    codec: Annotated[
        str,
        Parameter(
            "a licence, searched by words: CC BY finds CC BY-SA and CC BY-NC, too",
            word="license",
        ),
    ]
    container: Annotated[str, Parameter("a format", word="format")]
    media: Annotated[str, Parameter("platforms, with | between", word="platform")]
    resolution: Annotated[str, Parameter("a scope", word="scope")]
    studio: Annotated[str, Parameter("a lab")]
    series: Annotated[str, Parameter("a location")]
    location: Annotated[str, Parameter("a location")]
    cataloguenumber: Annotated[str, Parameter("an accession number")]
    numbers: Annotated[str, Parameter("an accession number, without its version")]
    version: Annotated[str, Parameter("a version")]
    hash: InfoHash
    censored: Annotated[Switch, Parameter("annotated or not", values=SWITCH)]
    freetorrent: Annotated[
        Literal["no", "yes", "neutral"],
        Parameter(
            "freeleech only",
            values={"no": "0", "yes": "1", "neutral": "2"},
            vain=dict.fromkeys(("any", "3"), _ANY_FREE),
        ),
    ]
    group_results: Annotated[
        Switch, Parameter("torrents of one data set together", values=SWITCH, default="yes")
    ]
    order_by: Annotated[
        Literal["time", "year", "size", "seeders", "leechers", "snatched", "random"],
        Parameter("what to order by", default="time"),
    ]
    order_way: Annotated[Way, WAY]
    page: PageNumber


class BrowseTurning(BrowseParams, Stop):
    """`browse`, page by page from the first or `page`."""


class Author(Model):
    """An author; the name is plain here."""

    id: Id
    name: Text


class EscapedAuthor(Model):
    """An author, in answers that encode the name."""

    id: Id
    name: Escaped


class AnyTorrent(Model):
    """What is shown of a torrent in searches and details alike."""

    platform: Text = field(rule=True, column=True)
    format: Text = field(rule=True, column=True)
    license: Text = field(rule=True, column="licence")
    scope: Text = field(rule=True)
    archive: Text | None = field(rule=True)
    annotated: Flag = field(rule=True)
    file_count: Count = field(rule=True)
    size: Size = field(column=True)
    seeders: Count = field(rule=True, column=True)
    leechers: Count = field(rule=True, column=True)
    time: Time = field(column=True)


class BrowseTorrent(AnyTorrent):
    """A torrent in a search result. `seeders`, `leechers` and `snatches` may be stale for long."""

    torrent_id: Id = field(column="torrent")
    authors: tuple[Author, ...] = field(rule=True, inner="name")
    snatches: Count = field(rule=True)
    is_freeleech: Flag = field(rule="freeleech")
    is_neutral_leech: Flag
    is_personal_freeleech: Flag
    can_use_token: Own | None
    has_snatched: OnlyYes | None


class BrowseGroup(Model):
    """A data set in a search result; `group_time` is that of its newest torrent, if grouped."""

    group_id: Id = field(rule=True, column="group")
    group_name: Escaped = field(column="title")
    group_year: Known = field(rule="year", column="year")
    accession: Escaped | None = field(rule=True)
    lab: Escaped | None = field(rule=True)
    location: Escaped | None = field(rule=True)
    author: Text | None
    picture: Text | None
    tags: Tags
    bookmarked: Flag
    group_time: Time | None
    max_size: Size
    total_snatched: Count
    total_seeders: Count
    total_leechers: Count
    torrents: tuple[BrowseTorrent, ...]

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Return a torrent that other sites list alone, without a list around it, in a list."""
        return with_torrents(super().arrange(raw, reading), BrowseTorrent)


def with_torrents(entry: Mapping[str, object], model: type[Model]) -> Mapping[str, object]:
    """Return an entry with its torrents in a list; a flat one is the torrent, too."""
    if "torrents" in entry or "torrentId" not in entry:
        return entry
    keys = plan_of(model).keys
    torrent = {key: value for key, value in entry.items() if key in keys}
    torrent.setdefault("time", entry.get("groupTime"))
    group = {key: value for key, value in entry.items() if key not in keys}
    return {**group, "torrents": [torrent]}


class Browse(AnswerModel):
    """`browse`: a page of 50 data sets; without hits there are no page numbers."""

    current_page: Count | None = None
    pages: Count | None = None
    results: tuple[BrowseGroup, ...]


class Group(Model):
    """A data set: `description` is HTML, `time` that of its newest torrent."""

    id: Known = field(rule="group_id")
    name: Escaped = field(column="title")
    year: Known = field(rule=True)
    accession: Escaped | None = field(rule=True)
    authors: tuple[Author, ...] = field(rule=True, inner="name")
    category_name: Text = field(rule="category")
    organism: Escaped = field(rule=True)
    strain: Escaped | None = field(rule=True)
    description: Text = field(rule=True, written="html")
    picture: Text | None
    category_id: Known
    time: Time
    is_bookmarked: Flag
    tags: Tags


class TorrentDetails(AnyTorrent):
    """A torrent: `description` is BBCode, `file_list` as it came; an anonymous user has no id."""

    id: Id = field(column="torrent")
    snatched: Count = field(rule="snatches", column="snatches")
    free_torrent: Flag = field(rule="freeleech")
    username: Text = field(rule="uploader")
    info_hash: Text = field(rule="infohash")
    file_path: Escaped = field(rule="folder")
    file_list: Text = field(rule="files", written="files")
    description: Escaped | None = field(written="bbcode")
    reported: Flag
    user_id: Known | None

    @property
    def files(self) -> tuple[File, ...]:
        """Its files, as far as the list can be read."""
        return files_of(self.file_list)


class Torrent(AnswerModel):
    """`torrent`: one torrent and its data set."""

    group: Group
    torrent: TorrentDetails


class TorrentGroup(AnswerModel):
    """`torrentgroup`: one data set with all its torrents."""

    group: Group
    torrents: tuple[TorrentDetails, ...]


class AlbumArt(AnswerModel):
    """`torrentgroupalbumart`: the address of a picture, the site's placeholder when it has none."""

    picture: Text


TORRENT = Listing(
    lists=(
        ItemList(
            Torrent,
            "",
            kind="torrent",
            id="torrent.id",
            title="group.name",
            url="torrents.php?id={group[id]}&torrentid={torrent[id]}",
            time="torrent.time",
            group="group.id",
            tags="group.tags",
            size="torrent.size",
            body="torrent.description",
        ),
    ),
    order="value",
    example="id=1",
)
DETAILS = Details("torrent", "id", TORRENT, absent="bad id parameter")
"""What the lists of torrents can be asked for beside what they tell."""
FORMATS = Listing(
    lists=(
        ItemList(
            TorrentGroup,
            "torrents",
            kind="torrent",
            beside="group",
            id="id",
            title="group.name",
            url="torrents.php?id={group[id]}&torrentid={id}",
            time="time",
            group="group.id",
            tags="group.tags",
            size="size",
            body="description",
        ),
    ),
    example="id=1",
)
_PAGES = Paging(
    50,
    last=20,
    note=(
        "pages beyond the 20th repeat it; without a hit there are no page "
        "numbers; a data set comes to the front again when a torrent is added"
    ),
)
UPLOADS = Listing(
    lists=(
        ItemList(
            Browse,
            "results",
            nested="torrents",
            kind="torrent",
            id="torrent_id",
            title="group_name",
            url="torrents.php?id={groupId}&torrentid={torrentId}",
            time="time",
            group="group_id",
            tags="tags",
            size="size",
        ),
    ),
    order="id",
    with_=(("group_results", "0"),),
    paging=_PAGES,
    fixed=("group_results", "order_by", "order_way", "page"),
    orders=("group_results", "order_by", "order_way"),
    details=DETAILS,
    contiguous_ids=True,
)
"""One torrent each: only then does the order hold when a data set gets one more."""

ACTIONS = (
    Action(
        "browse",
        "Data sets, newest first, or a search",
        parameters(BrowseParams),
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
        example="searchstr=yeast filter_cat=Sequences",
        shares=SEARCH_ENGINE,
        source=DOCUMENTED,
        listings=(UPLOADS,),
        tables=(
            AnswerTable(
                Browse,
                "results",
                nested="torrents",
                id="torrent_id",
                first="group torrent",
                paging=_PAGES,
            ),
        ),
    ),
    Action(
        "torrent",
        "One torrent with its data set",
        parameters(ByIdOrHash),
        one_of=("id", "hash"),
        example="id=7",
        source=DOCUMENTED,
        listings=(TORRENT,),
    ),
    Action(
        "torrentgroup",
        "One data set with all its torrents",
        parameters(ByIdOrHash),
        one_of=("id", "hash"),
        example="id=5",
        source=DOCUMENTED,
        listings=(FORMATS,),
        tables=(AnswerTable(TorrentGroup, "torrents"),),
    ),
    Action(
        "torrentgroupalbumart",
        "The picture of a data set",
        parameters(ById),
        state="undocumented",
        note="a data set that doesn't exist is answered with a redirect",
        example="id=6",
        source=MEASURED,
    ),
)


def _turning(**_: Unpack[BrowseTurning]) -> None: ...


class DatasetEndpoints:
    """The endpoints of data sets."""

    @paged_endpoint(Browse, BrowseGroup, UPLOADS, _turning, "browse")
    def browse(self, **params: Unpack[BrowseParams]) -> None:
        """Data sets, newest first, or a search."""

    @endpoint(Torrent, "torrent")
    def torrent(self, **params: Unpack[ByIdOrHash]) -> None:
        """One torrent with its data set."""

    @endpoint(TorrentGroup, "torrentgroup")
    def torrentgroup(self, **params: Unpack[ByIdOrHash]) -> None:
        """One data set with all its torrents."""

    @endpoint(AlbumArt, "torrentgroupalbumart")
    def torrentgroupalbumart(self, **params: Unpack[ById]) -> None:
        """The picture of a data set."""
