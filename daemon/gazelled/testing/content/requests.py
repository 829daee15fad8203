"""What users ask others to upload, the votes for it, and how it is filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gazelled.clock import Clock
from gazelled.testing.content.records import CATEGORIES, AuthorRecord, Ids, Who

TAX = 0.1
"""What the site keeps of a bounty."""

SMALLEST_VOTE = 20 * 2**20
"""The bytes that a vote gives at least."""

_FIRST_VOTE = 100 * 2**20


@dataclass(slots=True)
class RequestRecord:
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
    authors: list[AuthorRecord]
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


class RequestBoard:
    """
    The requests of the site.

    Args:
        clock: Whose time it is there.
        who: Finds those who ask and give.
        author: Finds those who made what is asked for.

    """

    def __init__(self, clock: Clock, who: Who, author: Callable[[str], AuthorRecord]) -> None:
        self.all: dict[int, RequestRecord] = {}
        self._clock = clock
        self._who = who
        self._author = author
        self._ids = Ids()

    def ask(
        self,
        title: str,
        *,
        author: str = "me",
        category: str = "Sequences",
        description: str = "Please upload",
        authors: Sequence[str] = (),
        tags: Sequence[str] = (),
        bounty: int = _FIRST_VOTE,
        time: datetime | None = None,
    ) -> RequestRecord:
        """Ask for a data set; the one who asks is the first to vote."""
        at = (time or self._clock.now()).replace(microsecond=0)
        asker = self._who(author).id
        request = RequestRecord(
            id=next(self._ids),
            author=asker,
            title=title,
            category=CATEGORIES.index(category) + 1,
            description=description,
            authors=[self._author(name) for name in authors],
            tags=list(tags),
            time=at,
            last_vote=at,
            votes={asker: bounty},
        )
        self.all[request.id] = request
        return request

    def put(self, request: RequestRecord) -> None:
        """Take in a request that was written down, with its id."""
        self._ids.take(request.id)
        self.all[request.id] = request

    def vote(
        self,
        request_id: int,
        *,
        user: str = "mod1",
        bounty: int = SMALLEST_VOTE,
        time: datetime | None = None,
    ) -> None:
        """Add bytes to the bounty of a request."""
        request, voter = self.all[request_id], self._who(user).id
        request.votes[voter] = request.votes.get(voter, 0) + bounty
        request.last_vote = (time or self._clock.now()).replace(microsecond=0)

    def fill(
        self,
        request_id: int,
        torrent_id: int,
        *,
        user: str = "uploader1",
        time: datetime | None = None,
    ) -> None:
        """Answer a request with a torrent."""
        request = self.all[request_id]
        request.torrent, request.filler = torrent_id, self._who(user).id
        request.filled = (time or self._clock.now()).replace(microsecond=0)

    def unfill(self, request_id: int) -> None:
        """Undo the filling of a request."""
        request = self.all[request_id]
        request.torrent, request.filler, request.filled = 0, 0, None

    def delete(self, request_id: int) -> None:
        """Remove a request."""
        del self.all[request_id]
