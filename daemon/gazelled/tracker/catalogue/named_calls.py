"""
The types of a call by name: what each action answers.

`tests/tracker/test_named_calls.py` writes them from the catalogue, and holds them to it.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, Literal, Protocol, TypedDict, TypeVar, Unpack, overload

from gazelled.model import Lane
from gazelled.tracker.catalogue.endpoint import Result
from gazelled.tracker.models import (
    AlbumArt,
    Announcements,
    AnswerModel,
    Anything,
    Artist,
    ArtistBookmarks,
    Better,
    Browse,
    Collage,
    CommunityStats,
    ForumMain,
    Friends,
    Inbox,
    Index,
    LoadAverage,
    Manifest,
    News,
    Notifications,
    Ontology,
    Preview,
    RawPost,
    Request,
    Requests,
    SiteNotifications,
    Stats,
    Subscriptions,
    TopTags,
    TopTorrents,
    TopUsers,
    Torrent,
    TorrentBookmarks,
    TorrentComments,
    TorrentGroup,
    User,
    UserHistory,
    UserRecents,
    UserSearch,
    ViewConv,
    ViewForum,
    ViewThread,
    Wiki,
)

M = TypeVar("M", bound=AnswerModel)
Reply = Coroutine[Any, Any, Result[M]]
Params = Mapping[str, object] | None


class Options(TypedDict, total=False):
    """The options of a call; see `Api.call`."""

    mark_read: bool
    confirm: bool
    lane: Lane | None


class How(Options, total=False):
    """The options of a call of a known action."""

    force: Literal[False]


class NamedCall(Protocol):
    """Calls an action by its name."""

    # fmt: off
    @overload
    def __call__(self, action: Literal["announcements"], params: Params = None, **how: Unpack[How]) -> Reply[Announcements]: ...
    @overload
    def __call__(self, action: Literal["artist"], params: Params = None, **how: Unpack[How]) -> Reply[Artist]: ...
    @overload
    def __call__(self, action: Literal["autofill"], params: Params = None, **how: Unpack[How]) -> Reply[Anything]: ...
    @overload
    def __call__(self, action: Literal["better"], params: Params = None, **how: Unpack[How]) -> Reply[Better]: ...
    @overload
    def __call__(self, action: Literal["bookmarks"], params: Params = None, **how: Unpack[How]) -> Reply[TorrentBookmarks | ArtistBookmarks]: ...
    @overload
    def __call__(self, action: Literal["browse"], params: Params = None, **how: Unpack[How]) -> Reply[Browse]: ...
    @overload
    def __call__(self, action: Literal["collage"], params: Params = None, **how: Unpack[How]) -> Reply[Collage]: ...
    @overload
    def __call__(self, action: Literal["community_stats"], params: Params = None, **how: Unpack[How]) -> Reply[CommunityStats]: ...
    @overload
    def __call__(self, action: Literal["forum"], params: Params = None, **how: Unpack[How]) -> Reply[ForumMain | ViewForum | ViewThread]: ...
    @overload
    def __call__(self, action: Literal["get_friends"], params: Params = None, **how: Unpack[How]) -> Reply[Friends]: ...
    @overload
    def __call__(self, action: Literal["get_user_notifications"], params: Params = None, **how: Unpack[How]) -> Reply[SiteNotifications]: ...
    @overload
    def __call__(self, action: Literal["inbox"], params: Params = None, **how: Unpack[How]) -> Reply[Inbox | ViewConv]: ...
    @overload
    def __call__(self, action: Literal["index"], params: Params = None, **how: Unpack[How]) -> Reply[Index]: ...
    @overload
    def __call__(self, action: Literal["loadavg"], params: Params = None, **how: Unpack[How]) -> Reply[LoadAverage]: ...
    @overload
    def __call__(self, action: Literal["manifest"], params: Params = None, **how: Unpack[How]) -> Reply[Manifest]: ...
    @overload
    def __call__(self, action: Literal["news_ajax"], params: Params = None, **how: Unpack[How]) -> Reply[News]: ...
    @overload
    def __call__(self, action: Literal["notifications"], params: Params = None, **how: Unpack[How]) -> Reply[Notifications]: ...
    @overload
    def __call__(self, action: Literal["ontology"], params: Params = None, **how: Unpack[How]) -> Reply[Ontology]: ...
    @overload
    def __call__(self, action: Literal["preview"], params: Params = None, **how: Unpack[How]) -> Reply[Preview]: ...
    @overload
    def __call__(self, action: Literal["raw_bbcode"], params: Params = None, **how: Unpack[How]) -> Reply[RawPost]: ...
    @overload
    def __call__(self, action: Literal["request"], params: Params = None, **how: Unpack[How]) -> Reply[Request]: ...
    @overload
    def __call__(self, action: Literal["requests"], params: Params = None, **how: Unpack[How]) -> Reply[Requests]: ...
    @overload
    def __call__(self, action: Literal["stats"], params: Params = None, **how: Unpack[How]) -> Reply[Stats]: ...
    @overload
    def __call__(self, action: Literal["subscriptions"], params: Params = None, **how: Unpack[How]) -> Reply[Subscriptions]: ...
    @overload
    def __call__(self, action: Literal["tcomments"], params: Params = None, **how: Unpack[How]) -> Reply[TorrentComments]: ...
    @overload
    def __call__(self, action: Literal["top10"], params: Params = None, **how: Unpack[How]) -> Reply[TopTorrents | TopTags | TopUsers]: ...
    @overload
    def __call__(self, action: Literal["torrent"], params: Params = None, **how: Unpack[How]) -> Reply[Torrent]: ...
    @overload
    def __call__(self, action: Literal["torrentgroup"], params: Params = None, **how: Unpack[How]) -> Reply[TorrentGroup]: ...
    @overload
    def __call__(self, action: Literal["torrentgroupalbumart"], params: Params = None, **how: Unpack[How]) -> Reply[AlbumArt]: ...
    @overload
    def __call__(self, action: Literal["user"], params: Params = None, **how: Unpack[How]) -> Reply[User]: ...
    @overload
    def __call__(self, action: Literal["user_recents"], params: Params = None, **how: Unpack[How]) -> Reply[UserRecents]: ...
    @overload
    def __call__(self, action: Literal["userhistory"], params: Params = None, **how: Unpack[How]) -> Reply[UserHistory]: ...
    @overload
    def __call__(self, action: Literal["usersearch"], params: Params = None, **how: Unpack[How]) -> Reply[UserSearch]: ...
    @overload
    def __call__(self, action: Literal["wiki"], params: Params = None, **how: Unpack[How]) -> Reply[Wiki]: ...
    # fmt: on
    @overload
    def __call__(
        self, action: str, params: Params = None, *, force: Literal[True], **how: Unpack[Options]
    ) -> Reply[Anything]: ...
    @overload
    def __call__(
        self, action: str, params: Params = None, *, force: bool = False, **how: Unpack[Options]
    ) -> Reply[AnswerModel]: ...


class BlockingNamedCall(Protocol):
    """Calls an action by its name, and blocks until it is answered."""

    # fmt: off
    @overload
    def __call__(self, action: Literal["announcements"], params: Params = None, **how: Unpack[How]) -> Result[Announcements]: ...
    @overload
    def __call__(self, action: Literal["artist"], params: Params = None, **how: Unpack[How]) -> Result[Artist]: ...
    @overload
    def __call__(self, action: Literal["autofill"], params: Params = None, **how: Unpack[How]) -> Result[Anything]: ...
    @overload
    def __call__(self, action: Literal["better"], params: Params = None, **how: Unpack[How]) -> Result[Better]: ...
    @overload
    def __call__(self, action: Literal["bookmarks"], params: Params = None, **how: Unpack[How]) -> Result[TorrentBookmarks | ArtistBookmarks]: ...
    @overload
    def __call__(self, action: Literal["browse"], params: Params = None, **how: Unpack[How]) -> Result[Browse]: ...
    @overload
    def __call__(self, action: Literal["collage"], params: Params = None, **how: Unpack[How]) -> Result[Collage]: ...
    @overload
    def __call__(self, action: Literal["community_stats"], params: Params = None, **how: Unpack[How]) -> Result[CommunityStats]: ...
    @overload
    def __call__(self, action: Literal["forum"], params: Params = None, **how: Unpack[How]) -> Result[ForumMain | ViewForum | ViewThread]: ...
    @overload
    def __call__(self, action: Literal["get_friends"], params: Params = None, **how: Unpack[How]) -> Result[Friends]: ...
    @overload
    def __call__(self, action: Literal["get_user_notifications"], params: Params = None, **how: Unpack[How]) -> Result[SiteNotifications]: ...
    @overload
    def __call__(self, action: Literal["inbox"], params: Params = None, **how: Unpack[How]) -> Result[Inbox | ViewConv]: ...
    @overload
    def __call__(self, action: Literal["index"], params: Params = None, **how: Unpack[How]) -> Result[Index]: ...
    @overload
    def __call__(self, action: Literal["loadavg"], params: Params = None, **how: Unpack[How]) -> Result[LoadAverage]: ...
    @overload
    def __call__(self, action: Literal["manifest"], params: Params = None, **how: Unpack[How]) -> Result[Manifest]: ...
    @overload
    def __call__(self, action: Literal["news_ajax"], params: Params = None, **how: Unpack[How]) -> Result[News]: ...
    @overload
    def __call__(self, action: Literal["notifications"], params: Params = None, **how: Unpack[How]) -> Result[Notifications]: ...
    @overload
    def __call__(self, action: Literal["ontology"], params: Params = None, **how: Unpack[How]) -> Result[Ontology]: ...
    @overload
    def __call__(self, action: Literal["preview"], params: Params = None, **how: Unpack[How]) -> Result[Preview]: ...
    @overload
    def __call__(self, action: Literal["raw_bbcode"], params: Params = None, **how: Unpack[How]) -> Result[RawPost]: ...
    @overload
    def __call__(self, action: Literal["request"], params: Params = None, **how: Unpack[How]) -> Result[Request]: ...
    @overload
    def __call__(self, action: Literal["requests"], params: Params = None, **how: Unpack[How]) -> Result[Requests]: ...
    @overload
    def __call__(self, action: Literal["stats"], params: Params = None, **how: Unpack[How]) -> Result[Stats]: ...
    @overload
    def __call__(self, action: Literal["subscriptions"], params: Params = None, **how: Unpack[How]) -> Result[Subscriptions]: ...
    @overload
    def __call__(self, action: Literal["tcomments"], params: Params = None, **how: Unpack[How]) -> Result[TorrentComments]: ...
    @overload
    def __call__(self, action: Literal["top10"], params: Params = None, **how: Unpack[How]) -> Result[TopTorrents | TopTags | TopUsers]: ...
    @overload
    def __call__(self, action: Literal["torrent"], params: Params = None, **how: Unpack[How]) -> Result[Torrent]: ...
    @overload
    def __call__(self, action: Literal["torrentgroup"], params: Params = None, **how: Unpack[How]) -> Result[TorrentGroup]: ...
    @overload
    def __call__(self, action: Literal["torrentgroupalbumart"], params: Params = None, **how: Unpack[How]) -> Result[AlbumArt]: ...
    @overload
    def __call__(self, action: Literal["user"], params: Params = None, **how: Unpack[How]) -> Result[User]: ...
    @overload
    def __call__(self, action: Literal["user_recents"], params: Params = None, **how: Unpack[How]) -> Result[UserRecents]: ...
    @overload
    def __call__(self, action: Literal["userhistory"], params: Params = None, **how: Unpack[How]) -> Result[UserHistory]: ...
    @overload
    def __call__(self, action: Literal["usersearch"], params: Params = None, **how: Unpack[How]) -> Result[UserSearch]: ...
    @overload
    def __call__(self, action: Literal["wiki"], params: Params = None, **how: Unpack[How]) -> Result[Wiki]: ...
    # fmt: on
    @overload
    def __call__(
        self, action: str, params: Params = None, *, force: Literal[True], **how: Unpack[Options]
    ) -> Result[Anything]: ...
    @overload
    def __call__(
        self, action: str, params: Params = None, *, force: bool = False, **how: Unpack[Options]
    ) -> Result[AnswerModel]: ...
