"""
Requests for data sets: searching them, one of them. Bounties are bytes.

Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, TypedDict, Unpack

from gazelled.tracker.catalogue.action import Action, Parameter
from gazelled.tracker.catalogue.datasets import EscapedAuthor
from gazelled.tracker.catalogue.endpoint import endpoint, paged_endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing, Paging
from gazelled.tracker.catalogue.params import (
    AS_TEXT,
    CATEGORY,
    DOCUMENTED,
    MUSIC,
    SEARCH_ENGINE,
    SWITCH,
    TAGS,
    TAGS_TYPE,
    WAY,
    ById,
    Categories,
    Number,
    PageNumber,
    Stop,
    Switch,
    Way,
    Words,
    parameters,
)
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    Count,
    Escaped,
    Flag,
    Fraction,
    Id,
    Known,
    Size,
    Tags,
    Text,
    Time,
)

_NO_YEAR = "the tracker finds nothing by the year of a request"
_ALL_EXCLUDED = {
    r"^\s*!\S+(?:\s+!\S+)*\s*$": (
        "the tracker finds nothing by excluded words alone: name a word or a tag beside them"
    ),
}
_MUSIC_REQUESTED = ("releases", "bitrates", "formats", "media")
_REQUESTED_IN_VAIN = {
    "tag": "the documentation has tag, but the tracker ignores it: write tags",
    "year": f"{_NO_YEAR}: leave year out, and write match.year in a rule",
    **dict.fromkeys(_MUSIC_REQUESTED, MUSIC.format(", ".join(_MUSIC_REQUESTED))),
}
_PAGES = Paging(25, note="beyond the last page currentPage is 0")
_COMMENT_PAGES = Paging(10, pages="commentPages", oldest_first=True, starts_last=True)


class RequestParams(ById, total=False):
    """`request`."""

    page: Annotated[Number, Parameter("the page of comments", number=True)]


class RequestsParams(TypedDict, total=False):
    """`requests`, one page."""

    search: Annotated[
        str,
        Parameter(
            "words to look for; ! excludes one where another stands beside it",
            doubts=AS_TEXT | _ALL_EXCLUDED,
        ),
    ]
    tags: Annotated[Words, TAGS]
    tags_type: Annotated[Literal["any", "all"], TAGS_TYPE]
    filter_cat: Annotated[Categories, CATEGORY]
    type: Annotated[Literal["created", "voted", "filled", "bookmarks"], Parameter("whose requests")]
    userid: Annotated[
        Number,
        Parameter("a user's number, with type", number=True, needs=("type",), default="you"),
    ]
    requestor: Annotated[Number, Parameter("a user's number", number=True)]
    submit: Annotated[Switch, Parameter("send 1 with show_filled", values=SWITCH)]
    show_filled: Annotated[Switch, Parameter("filled ones too", values=SWITCH, needs=("submit",))]
    order: Annotated[
        Literal["created", "lastvote", "votes", "bounty", "filled", "random"],
        Parameter(
            "what to order by",
            default="created",
            vain={"year": f"{_NO_YEAR}: sort by something else"},
        ),
    ]
    sort: Annotated[Way, WAY]
    page: PageNumber


class RequestsTurning(RequestsParams, Stop):
    """`requests`, page by page."""


class Contributor(Model):
    """Who put a bounty on a request."""

    user_id: Id
    user_name: Text
    bounty: Size


class RequestComment(Model):
    """A comment on a request; `comment` is HTML."""

    post_id: Id = field(column="post")
    added_time: Time = field(column="time")
    name: Text = field(column="author")
    comment: Text = field(column="text")
    author_id: Known
    donor: Flag
    warned: Flag
    enabled: Flag
    class_: Text = field(key="class")
    avatar: Text | None
    edited_user_id: Known | None
    edited_username: Text | None
    edited_time: Time | None


class Request(AnswerModel):
    """`request`: `description` is HTML, `bb_description` BBCode; `request_tax` is a share."""

    request_id: Known
    requestor_id: Known
    requestor_name: Text = field(rule="requester")
    is_bookmarked: Flag
    request_tax: Fraction
    time_added: Time
    can_edit: Flag
    can_vote: Flag
    minimum_vote: Size
    vote_count: Count = field(rule="votes")
    last_vote: Time
    top_contributors: tuple[Contributor, ...]
    total_bounty: Size = field(rule="bounty")
    category_id: Known
    category_name: Text = field(rule="category")
    title: Escaped
    year: Known | None = field(rule=True)
    image: Text | None
    bb_description: Escaped = field(written="bbcode")
    description: Text
    artists: tuple[EscapedAuthor, ...] = field(rule="authors", inner="name")
    is_filled: Flag = field(rule="filled")
    filler_id: Known | None
    filler_name: Text | None = field(rule="filler")
    torrent_id: Known | None = field(rule=True)
    time_filled: Time | None
    tags: Tags
    comments: tuple[RequestComment, ...]
    comment_page: Count
    comment_pages: Count


class FoundRequest(Model):
    """A request in a list; `description` is BBCode, years and torrents of 0 are None."""

    request_id: Id = field(column="request")
    title: Escaped = field(column=True)
    category_name: Text = field(rule="category", column="category")
    requestor_name: Text = field(rule="requester", column="asked by")
    vote_count: Count = field(rule="votes", column="votes")
    bounty: Size = field(rule=True, column=True)
    is_filled: Flag = field(rule="filled", column="filled")
    time_added: Time = field(column="time")
    authors: tuple[EscapedAuthor, ...] = field(rule=True, inner="name")
    year: Known | None = field(rule=True)
    description: Escaped = field(written="bbcode")
    filler_name: Text | None = field(rule="filler")
    torrent_id: Known | None = field(rule=True)
    requestor_id: Known
    last_vote: Time
    category_id: Known
    picture: Text | None
    filler_id: Known | None
    time_filled: Time | None


class Requests(AnswerModel):
    """`requests`: 25 a page, newest first, filled ones too; page 0 is beyond the last."""

    current_page: Count
    pages: Count
    results: tuple[FoundRequest, ...]


REQUESTS = Listing(
    lists=(
        ItemList(
            Requests,
            "results",
            kind="request",
            id="request_id",
            title="title",
            url="requests.php?action=view&id={requestId}",
            time="time_added",
            body="description",
        ),
    ),
    order="id",
    paging=_PAGES,
    when={"type": ("", "created")},
    fixed=("order", "sort", "page"),
    orders=("order", "sort"),
)
SOMEONES_REQUESTS = replace(
    REQUESTS,
    order="whole",
    when={"type": ("voted", "filled", "bookmarks")},
    fixed=("page",),
    example="type=voted",
)
"""Requests that join the list whatever their age, when somebody votes for, fills or marks them."""
REQUEST = Listing(
    lists=(
        ItemList(
            Request,
            "",
            kind="request",
            id="request_id",
            title="title",
            url="requests.php?action=view&id={requestId}",
            time="time_added",
            tags="tags",
            body="bb_description",
        ),
    ),
    order="value",
    example="id=1",
)

ACTIONS = (
    Action(
        "request",
        "One request with its comments",
        parameters(RequestParams),
        blind="With a token canEdit and canVote are always false.",
        example="id=1",
        source=DOCUMENTED,
        listings=(REQUEST,),
        tables=(AnswerTable(Request, "comments", id="post_id", paging=_COMMENT_PAGES),),
    ),
    Action(
        "requests",
        "Requests, newest first, or a search",
        parameters(RequestsParams),
        note="filled requests are among them, unless submit=1",
        vain=_REQUESTED_IN_VAIN,
        example="search=yeast submit=1",
        shares=SEARCH_ENGINE,
        source=DOCUMENTED,
        listings=(REQUESTS, SOMEONES_REQUESTS),
        tables=(AnswerTable(Requests, "results", id="request_id", paging=_PAGES),),
    ),
)


def _turning(**_: Unpack[RequestsTurning]) -> None: ...


class RequestEndpoints:
    """The endpoints of requests."""

    @endpoint(Request, "request")
    def request(self, **params: Unpack[RequestParams]) -> None:
        """One request."""

    @paged_endpoint(Requests, FoundRequest, REQUESTS, _turning, "requests")
    def requests(self, **params: Unpack[RequestsParams]) -> None:
        """Requests, newest first, or a search."""
