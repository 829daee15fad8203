"""The filters by which users are notified of uploads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import count

from gazelled.testing.content.records import TorrentRecord, Who


@dataclass(frozen=True, slots=True)
class Filter:
    """What a user wants to be notified of: any of the tags, or any upload without some."""

    id: int
    user: int
    label: str
    tags: frozenset[str]

    def wants(self, torrent: TorrentRecord) -> bool:
        """Return whether an upload matches."""
        return not self.tags or not self.tags.isdisjoint(torrent.group.tags)


@dataclass(slots=True)
class FilterMatch:
    """An upload that a filter found."""

    filter: Filter
    torrent: TorrentRecord
    unread: bool = True


class Filters:
    """
    All filters, and what they found.

    Args:
        who: Finds those who filter.

    """

    def __init__(self, who: Who) -> None:
        self._who = who
        self.all: dict[int, Filter] = {}
        self.matches: list[FilterMatch] = []
        self._ids = count(1)

    def create(self, label: str, tags: Collection[str] = (), *, user: str = "power1") -> Filter:
        """Make a filter for what is uploaded from now on."""
        made = Filter(next(self._ids), self._who(user).id, label, frozenset(tags))
        self.all[made.id] = made
        return made

    def see(self, torrent: TorrentRecord) -> None:
        """Let all filters see an upload; a user is notified once."""
        notified: set[int] = set()
        for filter_ in self.all.values():
            if filter_.user not in notified and filter_.wants(torrent):
                self.matches.append(FilterMatch(filter_, torrent))
                notified.add(filter_.user)

    def of(self, user: int, filter_id: int = 0) -> list[FilterMatch]:
        """List what was found for a user, newest first."""
        matches = [
            match
            for match in self.matches
            if match.filter.user == user
            and filter_id in {0, match.filter.id}
            and match.torrent.gone is None
        ]
        return sorted(matches, key=lambda match: match.torrent.id, reverse=True)

    def unread(self, user: int) -> int:
        """Count what a user hasn't read."""
        return sum(match.unread for match in self.of(user))

    def mark_read(self, user: int) -> None:
        """Mark all that was found for a user as read."""
        for match in self.matches:
            match.unread &= match.filter.user != user
