"""
Top lists of torrents, tags and users, and torrents that could be better.

Amounts are bytes. Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypedDict, Unpack

from gazelled.tracker.catalogue.action import Action, Parameter
from gazelled.tracker.catalogue.answer_lists import Column
from gazelled.tracker.catalogue.datasets import DETAILS
from gazelled.tracker.catalogue.endpoint import endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing
from gazelled.tracker.catalogue.params import DOCUMENTED, parameters, same
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.reading import Odd, Reading
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    FRACTION,
    Count,
    Escaped,
    Flag,
    Fraction,
    Id,
    Known,
    Raw,
    Size,
    Tags,
    Text,
    Time,
)

_TORRENTS = {"type": ("", "torrents")}
_TAGS = {"type": ("tags",)}
_USERS = {"type": ("users",)}


class TopParams(TypedDict, total=False):
    """`top10`, of whatever."""

    limit: Annotated[Literal[10, 100, 250], Parameter("how many; others count as 10", default="10")]


class TopTorrentsParams(TopParams, total=False):
    """`top10`."""

    details: Literal["all", "day", "week", "overall", "snatched", "data", "seeded"]


class TopTagsParams(TopParams, total=False):
    """`top10` with `type=tags`."""

    details: Literal["all", "ut", "ur"]


class TopUsersParams(TopParams, total=False):
    """`top10` with `type=users`."""

    details: Literal["all", "ul", "dl", "numul", "uls", "dls"]


class BetterParams(TypedDict, total=False):
    """`better`."""

    method: Annotated[Literal["transcode", "single"], Parameter("which list")]


class BareList(AnswerModel):
    """An answer that is a list: it becomes the field `results`."""

    @classmethod
    def arrange(cls, raw: object, _reading: Reading) -> Mapping[str, object]:
        """Return the list with a key."""
        if isinstance(raw, list):
            return {"results": raw}
        if isinstance(raw, dict) and "results" in raw:
            return raw
        raise Odd("a list")


class TopList(Model):
    """One top list: `limit` is how many were asked for."""

    caption: Text
    tag: Text = field(column="list")
    limit: Count


class TopTorrent(Model):
    """A torrent in a top list; `data` is what was transferred of it, in bytes."""

    torrent_id: Id = field(column="torrent")
    group_name: Escaped = field(column="title")
    size: Size = field(column=True)
    snatched: Count = field(rule="snatches", column="snatches")
    seeders: Count = field(rule=True, column=True)
    leechers: Count = field(rule=True, column=True)
    group_id: Known = field(rule=True)
    group_year: Known = field(rule="year")
    platform: Text = field(rule=True)
    data: Size = field(rule="transferred")
    author: Escaped | None
    group_category: Known
    tags: Tags
    picture: Text | None


class TopTag(Model):
    """A tag in a top list."""

    name: Text = field(column="tag")
    uses: Count = field(rule=True, column=True)


class TopUser(Model):
    """A user in a top list; amounts in bytes, speeds in bytes a second."""

    id: Id = field(column="user")
    username: Text = field(column="name")
    uploaded: Size = field(rule=True, column=True)
    downloaded: Size = field(rule=True, column=True)
    num_uploads: Count = field(rule="uploads", column="uploads")
    join_date: Time = field(column="joined")
    up_speed: Fraction = field(rule="upload_speed")
    down_speed: Fraction = field(rule="download_speed")


class TopTorrentList(TopList):
    """A top list of torrents."""

    results: tuple[TopTorrent, ...]


class TopTagList(TopList):
    """A top list of tags."""

    tag: Text = field(rule="list", column="list")
    results: tuple[TopTag, ...]


class TopUserList(TopList):
    """A top list of users."""

    results: tuple[TopUser, ...]


class TopTorrents(BareList):
    """`top10`: the top lists of torrents."""

    results: tuple[TopTorrentList, ...]


class TopTags(BareList):
    """`top10` with `type=tags`: the top lists of tags."""

    results: tuple[TopTagList, ...]


class TopUsers(BareList):
    """`top10` with `type=users`: the top lists of users."""

    results: tuple[TopUserList, ...]


class BetterTorrent(Model):
    """A torrent that could be better; the address to download it holds your keys."""

    recorded = False

    torrent_id: Id
    group_id: Known
    artist: Raw
    group_name: Escaped
    group_year: Known | None
    missing_v2: Flag | None = field(default=None, key="missingV2")
    missing_v0: Flag | None = field(default=None, key="missingV0")
    missing_320: Flag | None = field(default=None, key="missing320")
    download_url: Text = field(repr=False)


class Better(BareList):
    """`better`: suggested improvements; broken at the tracker, the shape is its template's."""

    results: tuple[BetterTorrent, ...]


