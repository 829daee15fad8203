"""The lists whose pages can be turned: what their entries are known by, and their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from gazelled.tracker.models import (
    Browse,
    Inbox,
    Notifications,
    Requests,
    TorrentComments,
    UserHistory,
    UserSearch,
    ViewForum,
    ViewThread,
)
from gazelled.tracker.models.base import Answer
from gazelled.tracker.models.forums import OldPost, Post, Topic
from gazelled.tracker.models.listed import Match
from gazelled.tracker.models.people import FoundUser
from gazelled.tracker.models.requests import FoundRequest
from gazelled.tracker.models.talk import Comment, Conversation
from gazelled.tracker.models.torrents import BrowseGroup
from gazelled.tracker.paging import Entry, Sheet

M = TypeVar("M", bound=Answer)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Shelf(Generic[M, R]):
    """
    A list in an answer.

    Attributes:
        entries: Where its entries are.
        pages: How many pages there are.
        id: What an entry is known by.
        time: When it appeared or changed; None when that isn't told.
        front: Whether it stays in front, out of the order.
        number: Which page it is, where that isn't known from the asking.
        ordered: Whether ids strictly descend from page to page.
        add: Parameters that make it so.
        without: Parameters that would change the order, beside the page.

    """

    entries: Callable[[M], Sequence[R] | None]
    pages: Callable[[M], int | None]
    id: Callable[[R], int | None]
    time: Callable[[R], datetime | None] = lambda _: None
    front: Callable[[R], bool | None] = lambda _: False
    number: Callable[[M], int | None] = lambda _: None
    ordered: bool = False
    add: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()

    def sheet(self, answer: M) -> Sheet[R]:
        """Read a page."""
        entries = [
            Entry(each, self.id(each), self.time(each), bool(self.front(each)))
            for each in self.entries(answer) or ()
        ]
        return Sheet(entries, self.pages(answer), self.number(answer))


def _torrent_id(group: BrowseGroup) -> int | None:
    return group.torrents[0].torrent_id if group.torrents else None


def _torrent_time(group: BrowseGroup) -> datetime | None:
    return group.torrents[0].time if group.torrents else None


BROWSE: Shelf[Browse, BrowseGroup] = Shelf(
    entries=lambda answer: answer.results,
    pages=lambda answer: answer.pages,
    id=_torrent_id,
    time=_torrent_time,
    ordered=True,
    add={"group_results": "0"},
    without=("group_results", "order_by", "order_way"),
)
"""One torrent each: only then does the order hold when a data set gets one more."""

REQUESTS: Shelf[Requests, FoundRequest] = Shelf(
    entries=lambda answer: answer.results,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.request_id,
    time=lambda entry: entry.time_added,
    ordered=True,
    without=("order", "sort"),
)
INBOX: Shelf[Inbox, Conversation] = Shelf(
    entries=lambda answer: answer.messages,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.conv_id,
    time=lambda entry: entry.date,
    front=lambda entry: entry.sticky,
    without=("sort",),
)
NOTIFICATIONS: Shelf[Notifications, Match] = Shelf(
    entries=lambda answer: answer.results,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.torrent_id,
    time=lambda entry: entry.notification_time,
)
COMMENTS: Shelf[TorrentComments, Comment] = Shelf(
    entries=lambda answer: answer.comments,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.post_id,
    time=lambda entry: entry.added_time,
    number=lambda answer: answer.page,
)
USERS: Shelf[UserSearch, FoundUser] = Shelf(
    entries=lambda answer: answer.results,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.user_id,
)
HISTORY: Shelf[UserHistory, OldPost] = Shelf(
    entries=lambda answer: answer.threads,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.post_id,
    time=lambda entry: entry.added_time,
)
FORUM: Shelf[ViewForum, Topic] = Shelf(
    entries=lambda answer: answer.threads,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.topic_id,
)
"""Seen in more than one order, so that no time says where to stop."""

THREAD: Shelf[ViewThread, Post] = Shelf(
    entries=lambda answer: answer.posts,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.post_id,
    time=lambda entry: entry.added_time,
    without=("postid",),
)
