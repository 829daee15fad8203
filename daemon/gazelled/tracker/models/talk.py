"""
What people write: inbox, forums, comments, subscriptions.

`bb_body` is BBCode, `body` the same as HTML. Known from recorded answers of the public
application, and its templates.
"""

from __future__ import annotations

from gazelled.tracker.models.base import Answer, Model
from gazelled.tracker.models.types import (
    Count,
    Escaped,
    Flag,
    Known,
    Moment,
    OnlyYes,
    Text,
    Texts,
)


class Conversation(Model):
    """A conversation in a list; the system has no id and no name."""

    conv_id: Known
    subject: Escaped
    unread: Flag
    sticky: Flag
    forwarded_id: Known
    forwarded_name: Text
    sender_id: Known
    username: Text
    avatar: Text
    donor: Flag
    warned: Flag
    enabled: Flag
    date: Moment


class Inbox(Answer):
    """`inbox`: 25 conversations a page, sticky ones first."""

    current_page: Count
    pages: Count
    messages: tuple[Conversation, ...]


class Message(Model):
    """A message of a conversation; `bb_body` is plain, and `[Encrypted]` while the site can't."""

    message_id: Known
    sender_id: Known
    sender_name: Text
    sent_date: Moment
    avatar: Text
    bb_body: Text
    body: Text


class ViewConv(Answer):
    """`inbox` with `type=viewconv`: one conversation, which it marks as read."""

    conv_id: Known
    subject: Escaped
    sticky: Flag
    messages: tuple[Message, ...]


class Poster(Model):
    """Who wrote a comment or a post; `paranoia` names what they hide."""

    author_id: Known
    author_name: Text
    paranoia: Texts = None
    artist: Flag
    donor: OnlyYes
    warned: Flag
    avatar: Text
    enabled: Flag
    user_title: Text


class Comment(Model):
    """A comment on a data set."""

    post_id: Known
    added_time: Moment
    bb_body: Escaped
    body: Text
    edited_user_id: Known
    edited_time: Moment
    edited_username: Text
    userinfo: Poster


class TorrentComments(Answer):
    """`tcomments`: 10 a page, by default the last page."""

    page: Count
    pages: Count
    comments: tuple[Comment, ...]
