"""What users ask others to upload, the votes for it, and how it is filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from gazelled.clock import Clock
from gazelled.testing.records import CATEGORIES, Author

TAX = 0.1
"""What the site keeps of a bounty."""

SMALLEST_VOTE = 20 * 2**20
"""The bytes that a vote gives at least."""

_FIRST_VOTE = 100 * 2**20


@dataclass(slots=True)
class Request:
    """
    One request.

    Attributes:
        votes: The bytes that each voter gives, by user id.
        torrent: The id of the torrent that filled it; 0 while it isn't.

    """

    id: int
    author: int
    title: str
    category: int
    description: str
    authors: list[Author]
    tags: list[str]
    time: datetime
    last_vote: datetime
    year: int = 0
    picture: str = ""
    votes: dict[int, int] = field(default_factory=dict)
    torrent: int = 0
    filler: int = 0
    filled: datetime | None = None

    @property
    def bounty(self) -> int:
        """All bytes that are given for it."""
        return sum(self.votes.values())


class Requests:
    """
    The requests of the site.

    Args:
        clock: Whose time it is there.

    """

    def __init__(self, clock: Clock) -> None:
        self.all: dict[int, Request] = {}
        self._clock = clock
        self._ids = count(1)

    def ask(
        self,
        title: str,
        *,
        author: int,
        category: str = "Sequences",
        description: str = "Please upload",
        authors: Sequence[Author] = (),
        tags: Sequence[str] = (),
        bounty: int = _FIRST_VOTE,
        time: datetime | None = None,
    ) -> Request:
        """Ask for a data set; the one who asks is the first to vote."""
        at = (time or self._clock.now()).replace(microsecond=0)
        request = Request(
            id=next(self._ids),
            author=author,
            title=title,
            category=CATEGORIES.index(category) + 1,
            description=description,
            authors=list(authors),
            tags=list(tags),
            time=at,
            last_vote=at,
            votes={author: bounty},
        )
        self.all[request.id] = request
        return request

    def vote(self, request_id: int, *, user: int, bounty: int = SMALLEST_VOTE) -> None:
        """Give bytes for a request."""
        request = self.all[request_id]
        request.votes[user] = request.votes.get(user, 0) + bounty
        request.last_vote = self._clock.now().replace(microsecond=0)

    def fill(self, request_id: int, torrent_id: int, *, user: int) -> None:
        """Answer a request with a torrent."""
        request = self.all[request_id]
        request.torrent, request.filler = torrent_id, user
        request.filled = self._clock.now().replace(microsecond=0)

    def unfill(self, request_id: int) -> None:
        """Say that a torrent wasn't what was asked for."""
        request = self.all[request_id]
        request.torrent, request.filler, request.filled = 0, 0, None

    def delete(self, request_id: int) -> None:
        """Remove a request."""
        del self.all[request_id]
