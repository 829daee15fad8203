"""
Looks that overlap: a person's beside the schedule's, or a look and what is caught up.

Two things can go wrong then.

- Both find the same news. So commits take turns, and who finds that there was another commit since
  it began looks up anew what is known.
- What was asked for first is committed last. Its values may be older than those that the other look
  was judged by: states must not be compared with them, and the watermark must not move to them.
"""

from __future__ import annotations

import asyncio
import itertools

from gazelled.model import StreamId


class Overlaps:
    """What looks know of each other; `committing` is held from looking up until the commit."""

    def __init__(self) -> None:
        self.committing = asyncio.Lock()
        self.commits = 0
        self.judged: dict[StreamId, int] = {}
        self._moments = itertools.count(1)

    def begin(self, stream: StreamId) -> Turn:
        """Note that a look begins, before it asks for anything."""
        return Turn(self, stream, self.commits)

    def note_commit(self) -> None:
        """Note a commit before it is done: if it fails, who comes next looks up what there is."""
        self.commits += 1

    def moment(self) -> int:
        """Return a number that is higher than all before."""
        return next(self._moments)


class Turn:
    """A look among others; `commits` is how many commits there had been when it began."""

    def __init__(self, overlaps: Overlaps, stream: StreamId, commits: int) -> None:
        self._overlaps = overlaps
        self._stream = stream
        self._commits = commits
        self._asked_at = overlaps.moment()
        self._answered_at = 0

    def answered(self) -> None:
        """Note that all of its pages are there."""
        self._answered_at = self._overlaps.moment()

    @property
    def is_newest(self) -> bool:
        """Whether nothing was judged by a look that was answered after this one was asked for."""
        return self._overlaps.judged.get(self._stream, 0) < self._asked_at

    @property
    def is_outdated(self) -> bool:
        """Whether something was committed since it began, also a part of its own."""
        return self._overlaps.commits != self._commits

    def note_commit(self, *, judges: bool) -> None:
        """Note that it commits, and whether states are compared with what it saw."""
        self._overlaps.note_commit()
        if judges:
            self._overlaps.judged[self._stream] = self._answered_at
