"""What arrived while the state can't be written, and must not be sent again after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from gazelled.model import Delivery
from gazelled.service.outages.runtime_note import RuntimeNote
from gazelled.store import Store

NOTE = "arrived.json"


class UnstoredArrivals:
    """
    The deliveries that a target has taken and the state doesn't know of yet.

    They are noted in the runtime folder as long as an outage lasts. Without one nothing is written.
    """

    def __init__(self, folder: Path) -> None:
        self._note = RuntimeNote(folder, NOTE)
        self._keys = {
            (key, target)
            for key, targets in self._note.read().items()
            if isinstance(targets, list)
            for target in targets
            if isinstance(target, str)
        }
        self._is_noting = False

    @contextmanager
    def until_stored(self, delivery: Delivery) -> Iterator[None]:
        """Keep that a delivery has arrived until the context ends: it is stored then."""
        key = (delivery.event.key, delivery.target)
        self._keys.add(key)
        self._write()
        yield
        self._keys.discard(key)
        self._write()

    def begin(self) -> None:
        """Note what there is and what comes: an outage has begun."""
        self._is_noting = True
        self._write()

    def end(self) -> None:
        """Note nothing any more: an outage is over, and what waited for that has been stored."""
        self._write()
        self._is_noting = False

    async def settle(self, store: Store, now: datetime) -> None:
        """Store what an earlier process couldn't."""
        if self._keys:
            await store.outbox.settle_arrived(sorted(self._keys), now)
            self._keys.clear()
            self._note.clear()

    def _write(self) -> None:
        if not self._is_noting:
            return
        if not self._keys:
            self._note.clear()
            return
        noted: dict[str, list[str]] = {}
        for key, target in sorted(self._keys):
            noted.setdefault(key, []).append(target)
        self._note.write(noted)
