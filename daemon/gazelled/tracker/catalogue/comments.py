"""
Comments on data sets.

`bb_body` is BBCode, `body` the same as HTML. Known from recorded answers of the public
application, and its templates.
"""

from __future__ import annotations

from typing import Annotated, Unpack

from gazelled.tracker.catalogue.action import Action, Parameter
from gazelled.tracker.catalogue.endpoint import paged_endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing, Paging
from gazelled.tracker.catalogue.params import DOCUMENTED, ById, Number, Stop, parameters
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    Count,
    Escaped,
    Flag,
    Id,
    Known,
    OnlyYes,
    Text,
    Texts,
    Time,
)

_PAGES = Paging(10, oldest_first=True, starts_last=True)


class CommentsParams(ById, total=False):
    """`tcomments`, one page."""

    page: Annotated[Number, Parameter("the page, from 1", number=True, default="the last")]
    postid: Annotated[Number, Parameter("a comment whose page is wanted", number=True)]


class CommentsTurning(ById, Stop):
    """`tcomments`, page by page."""


class Poster(Model):
    """Who wrote a comment or a post; `paranoia` names what they hide."""

    author_id: Known
    author_name: Text = field(rule="author", column="author")
    paranoia: Texts = ()
    artist: Flag
    donor: OnlyYes | None
    warned: Flag
    avatar: Text | None
    enabled: Flag
    user_title: Text | None


class Posted(Model):
    """What somebody wrote, in a thread or below a data set."""

    post_id: Id = field(column="post")
    added_time: Time = field(column="time")
    bb_body: Escaped = field(rule="text", column="text", written="bbcode")
    body: Text
    edited_user_id: Known | None
    edited_time: Time | None
    edited_username: Text | None = field(rule="editor")


class Comment(Posted):
    """A comment on a data set."""

    userinfo: Poster


class TorrentComments(AnswerModel):
    """`tcomments`: 10 a page, by default the last page."""

    page: Count
    pages: Count
    comments: tuple[Comment, ...]


POSTED = "post time author"
"""The first columns of what was written."""

COMMENTS = Listing(
    lists=(
        ItemList(
            TorrentComments,
            "comments",
            kind="comment",
            beside="id",
            id="post_id",
            title="userinfo.author_name",
            heading="Comment by {}",
            url="torrents.php?id={id}&postid={postId}#post{postId}",
            time="added_time",
            body="bb_body",
        ),
    ),
    order="id",
    paging=_PAGES,
    fixed=("page",),
    example="id=1",
)

ACTIONS = (
    Action(
        "tcomments",
        "Comments on a data set",
        parameters(CommentsParams),
        example="id=1",
        source=DOCUMENTED,
        listings=(COMMENTS,),
        tables=(
            AnswerTable(TorrentComments, "comments", id="post_id", first=POSTED, paging=_PAGES),
        ),
    ),
)


def _turning(**_: Unpack[CommentsTurning]) -> None: ...


class CommentsEndpoints:
    """The endpoints of comments."""

    @paged_endpoint(
        TorrentComments,
        Comment,
        COMMENTS,
        _turning,
        "tcomments",
        number="page",
    )
    def tcomments(self, **params: Unpack[CommentsParams]) -> None:
        """Comments on a data set."""
