"""
The forums, and what you follow and wrote there.

`bb_body` is BBCode, `body` the same as HTML. Known from recorded answers of the public
application, and its templates.
"""

from __future__ import annotations

from typing import Annotated

from gazelled.tracker.decoding.plan import EmptyByToken, field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    BrokenLines,
    Count,
    Escaped,
    Flag,
    Fraction,
    Known,
    OnlyYes,
    Text,
    Texts,
    Time,
)
from gazelled.tracker.models.talk import Poster


class Forum(Model):
    """A forum; `read`, `locked` and `sticky` were never seen true here."""

    forum_id: Known
    forum_name: Text
    forum_description: Escaped
    num_topics: Count
    num_posts: Count
    last_post_id: Known
    last_author_id: Known
    last_post_author_name: Text
    last_topic_id: Known
    last_time: Time
    specific_rules: Texts
    last_topic: Escaped
    read: OnlyYes
    locked: OnlyYes
    sticky: OnlyYes


class ForumCategory(Model):
    """Forums that belong together."""

    category_id: Known = field(key="categoryID")
    category_name: Text
    forums: tuple[Forum, ...] | None


class ForumMain(AnswerModel):
    """`forum`: all forums; a token sees none."""

    categories: Annotated[tuple[ForumCategory, ...] | None, EmptyByToken]


class Rule(Model):
    """A thread with the rules of a forum."""

    thread_id: Known
    thread: Escaped


class Topic(Model):
    """A thread in a forum; `locked` and `sticky` were never seen true here."""

    topic_id: Known
    title: Escaped
    author_id: Known
    author_name: Text
    locked: OnlyYes
    sticky: OnlyYes
    post_count: Count
    last_id: Known = field(key="lastID")
    last_time: Time
    last_author_id: Known
    last_author_name: Text
    last_read_page: Known
    last_read_post_id: Known
    read: Flag


class ViewForum(AnswerModel):
    """`forum` with `type=viewforum`: one forum's threads; an empty page has only its name."""

    forum_name: Escaped
    specific_rules: tuple[Rule, ...] | None = None
    current_page: Count = None
    pages: Count = None
    threads: tuple[Topic, ...]


class PollAnswer(Model):
    """An answer to a poll: `ratio` of the most voted one, `percent` of all votes, up to 1."""

    answer: Text
    ratio: Fraction
    percent: Fraction


class Poll(Model):
    """A poll; its shape is the template's, none was seen."""

    closed: Flag
    featured: Time
    question: Escaped
    max_votes: Count
    total_votes: Count
    voted: Flag
    answers: tuple[PollAnswer, ...] | None


class Post(Model):
    """A post in a thread."""

    post_id: Known
    added_time: Time
    bb_body: Escaped
    body: Text
    edited_user_id: Known
    edited_time: Time
    edited_username: Text
    author: Poster


class ViewThread(AnswerModel):
    """`forum` with `type=viewthread`: a page of a thread; `updatelastread=0` keeps it unread."""

    forum_id: Known
    forum_name: Text
    thread_id: Known
    thread_title: Escaped
    subscribed: Flag
    locked: Flag
    sticky: Flag
    current_page: Count
    pages: Count
    poll: Poll | None
    posts: tuple[Post, ...]


class RawPost(AnswerModel):
    """`raw_bbcode`: the BBCode of a forum post."""

    body: BrokenLines


class Subscription(Model):
    """A thread that you follow."""

    forum_id: Known
    forum_name: Escaped
    thread_id: Known
    thread_title: Escaped
    post_id: Known
    last_post_id: Known
    locked: Flag
    new: Flag


class Subscriptions(AnswerModel):
    """`subscriptions`: threads that you follow; a token sees none."""

    threads: Annotated[tuple[Subscription, ...] | None, EmptyByToken]


class OldPost(Model):
    """A post of a user, with its thread; `last_read` is the last post read there."""

    post_id: Known
    topic_id: Known
    thread_title: Escaped
    last_post_id: Known
    last_read: Known
    locked: Flag
    sticky: Flag
    added_time: Time
    body: Text
    bb_body: Escaped = field(key="bbbody")
    edited_user_id: Known
    edited_time: Time
    edited_username: Text


class UserHistory(AnswerModel):
    """`userhistory`: a user's posts; a token sees none."""

    current_page: Count
    pages: Count
    threads: Annotated[tuple[OldPost, ...] | None, EmptyByToken]
