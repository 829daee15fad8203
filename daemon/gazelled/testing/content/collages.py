"""Collections of data sets that users put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gazelled.testing.content.records import Ids, Who

KINDS = ("Personal", "Theme", "Staff Picks")
"""The categories of collages, from 0."""


@dataclass(slots=True)
class CollageRecord:
    """
    A collection.

    Attributes:
        groups: The ids of data sets, in the order of the collection.
        subscribers: The ids of those who follow it.

    """

    id: int
    name: str
    description: str
    author: int
    kind: int
    groups: list[int] = field(default_factory=list)
    subscribers: set[int] = field(default_factory=set)
    deleted: bool = False
    locked: bool = False


class Collages:
    """
    The collages of the site.

    Args:
        who: Finds those who collect.

    """

    def __init__(self, who: Who) -> None:
        self._who = who
        self.all: dict[int, CollageRecord] = {}
        self._ids = Ids()

    def create(
        self,
        name: str,
        description: str = "",
        *,
        author: str = "uploader1",
        kind: str = "Theme",
        groups: Sequence[int] = (),
    ) -> CollageRecord:
        """Begin a collection."""
        collage = CollageRecord(
            next(self._ids),
            name,
            description,
            self._who(author).id,
            KINDS.index(kind),
            list(groups),
        )
        self.all[collage.id] = collage
        return collage

    def put(self, collage: CollageRecord) -> None:
        """Take in a collection that was written down, with its id."""
        self._ids.take(collage.id)
        self.all[collage.id] = collage

    def add(self, collage_id: int, group_id: int) -> None:
        """Put a data set into a collection, at its end."""
        groups = self.all[collage_id].groups
        if group_id not in groups:
            groups.append(group_id)

    def remove(self, collage_id: int, group_id: int) -> None:
        """Take a data set out of a collection."""
        self.all[collage_id].groups.remove(group_id)

    def delete(self, collage_id: int) -> None:
        """Delete a collection, which is told all the same from then on."""
        self.all[collage_id].deleted = True

    def forget_group(self, group_id: int) -> None:
        """Take a data set that is no more out of all collections."""
        for collage in self.all.values():
            if group_id in collage.groups:
                collage.groups.remove(group_id)
