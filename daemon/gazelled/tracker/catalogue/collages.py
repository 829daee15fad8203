"""
Data sets that were put together: collages, bookmarks, matches of notification filters.

Sizes are bytes. Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from typing import Unpack

from gazelled.tracker.catalogue.action import Action, Effect, Parameter
from gazelled.tracker.catalogue.datasets import DETAILS
from gazelled.tracker.catalogue.endpoint import endpoint, paged_endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing, Paging
from gazelled.tracker.catalogue.params import (
    DOCUMENTED,
    ById,
    Marking,
    OnePage,
    Stop,
    parameters,
    same,
)
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    Count,
    Escaped,
    Flag,
    Id,
    Known,
    Numbers,
    OnlyYes,
    Size,
    Tags,
    Text,
    Time,
)

_TORRENTS = {"type": ("", "torrents")}
_ARTISTS = {"type": ("artists",)}
_PAGES = Paging(50, note="the current page is called currentPages")


class NotificationsParams(OnePage, Marking):
    """`notifications`."""


class NotificationsTurning(NotificationsParams, Stop):
    """`notifications`, page by page."""


class ListedTorrent(Model):
    """A torrent in a collage or among bookmarks."""

    platform: Text = field(rule=True, column=True)
    size: Size = field(column=True)
    seeders: Count = field(rule=True, column=True)
    leechers: Count = field(rule=True, column=True)
    snatched: Count = field(rule="snatches", column="snatches")
    file_count: Count = field(rule=True)
    free_torrent: OnlyYes | None
    time: Time


class CollectedTorrent(ListedTorrent):
    """A torrent in a collage."""

    torrent_id: Id = field(key="torrentid", column="torrent")
    reported: Flag


class BookmarkedTorrent(ListedTorrent):
    """A torrent among bookmarks, which hides the id of its data set behind its own."""

    id: Id
    group_id: Known = field(rule=True)
    has_file: Known


class ListedGroup(Model):
    """A data set in a collage or among bookmarks."""

    id: Id = field(rule="group_id", column="group")
    name: Escaped = field(column="title")
    year: Known = field(rule=True, column=True)
    accession: Escaped | None = field(rule=True)
    tag_list: Tags
    picture: Text | None


class CollectedGroup(ListedGroup):
    """A data set in a collage."""

    category_id: Known
    vanity_house: Flag | None
    torrents: tuple[CollectedTorrent, ...]


class BookmarkedGroup(ListedGroup):
    """A data set among bookmarks."""

    accession: Escaped | None = field(rule=True, column=True)
    tag_list: Tags = field(column="tags")
    vanity_house: Flag
    torrents: tuple[BookmarkedTorrent, ...]


class ListedArtist(Model):
    """An author in a collage of authors."""

    id: Id
    name: Escaped
    image: Text | None


class Collage(AnswerModel):
    """`collage`: `description` is HTML; 0 for the most groups means without limit."""

    id: Known
    name: Escaped
    description: Text
    creator_id: Known = field(key="creatorID")
    deleted: Flag
    collage_category_id: Count = field(key="collageCategoryID")
    collage_category_name: Text
    locked: Flag
    max_groups: Count
    max_groups_per_user: Count
    has_bookmarked: Flag
    subscriber_count: Count
    torrent_group_id_list: Numbers = field(key="torrentGroupIDList")
    torrent_groups: tuple[CollectedGroup, ...] = field(default=(), key="torrentgroups")
    artists: tuple[ListedArtist, ...] = ()


class TorrentBookmarks(AnswerModel):
    """`bookmarks`: the data sets that you marked."""

    bookmarks: tuple[BookmarkedGroup, ...]


class BookmarkedArtist(Model):
    """An author that you marked."""

    artist_id: Id = field(column="author")
    artist_name: Escaped = field(column="name")


class ArtistBookmarks(AnswerModel):
    """`bookmarks` with `type=artists`: the authors that you marked."""

    artists: tuple[BookmarkedArtist, ...]


class MatchedTorrent(Model):
    """A torrent that a notification filter found; the audio fields come from Gazelle's past."""

    torrent_id: Id = field(column="torrent")
    group_name: Escaped = field(column="title")
    size: Size = field(column=True)
    seeders: Count = field(rule=True, column=True)
    unread: Flag = field(rule=True, column=True)
    notification_time: Time = field(column="time")
    group_id: Known = field(rule=True)
    group_year: Known = field(rule="year")
    media: Text = field(rule="platform")
    file_count: Count = field(rule=True)
    leechers: Count = field(rule=True)
    snatched: Count = field(rule="snatches")
    group_category_id: Known
    wiki_image: Text | None
    torrent_tags: Tags
    format: Text | None
    encoding: Text | None
    scene: Flag
    remaster_year: Known | None
    remaster_title: Text | None
    has_log: Flag
    has_cue: Flag
    log_score: Known | None
    free_torrent: Flag
    log_in_db: Flag


