"""
The parameters of each action as types, for completion and for type checkers.

They say what the catalogue says, and a test holds them together. Names that end in `Items` are
for turning pages: what would change the order isn't among them.
"""

from __future__ import annotations

from typing import Literal, Required, TypedDict

from gazelled.tracker.catalogue.params import (
    ById,
    Number,
    OnePage,
    Stop,
    Switch,
)


class ByIdPage(ById, OnePage):
    """A page of one thing."""


class Comments(ByIdPage, total=False):
    """`tcomments`."""

    postid: Number


class CommentsTurning(ById, Stop):
    """`tcomments`, page by page."""


class UserSearchItems(TypedDict):
    """`usersearch`."""

    search: str


class UserSearch(UserSearchItems, OnePage):
    """`usersearch`, one page."""


class UserSearchTurning(UserSearchItems, Stop):
    """`usersearch`, page by page."""


class OfUser(TypedDict):
    """Something of a user."""

    userid: Number


class UserRecents(OfUser, total=False):
    """`user_recents`."""

    limit: Number


class UserHistoryItems(TypedDict, total=False):
    """`userhistory`."""

    userid: Number
    showunread: Switch
    group: Switch


class UserHistory(UserHistoryItems, OnePage):
    """`userhistory`, one page."""


class UserHistoryTurning(UserHistoryItems, Stop):
    """`userhistory`, page by page."""


class Subscriptions(TypedDict, total=False):
    """`subscriptions`."""

    showunread: Switch


class ViewForumItems(TypedDict):
    """`forum` with `type=viewforum`."""

    forumid: Number


class ViewForum(ViewForumItems, OnePage):
    """`forum` with `type=viewforum`, one page."""


class ViewThreadItems(TypedDict, total=False):
    """`forum` with `type=viewthread`; it stays unread unless `mark_read` is true."""

    threadid: Required[Number]
    mark_read: bool


class ViewThread(ViewThreadItems, OnePage, total=False):
    """`forum` with `type=viewthread`, one page."""

    postid: Number


class ViewThreadTurning(ViewThreadItems, Stop):
    """`forum` with `type=viewthread`, page by page."""


class RawPost(TypedDict):
    """`raw_bbcode`."""

    postid: Number


class Wiki(TypedDict, total=False):
    """`wiki`."""

    id: Number
    name: str


class Preview(TypedDict):
    """`preview`."""

    body: str


class AutoFill(TypedDict, total=False):
    """`autofill`."""

    cat: str


class Recommendation(TypedDict, total=False):
    """`send_recommendation`."""

    friend: Required[Number]
    type: Required[Literal["torrent", "artist", "collage"]]
    id: Required[Number]
    note: str
