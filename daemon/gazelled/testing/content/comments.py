"""What users write beneath data sets, requests, collages and authors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gazelled.clock import Clock
from gazelled.testing.content.records import Ids, Who

Page = Literal["torrents", "requests", "collages", "artist"]
"""The kinds of pages that one can comment on; `torrents` are data sets."""


@dataclass(slots=True)
class CommentRecord:
    """One comment."""

    id: int
    page: Page
    page_id: int
    author: int
    body: str
    time: datetime
    editor: int = 0
    edited: datetime | None = None


class CommentBoard:
    """
    All comments of the site; their ids ascend over all kinds of pages.

    Args:
        clock: Whose time it is there.
        who: Finds those who write.

    """

    def __init__(self, clock: Clock, who: Who) -> None:
        self._all: dict[int, CommentRecord] = {}
        self._clock = clock
        self._who = who
        self._ids = Ids()

    def write(
        self,
        page_id: int,
        body: str,
        *,
        page: Page = "torrents",
        author: str = "mod1",
        time: datetime | None = None,
    ) -> CommentRecord:
        """Comment on something, by default on the data set with this id."""
        at = (time or self._clock.now()).replace(microsecond=0)
        comment = CommentRecord(next(self._ids), page, page_id, self._who(author).id, body, at)
        self._all[comment.id] = comment
        return comment

    def put(self, comment: CommentRecord) -> None:
        """Take in a comment that was written down, with its id."""
        self._ids.take(comment.id)
        self._all[comment.id] = comment

    def edit(self, comment_id: int, body: str, *, editor: str = "mod1") -> CommentRecord:
        """Change what a comment says."""
        comment = self._all[comment_id]
        comment.body, comment.editor = body, self._who(editor).id
        comment.edited = self._clock.now().replace(microsecond=0)
        return comment

    def delete(self, comment_id: int) -> None:
        """Remove a comment."""
        del self._all[comment_id]

    def on(self, page: Page, page_id: int) -> list[CommentRecord]:
        """List the comments on something, oldest first."""
        return [post for post in self._all.values() if (post.page, post.page_id) == (page, page_id)]

    def by(self, page: Page, user_id: int) -> int:
        """Count what a user wrote on pages of a kind."""
        return sum(post.page == page and post.author == user_id for post in self._all.values())
