"""The lists whose pages can be turned: what their entries are known by, and their order."""

from __future__ import annotations

from gazelled.tracker.catalogue.endpoint import PagedList
from gazelled.tracker.models import (
    TorrentComments,
    UserHistory,
    UserSearch,
    ViewForum,
    ViewThread,
)
from gazelled.tracker.models.forums import OldPost, Post, Topic
from gazelled.tracker.models.people import FoundUser
from gazelled.tracker.models.talk import Comment

COMMENTS: PagedList[TorrentComments, Comment] = PagedList(
    entries=lambda answer: answer.comments,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.post_id,
    time=lambda entry: entry.added_time,
    number=lambda answer: answer.page,
)
USERS: PagedList[UserSearch, FoundUser] = PagedList(
    entries=lambda answer: answer.results,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.user_id,
)
HISTORY: PagedList[UserHistory, OldPost] = PagedList(
    entries=lambda answer: answer.threads,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.post_id,
    time=lambda entry: entry.added_time,
)
FORUM: PagedList[ViewForum, Topic] = PagedList(
    entries=lambda answer: answer.threads,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.topic_id,
)
"""Seen in more than one order, so that no time says where to stop."""

THREAD: PagedList[ViewThread, Post] = PagedList(
    entries=lambda answer: answer.posts,
    pages=lambda answer: answer.pages,
    id=lambda entry: entry.post_id,
    time=lambda entry: entry.added_time,
    without=("postid",),
)
