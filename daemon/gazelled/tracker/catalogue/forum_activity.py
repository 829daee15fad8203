"""
What you follow in the forums, and what you and others wrote there.

Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, TypedDict, Unpack

from gazelled.tracker.catalogue.action import Action, Parameter
from gazelled.tracker.catalogue.endpoint import endpoint, paged_endpoint
from gazelled.tracker.catalogue.listing import ItemList, Listing, Paging
from gazelled.tracker.catalogue.params import (
    DOCUMENTED,
    SWITCH,
    Number,
    OnePage,
    Stop,
    Switch,
    parameters,
    same,
)
from gazelled.tracker.catalogue.tables import AnswerTable
from gazelled.tracker.decoding.plan import EmptyByToken, field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    Count,
    Escaped,
    Flag,
    Id,
    Known,
    Text,
    Time,
)

_OLD_POSTS = Paging(25)


class SubscriptionsParams(TypedDict, total=False):
    """`subscriptions`."""

    showunread: Annotated[Switch, Parameter("unread ones only", values=SWITCH, default="yes")]


class UserHistoryItems(TypedDict, total=False):
    """`userhistory`, when its pages are turned."""

    userid: Annotated[Number, Parameter("a user's number", number=True, default="you")]
    showunread: Annotated[
        Switch,
        Parameter("of your own, only those in unread threads", values=SWITCH, default="yes"),
    ]
    group: Annotated[
        Switch,
        Parameter("of your own, only the last of each thread", values=SWITCH, default="yes"),
    ]


class UserHistoryParams(UserHistoryItems, OnePage):
    """`userhistory`, one page."""


class UserHistoryTurning(UserHistoryParams, Stop):
    """`userhistory`, page by page."""


class Subscription(Model):
    """A thread that you follow."""

    thread_id: Id = field(column="thread")
    forum_id: Known
    forum_name: Escaped = field(rule="forum", column="forum")
    thread_title: Escaped = field(column="title")
    post_id: Known
    last_post_id: Known
    new: Flag = field(rule="unread", column=True)
    locked: Flag = field(rule=True)


class Subscriptions(AnswerModel):
    """`subscriptions`: threads that you follow; a token sees none."""

    threads: Annotated[tuple[Subscription, ...] | None, EmptyByToken]


class OldPost(Model):
    """A post of a user, with its thread; `last_read` is the last post read there."""

    post_id: Id = field(column="post")
    topic_id: Known
    thread_title: Escaped = field(column="thread")
    last_post_id: Known
    last_read: Known | None
    added_time: Time = field(column="time")
    bb_body: Escaped = field(key="bbbody", rule="text", column="text", written="bbcode")
    body: Text
    edited_user_id: Known | None
    edited_time: Time | None
    edited_username: Text | None = field(rule="editor")
    locked: Flag = field(rule=True)
    sticky: Flag


class UserHistory(AnswerModel):
    """`userhistory`: a user's posts; a token sees none."""

    current_page: Count
    pages: Count
    threads: Annotated[tuple[OldPost, ...] | None, EmptyByToken]


SUBSCRIPTIONS = Listing(
    lists=(
        ItemList(
            Subscriptions,
            "threads",
            kind="thread",
            id="thread_id last_post_id",
            title="thread_title",
            url="forums.php?action=viewthread&threadid={threadId}&postid={lastPostId}",
        ),
    ),
    when={"showunread": ("0",)},
    revised=True,
    example="showunread=no",
)
UNREAD_SUBSCRIPTIONS = replace(
    SUBSCRIPTIONS, when={"showunread": ("", "1")}, window=True, example=""
)
OLD_POSTS = Listing(
    lists=(
        ItemList(
            UserHistory,
            "threads",
            kind="post",
            id="post_id",
            title="thread_title",
            url="forums.php?action=viewthread&threadid={topicId}&postid={postId}#post{postId}",
            time="added_time",
            body="bb_body",
        ),
    ),
    order="id",
    with_=(("group", "0"), ("showunread", "0")),
    paging=_OLD_POSTS,
    when={"type": ("posts",)},
    fixed=("group", "page", "showunread"),
    example="type=posts userid=5",
)

ACTIONS = (
    Action(
        "userhistory",
        "A user's posts in the forums",
        parameters(
            UserHistoryParams, type=Parameter("of what", required=True, values=same("posts"))
        ),
        login="cookie",
        blind="With a token it is always empty.",
        example="type=posts",
        source=DOCUMENTED,
        listings=(OLD_POSTS,),
        tables=(AnswerTable(UserHistory, "threads", id="post_id", paging=_OLD_POSTS),),
    ),
    Action(
        "subscriptions",
        "Forum threads that you follow",
        parameters(SubscriptionsParams),
        login="cookie",
        blind="With a token it is always empty.",
        example="showunread=no",
        source=DOCUMENTED,
        listings=(UNREAD_SUBSCRIPTIONS, SUBSCRIPTIONS),
        tables=(AnswerTable(Subscriptions, "threads"),),
    ),
)


def _history(**_: Unpack[UserHistoryTurning]) -> None: ...


class ForumActivityEndpoints:
    """The endpoints of subscriptions and posts."""

    @endpoint(Subscriptions, "subscriptions")
    def subscriptions(self, **params: Unpack[SubscriptionsParams]) -> None:
        """Forum threads that you follow."""

    @paged_endpoint(
        UserHistory,
        OldPost,
        OLD_POSTS,
        _history,
        "userhistory",
        # Callers choose themselves what of their own posts they want.
        in_order=False,
        type="posts",
    )
    def userhistory(self, **params: Unpack[UserHistoryParams]) -> None:
        """A user's posts."""