TOP_TORRENTS = Listing(
    lists=(
        ItemList(
            TopTorrents,
            "results",
            raw=(),
            nested="results",
            kind="torrent",
            id="torrent_id",
            title="group_name",
            url="torrents.php?id={groupId}&torrentid={torrentId}",
            group="group_id",
            tags="tags",
            size="size",
        ),
    ),
    when=_TORRENTS,
    window=True,
    details=DETAILS,
    example="details=week",
)
TOP_TAGS = Listing(
    lists=(
        ItemList(
            TopTags,
            "results",
            raw=(),
            nested="results",
            kind="tag",
            id="tag name",
            title="name",
            url="torrents.php?taglist={name}",
        ),
    ),
    when=_TAGS,
    window=True,
    example="type=tags",
)
TOP_USERS = Listing(
    lists=(
        ItemList(
            TopUsers,
            "results",
            raw=(),
            nested="results",
            kind="user",
            id="id",
            title="username",
            url="user.php?id={id}",
            time="join_date",
            computed={"ratio": Column(("uploaded",), FRACTION, over=("downloaded",))},
        ),
    ),
    when=_USERS,
    window=True,
    example="type=users",
)

ACTIONS = (
    Action(
        "top10",
        "The top lists of torrents, tags or users",
        parameters(
            TopTorrentsParams,
            type=Parameter("of what", values=same("torrents", "tags", "users")),
            details=Parameter(
                "which list alone; torrents: day … seeded, tags: ut, ur, users: ul … dls",
                values=same(
                    *("all", "day", "week", "overall", "snatched", "data", "seeded"),
                    *("ut", "ur", "ul", "dl", "numul", "uls", "dls"),
                ),
                default="all",
            ),
        ),
        login="cookie",
        blind="A token gets an error page.",
        example="type=tags",
        pages_by="type",
        source=DOCUMENTED,
        listings=(TOP_TORRENTS, TOP_TAGS, TOP_USERS),
        tables=tuple(
            AnswerTable(answer, "results", raw=(), nested="results", when=when)
            for answer, when in ((TopTorrents, _TORRENTS), (TopTags, _TAGS), (TopUsers, _USERS))
        ),
    ),
    Action(
        "better",
        "Torrents that could be improved",
        parameters(BetterParams),
        login="cookie",
        blind="A token is sent to the log-in page.",
        state="broken",
        note="documented as not implemented; answered with a failure or an empty error page",
        example="method=single",
        source=DOCUMENTED,
    ),
)


class TopListEndpoints:
    """The endpoints of top lists."""

    @endpoint(TopTorrents, "top10")
    def top10(self, **params: Unpack[TopTorrentsParams]) -> None:
        """The top lists of torrents."""

    @endpoint(TopTags, "top10", type="tags")
    def top10_tags(self, **params: Unpack[TopTagsParams]) -> None:
        """The top lists of tags."""

    @endpoint(TopUsers, "top10", type="users")
    def top10_users(self, **params: Unpack[TopUsersParams]) -> None:
        """The top lists of users."""

    @endpoint(Better, "better")
    def better(self, **params: Unpack[BetterParams]) -> None:
        """Torrents that could be better; broken at BioTorrents.de."""
