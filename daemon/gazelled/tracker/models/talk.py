"""
What people write: inbox, forums, comments, subscriptions.

`bb_body` is BBCode, `body` the same as HTML. Known from recorded answers of the public
application, and its templates.
"""

from __future__ import annotations

from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import (
    Count,
    Escaped,
    Flag,
    Known,
    OnlyYes,
    Text,
    Texts,
    Time,
)


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
    added_time: Time
    bb_body: Escaped
    body: Text
    edited_user_id: Known
    edited_time: Time
    edited_username: Text
    userinfo: Poster


class TorrentComments(AnswerModel):
    """`tcomments`: 10 a page, by default the last page."""

    page: Count
    pages: Count
    comments: tuple[Comment, ...]
