"""
Requests for data sets. Bounties are bytes; years and torrents of 0 are None.

Known from recorded answers of the public application, and its templates.
"""

from __future__ import annotations

from gazelled.tracker.catalogue.datasets import EscapedAuthor
from gazelled.tracker.decoding.plan import field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import Count, Escaped, Flag, Fraction, Known, Tags, Text, Time


class Contributor(Model):
    """Who put a bounty on a request."""

    user_id: Known
    user_name: Text
    bounty: Count


class RequestComment(Model):
    """A comment on a request; `comment` is HTML."""

    post_id: Known
    author_id: Known
    name: Text
    donor: Flag
    warned: Flag
    enabled: Flag
    class_: Text = field(key="class")
    added_time: Time
    avatar: Text
    comment: Text
    edited_user_id: Known
    edited_username: Text
    edited_time: Time


class Request(AnswerModel):
    """`request`: `description` is HTML, `bb_description` BBCode; `request_tax` is a share."""

    request_id: Known
    requestor_id: Known
    requestor_name: Text
    is_bookmarked: Flag
    request_tax: Fraction
    time_added: Time
    can_edit: Flag
    can_vote: Flag
    minimum_vote: Count
    vote_count: Count
    last_vote: Time
    top_contributors: tuple[Contributor, ...] | None
    total_bounty: Count
    category_id: Known
    category_name: Text
    title: Escaped
    year: Known
    image: Text
    bb_description: Escaped
    description: Text
    artists: tuple[EscapedAuthor, ...] | None
    is_filled: Flag
    filler_id: Known
    filler_name: Text
    torrent_id: Known
    time_filled: Time
    tags: Tags
    comments: tuple[RequestComment, ...] | None
    comment_page: Count
    comment_pages: Count


class FoundRequest(Model):
    """A request in a list; `description` is BBCode."""

    request_id: Known
    requestor_id: Known
    requestor_name: Text
    time_added: Time
    last_vote: Time
    vote_count: Count
    bounty: Count
    category_id: Known
    category_name: Text
    authors: tuple[EscapedAuthor, ...] | None
    title: Escaped
    year: Known
    picture: Text
    description: Escaped
    is_filled: Flag
    filler_id: Known
    filler_name: Text
    torrent_id: Known
    time_filled: Time


class Requests(AnswerModel):
    """`requests`: 25 a page, newest first, filled ones too; page 0 is beyond the last."""

    current_page: Count
    pages: Count
    results: tuple[FoundRequest, ...]
