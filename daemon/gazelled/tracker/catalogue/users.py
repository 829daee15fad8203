"""
Users: a profile, a search, what they transfer.

Amounts are bytes. Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypedDict, Unpack

from gazelled.tracker.catalogue.action import Action, Parameter
from gazelled.tracker.catalogue.answer_lists import Column
from gazelled.tracker.catalogue.endpoint import endpoint, paged_endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing, Paging
from gazelled.tracker.catalogue.own_account import Transfers
from gazelled.tracker.catalogue.params import (
    DOCUMENTED,
    ID,
    ById,
    Number,
    OnePage,
    UntimedStop,
    parameters,
)
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.reading import Reading
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    FRACTION,
    Count,
    Escaped,
    Flag,
    Fraction,
    Id,
    Raw,
    Size,
    Text,
    Time,
)

_PAGES = Paging(30)
_PARANOIA = "personal.paranoia"
"""What isn't 0 where a user hides figures, which are 0 then."""


class UserSearchItems(TypedDict):
    """`usersearch`."""

    search: Annotated[str, Parameter("a part of the name; % stands for anything")]


class UserSearchParams(UserSearchItems, OnePage):
    """`usersearch`, one page."""


class UserSearchTurning(UserSearchParams, UntimedStop):
    """`usersearch`, page by page."""


class OfUser(TypedDict):
    """Something of a user."""

    userid: Annotated[Number, ID]


class UserRecentsParams(OfUser, total=False):
    """`user_recents`."""

    limit: Annotated[Number, Parameter("how many", number=True, most=50, default="15")]


class UserStats(Transfers):
    """A user's statistics."""

    uploaded: Size | None = field(rule=True, hidden=_PARANOIA)
    downloaded: Size | None = field(rule=True, hidden=_PARANOIA)
    joined_date: Time
    last_access: Time | None
    required_ratio: Fraction | None = field(rule=True, hidden=_PARANOIA)


class Ranks(Model):
    """In which percentile a user is, from 0 to 100."""

    uploaded: Count | None
    downloaded: Count | None
    uploads: Count | None
    requests: Count | None
    bounty: Count | None
    posts: Count | None
    artists: Count | None
    overall: Count | None


class Personal(Model):
    """A user's class and state; `paranoia` is how much they hide. The passkey is never sent."""

    class_: Text = field(key="class", rule="user_class")
    paranoia: Count
    paranoia_text: Text
    donor: Flag = field(rule=True)
    warned: Flag = field(rule=True)
    enabled: Flag = field(rule=True)
    passkey: Text | None = field(repr=False)


class Community(Model):
    """What a user did; bounties in bytes, `uploaded` in torrents."""

    posts: Count | None = field(rule=True, hidden=_PARANOIA)
    torrent_comments: Count | None = field(rule="comments", hidden=_PARANOIA)
    artist_comments: Count | None
    collage_comments: Count | None
    request_comments: Count | None
    collages_started: Count | None = field(rule="collages", hidden=_PARANOIA)
    collages_contrib: Count | None
    requests_filled: Count | None = field(rule=True, hidden=_PARANOIA)
    bounty_earned: Size | None
    requests_voted: Count | None
    bounty_spent: Size | None
    uploaded: Count | None = field(rule="uploads", hidden=_PARANOIA)
    groups: Count | None
    seeding: Count | None = field(rule=True, hidden=_PARANOIA)
    leeching: Count | None = field(rule=True, hidden=_PARANOIA)
    snatched: Count | None = field(rule=True, hidden=_PARANOIA)
    invited: Count | None = field(rule=True, hidden=_PARANOIA)
    artists_added: Count | None