class Notifications(AnswerModel):
    """`notifications`: 50 a page; reading any page marks all matches as read."""

    current_pages: Count
    pages: Count
    num_new: Count
    results: tuple[MatchedTorrent, ...]


COLLECTED = Listing(
    lists=(
        ItemList(
            Collage,
            "torrent_groups",
            nested="torrents",
            kind="torrent",
            id="torrent_id",
            title="name",
            url="torrents.php?id={id}&torrentid={torrentid}",
            time="time",
            group="id",
            tags="tag_list",
            size="size",
        ),
    ),
    details=DETAILS,
    example="id=1",
)
BOOKMARKED = Listing(
    lists=(
        ItemList(
            TorrentBookmarks,
            "bookmarks",
            nested="torrents",
            kind="torrent",
            id="id",
            title="name",
            url="torrents.php?id={groupId}&torrentid={id}",
            time="time",
            group="group_id",
            tags="tag_list",
            size="size",
        ),
    ),
    when=_TORRENTS,
    details=DETAILS,
)
BOOKMARKED_AUTHORS = Listing(
    lists=(
        ItemList(
            ArtistBookmarks,
            "artists",
            kind="author",
            id="artist_id",
            title="artist_name",
            url="artist.php?id={artistId}",
        ),
    ),
    when=_ARTISTS,
    example="type=artists",
)
MATCHES = Listing(
    lists=(
        ItemList(
            Notifications,
            "results",
            kind="torrent",
            id="torrent_id",
            title="group_name",
            url="torrents.php?id={groupId}&torrentid={torrentId}",
            time="notification_time",
            group="group_id",
            tags="torrent_tags",
            size="size",
        ),
    ),
    order="id",
    paging=_PAGES,
    fixed=("page",),
    details=DETAILS,
)

ACTIONS = (
    Action(
        "collage",
        "A collage and its data sets",
        parameters(ById),
        vain={
            "showonlygroups": (
                "the tracker ignores showonlygroups and lists the torrents too: leave it out"
            )
        },
        note="a deleted collage is answered too, and says so",
        example="id=1",
        source=DOCUMENTED,
        listings=(COLLECTED,),
        tables=(AnswerTable(Collage, "torrent_groups", nested="torrents", first="group torrent"),),
    ),
    Action(
        "bookmarks",
        "Your bookmarks",
        parameters(
            type=Parameter("of what", values=same("torrents", "artists"), default="torrents")
        ),
        example="type=torrents",
        pages_by="type",
        source=DOCUMENTED,
        listings=(BOOKMARKED, BOOKMARKED_AUTHORS),
        tables=(
            AnswerTable(TorrentBookmarks, "bookmarks", when=_TORRENTS),
            AnswerTable(ArtistBookmarks, "artists", when=_ARTISTS),
        ),
    ),
    Action(
        "notifications",
        "Torrents that your notification filters found",
        parameters(OnePage),
        effects=(Effect("all matches of your notification filters"),),
        login="cookie",
        blind="A token is refused, whoever it belongs to.",
        classes=("Power User", "Elite", "Donor"),
        note="marks all matches as read, not only those of the page",
        source=DOCUMENTED,
        listings=(MATCHES,),
        tables=(AnswerTable(Notifications, "results", id="torrent_id", paging=_PAGES),),
    ),
)


def _turning(**_: Unpack[NotificationsTurning]) -> None: ...


class CollageEndpoints:
    """The endpoints of collages, bookmarks and matches."""

    @endpoint(Collage, "collage")
    def collage(self, **params: Unpack[ById]) -> None:
        """A collage and its data sets."""

    @endpoint(TorrentBookmarks, "bookmarks", type="torrents")
    def bookmarks(self) -> None:
        """The data sets that you marked."""

    @endpoint(ArtistBookmarks, "bookmarks", type="artists")
    def bookmarks_artists(self) -> None:
        """The authors that you marked."""

    @paged_endpoint(
        # Their ids are those of torrents: whether they descend strictly is not certain.
        Notifications,
        MatchedTorrent,
        MATCHES,
        _turning,
        "notifications",
        in_order=False,
    )
    def notifications(self, **params: Unpack[NotificationsParams]) -> None:
        """Torrents that your filters found, all of which are marked as read."""
