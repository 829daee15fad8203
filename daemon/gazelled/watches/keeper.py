"""What the watcher needs of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gazelled.model import Event
from gazelled.store import Look, StreamState
from gazelled.watches.streams import number_gaps, reach, recognition


class Keeper(recognition.Memory, reach.Memory, number_gaps.Memory, Protocol):
    """The part of the store that the watcher needs."""

    async def stream(self, name: str) -> StreamState:
        """Tell how far a stream has been seen."""

    async def begun(self, stream: str) -> Mapping[str, str]:
        """Tell which watches had their first look at a stream, and how far it was seen then."""

    async def marks(self, watch: str) -> Mapping[str, str]:
        """Tell what a watch remembers, by what it is about."""

    async def add_event(self, event: Event, targets: Sequence[str], *, ran: str = "") -> None:
        """Keep an event, a delivery to each target, and that a job ran."""

    async def commit_look(self, look: Look) -> None:
        """Commit all that a look changes, or nothing."""
