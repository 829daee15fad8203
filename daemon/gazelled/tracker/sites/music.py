"""
The calls of sites for music, where their parameters or answers differ from BioTorrents.de.

Known from the API documentation of Orpheus (its development paper 7, version 2 of 2024-11-06) and
from its published source (github.com/OPSnet/Gazelle); nothing of it was requested there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypedDict, Unpack

from gazelled.tracker.catalogue.action import Parameter
from gazelled.tracker.catalogue.endpoint import endpoint, paged_endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing, Paging
from gazelled.tracker.catalogue.params import (
    SWITCH,
    TAGS,
    TAGS_TYPE,
    WAY,
    ById,
    ByIdOrHash,
    Number,
    PageNumber,
    Stop,
    Switch,
    Way,
    Words,
)
from gazelled.tracker.catalogue.requests import RequestsParams
from gazelled.tracker.sites.music_answers import (
    PAGE,
    MusicBrowse,
    MusicBrowseGroup,
    MusicRequests,
    MusicTorrent,
    MusicTorrentGroup,
    SimilarArtists,
)

_RELEASES = {
    "album": "1",
    "soundtrack": "3",
    "ep": "5",
    "anthology": "6",
    "compilation": "7",
    "single": "9",
    "live album": "11",
    "remix": "13",
    "bootleg": "14",
    "interview": "15",
    "mixtape": "16",
    "unknown": "21",
}
_CATEGORIES = {
    "Music": "1",
    "Applications": "2",
    "E-Books": "3",
    "Audiobooks": "4",
    "E-Learning Videos": "5",
    "Comedy": "6",
    "Comics": "7",
}
_NUMBER = r"\d+"
MusicCategory = str | int
Releases = str | int


class MusicParams(TypedDict, total=False):
    """`browse` at a site for music, one page."""

    searchstr: Annotated[str, Parameter("words of title, artist and year")]
    taglist: Annotated[Words, TAGS]
    tags_type: Annotated[Literal["any", "all"], TAGS_TYPE]
    filter_cat: Annotated[
        MusicCategory | list[MusicCategory],
        Parameter("categories, by name or number", style="flags", values=_CATEGORIES, form=_NUMBER),
    ]
    artistname: Annotated[str, Parameter("an artist's name")]
    groupname: Annotated[str, Parameter("words of the title")]
    description: Annotated[str, Parameter("words of the torrent's description")]
    filelist: Annotated[str, Parameter("words of the file names")]
    year: Annotated[Number | str, Parameter("a year, or two with a hyphen between")]
    recordlabel: Annotated[str, Parameter("words of the record label")]
    cataloguenumber: Annotated[str, Parameter("a catalogue number")]
    releasetype: Annotated[
        Releases,
        Parameter("the type of release, by name or number", values=_RELEASES, form=_NUMBER),
    ]
    format: Annotated[str, Parameter("formats, with | between")]
    encoding: Annotated[str, Parameter("encodings, with | between")]
    media: Annotated[str, Parameter("media, with | between")]
    haslog: Annotated[
        Switch | Literal["perfect", "imperfect"],
        Parameter(
            "whether there is a log, and of which score",
            values={**SWITCH, "perfect": "100", "imperfect": "-1"},
            form=r"99",
        ),
    ]
    hascue: Annotated[Switch, Parameter("with a cue sheet or without", values=SWITCH)]
    scene: Annotated[Switch, Parameter("scene releases or others", values=SWITCH)]
    vanityhouse: Annotated[Switch, Parameter("showcases or others", values=SWITCH)]
    remastertitle: Annotated[str, Parameter("words of the edition's title")]
    remasteryear: Annotated[Number, Parameter("the edition's year", number=True)]
    remasterrecordlabel: Annotated[str, Parameter("words of the edition's record label")]
    remastercataloguenumber: Annotated[str, Parameter("the edition's catalogue number")]
    freetorrent: Annotated[
        Literal["no", "yes", "neutral", "any"],
        Parameter("freeleech only", values={"no": "0", "yes": "1", "neutral": "2", "any": "3"}),
    ]
    group_results: Annotated[
        Switch,
        Parameter("all torrents of a release together", values=SWITCH, default="yes"),
    ]
    order_by: Annotated[
        Literal["time", "year", "size", "seeders", "leechers", "snatched", "random"],
        Parameter("what to order by", default="time"),
    ]
    order_way: Annotated[Way, WAY]
    page: PageNumber


class MusicTurning(MusicParams, Stop):
    """`browse` at a site for music, page by page."""


class SimilarParams(ById, total=False):
    """`similar_artists`."""

    limit: Annotated[Number, Parameter("how many at most; there may be fewer", number=True)]


_MANY = Parameter("by number; a list for several", style="many", number=True)
Several = Annotated[Number | Sequence[Number], _MANY]


class MusicRequestsParams(RequestsParams, total=False):
    """`requests` at a site for music."""

    releases: Several
    bitrates: Several
    formats: Several
    media: Several


RELEASES = Listing(
    lists=(
        ItemList(
            MusicBrowse,
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
    paging=Paging(PAGE, last=20),
    fixed=("group_results", "order_by", "order_way", "page"),
    orders=("group_results", "order_by", "order_way"),
)


def _turning(**_: Unpack[MusicTurning]) -> None: ...


class MusicEndpoints:
    """The endpoints that differ at sites for music."""

    @paged_endpoint(MusicBrowse, MusicBrowseGroup, RELEASES, _turning, "browse")
    def browse(self, **params: Unpack[MusicParams]) -> None:
        """Releases, newest first, or a search."""

    @endpoint(MusicTorrent, "torrent")
    def torrent(self, **params: Unpack[ByIdOrHash]) -> None:
        """One torrent with its release."""

    @endpoint(MusicTorrentGroup, "torrentgroup")
    def torrentgroup(self, **params: Unpack[ByIdOrHash]) -> None:
        """One release with all its torrents."""

    @endpoint(MusicRequests, "requests")
    def requests(self, **params: Unpack[MusicRequestsParams]) -> None:
        """Requests, newest first, or a search."""

    @endpoint(SimilarArtists, "similar_artists")
    def similar_artists(self, **params: Unpack[SimilarParams]) -> None:
        """Artists like one."""
