"""A small, believable world of open biological data, or one that was written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from gazelled.clock import Clock
from gazelled.testing.content import load, seed
from gazelled.testing.content.empty_world import EmptyWorld


class World(EmptyWorld):
    """
    Everything that the simulated site knows.

    It is built alike each time, with its times counted back from the clock's now.

    Args:
        clock: Whose time it is there.
        reindex_delay: Seconds until an upload appears in searches; elsewhere it does at once.
        furnished: Whether it begins with the data sets, people and texts of the demo.

    Attributes:
        forums: Threads and posts: `open`, `reply`, `edit`, `delete`, `subscribe`, `mark_read`.
        requests: Wishes: `ask`, `vote`, `fill`.
        collages: Collections: `create`, `add`, `remove`.
        comments: On data sets, requests, collages and authors: `write`, `edit`, `delete`.
        wiki: Articles: `write`, `edit`.
        filters: Notifications of uploads: `create`.
        downloads: How often a user fetched a torrent, by both ids.
        tokens_spent: For which torrents users spent a freeleech token, by both ids.
        feeds_since: When the cache was flushed, which empties the feeds of uploads.

    """

    def __init__(
        self, clock: Clock | None = None, *, reindex_delay: float = 0.0, furnished: bool = True
    ) -> None:
        super().__init__(clock, reindex_delay=reindex_delay)
        if furnished:
            seed.furnish(self)

    @classmethod
    def load(cls, data: Mapping[str, load.Rows], clock: Clock | None = None) -> Self:
        """
        Build a world of data that were written down, by kind and with their ids.

        The kinds and their keys are those of `tests/testing/second/world.json`; what is missing
        stays empty. Times are in UTC and stay as they are, so hand in a clock that suits them.
        Everyone's password is `NAME-password-123456`.
        """
        world = cls(clock, furnished=False)
        load.load(world, data)
        return world
