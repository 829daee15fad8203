"""What changes while the daemon runs, for those who follow it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

TIME = "time"
"""The topic of what time alone has changed: a watch is late now, or a file is newer."""


class Follower:
    """Collects what changed since it was asked last."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._event = asyncio.Event()

    def add(self, topic: str) -> None:
        """Note that something of a topic changed."""
        self._topics.add(topic)
        self._event.set()

    async def next(self) -> list[str]:
        """Wait until something changes, and return the topics."""
        await self._event.wait()
        self._event.clear()
        topics, self._topics = sorted(self._topics), set()
        return topics


class Changes:
    """
    Shows its followers what changes; without any it costs nothing.

    The topics are `watches`, `events`, `deliveries`, `tracker`, `targets`, `config` and `time`.
    """

    def __init__(self) -> None:
        self._followers: set[Follower] = set()

    def announce(self, *topics: str) -> None:
        """Show that something of some topics changed."""
        for follower in self._followers:
            for topic in topics:
                follower.add(topic)

    @contextmanager
    def followed(self) -> Iterator[Follower]:
        """Yield a follower that is shown all changes meanwhile."""
        follower = Follower()
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)