class User(AnswerModel):
    """`user`: a profile; `profile_text` is HTML. What a user may hide is None in place of 0."""

    username: Text
    avatar: Text | None
    is_friend: Flag
    profile_text: Text | None
    stats: UserStats
    ranks: Ranks
    personal: Personal
    community: Community

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Return the answer without the zeros that are written for hidden figures, too."""
        answer = super().arrange(raw, reading)
        personal = answer.get("personal")
        if not isinstance(personal, dict) or personal.get("paranoia") in (0, "0", None):
            return answer
        shown = dict(answer)
        for key in ("stats", "ranks", "community"):
            part = answer.get(key)
            if isinstance(part, dict):
                shown[key] = {name: None if _zero(value) else value for name, value in part.items()}
        return shown


class FoundUser(Model):
    """A user whose name fits."""

    user_id: Id = field(column="user")
    username: Text = field(column="name")
    class_: Text = field(key="class", rule="user_class", column="class")
    donor: Flag = field(rule=True, column=True)
    warned: Flag = field(rule=True)
    enabled: Flag = field(rule=True, column=True)
    avatar: Text | None


class UserSearch(AnswerModel):
    """`usersearch`: 30 users a page."""

    current_page: Count
    pages: Count
    results: tuple[FoundUser, ...]


class CommunityStats(AnswerModel):
    """`community_stats`: what a user transfers; None where they hide it. `seedingperc` is in %."""

    seeding: Count | None = field(rule=True)
    leeching: Count | None = field(rule=True)
    snatched: Count | None = field(rule=True)
    usnatched: Count | None = field(rule="unique_snatched")
    downloaded: Count | None = field(rule="downloads")
    udownloaded: Count | None = field(rule="unique_downloads")
    seedingperc: Fraction | None = field(rule="seeding_percent")


class RecentGroup(Model):
    """A data set that a user uploaded or downloaded lately; `artists` as they came."""

    id: Id = field(key="ID", column="group")
    name: Escaped = field(key="Name", column="title")
    wiki_image: Text = field(key="WikiImage")
    artists: Raw = None


class UserRecents(AnswerModel):
    """`user_recents`: of one category and with a picture only; None where the user hides it."""

    snatches: tuple[RecentGroup, ...] | None
    uploads: tuple[RecentGroup, ...] | None

    @classmethod
    def arrange(cls, raw: object, reading: Reading) -> Mapping[str, object]:
        """Return the lists, a hidden one as null."""
        answer = super().arrange(raw, reading)
        return {key: None if value == "hidden" else value for key, value in answer.items()}


def _zero(value: object) -> bool:
    return isinstance(value, int | float | str) and value in (0, "0")


USER = Listing(
    lists=(
        ItemList(
            User,
            "",
            kind="user",
            beside="id",
            id="id",
            title="username",
            url="user.php?id={id}",
            time="stats.joined_date",
            computed={
                "ratio": Column(
                    ("stats", "uploaded"),
                    FRACTION,
                    hidden=("personal", "paranoia"),
                    over=("stats", "downloaded"),
                )
            },
        ),
    ),
    order="value",
    example="id=2",
)
FIGURES = Listing(
    lists=(
        ItemList(
            CommunityStats,
            "",
            kind="community figures",
            beside="userid",
            id="userid",
            title="userid",
            heading="Community figures of user {}",
            url="user.php?id={userid}",
        ),
    ),
    order="value",
    example="userid=2",
)
FOUND_USERS = Listing(
    lists=(
        ItemList(
            UserSearch,
            "results",
            kind="user",
            id="user_id",
            title="username",
            url="user.php?id={userId}",
        ),
    ),
    paging=_PAGES,
    fixed=("page",),
    example="search=r1",
)


def _recent(at: str, prefix: str) -> ItemList:
    return ItemList(
        UserRecents,
        at,
        kind="data set",
        id="id",
        title="name",
        url="torrents.php?id={ID}",
        group="id",
        prefix=prefix,
    )


RECENTS = Listing(
    lists=(_recent("uploads", "upload:"), _recent("snatches", "snatch:")),
    window=True,
    example="userid=5",
)

ACTIONS = (
    Action(
        "user",
        "A user's profile",
        parameters(ById),
        note="figures that a user hides are 0",
        example="id=2",
        source=DOCUMENTED,
        listings=(USER,),
    ),
    Action(
        "usersearch",
        "Users by name",
        parameters(UserSearchParams),
        example="search=mod",
        source=DOCUMENTED,
        listings=(FOUND_USERS,),
        tables=(AnswerTable(UserSearch, "results", id="user_id", paging=_PAGES),),
    ),
    Action(
        "community_stats",
        "A user's transfers and contributions to the community",
        parameters(OfUser),
        note=(
            "numbers are texts, with commas; what a user hides is false; a user who doesn't exist "
            "has 0"
        ),
        example="userid=2",
        source=DOCUMENTED,
        listings=(FIGURES,),
    ),
    Action(
        "user_recents",
        "A user's latest uploads and downloads",
        parameters(UserRecentsParams),
        note="only data sets of the first category that have a picture: mostly empty",
        example="userid=5",
        source=DOCUMENTED,
        listings=(RECENTS,),
        tables=(
            AnswerTable(UserRecents, "uploads", headings={"group": "uploads"}),
            AnswerTable(UserRecents, "snatches", headings={"group": "snatches"}),
        ),
    ),
)


def _turning(**_: Unpack[UserSearchTurning]) -> None: ...


class UserEndpoints:
    """The endpoints of users."""

    @endpoint(User, "user")
    def user(self, **params: Unpack[ById]) -> None:
        """A user's profile."""

    @paged_endpoint(UserSearch, FoundUser, FOUND_USERS, _turning, "usersearch")
    def usersearch(self, **params: Unpack[UserSearchParams]) -> None:
        """Users by name."""

    @endpoint(CommunityStats, "community_stats")
    def community_stats(self, **params: Unpack[OfUser]) -> None:
        """What a user transfers."""

    @endpoint(UserRecents, "user_recents")
    def user_recents(self, **params: Unpack[UserRecentsParams]) -> None:
        """A user's latest uploads and downloads."""
