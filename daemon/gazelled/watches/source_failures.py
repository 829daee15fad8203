"""Remembers which sources can't be asked or read, so that each trouble is told once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog

from gazelled.clock import Clock
from gazelled.errors import TrackerError
from gazelled.model import StreamId
from gazelled.store import Store
from gazelled.watches.findings import Trouble

log = structlog.stdlib.get_logger(__name__)


class Troubles:
    """
    What is wrong with sources.

    Args:
        store: The store.
        clock: The time of day.
        tell: Told when a source fails, and when that is over.

    """

    def __init__(
        self, store: Store, clock: Clock, tell: Callable[[Trouble], Awaitable[None]]
    ) -> None:
        self._store = store
        self._clock = clock
        self._tell = tell

    async def of(self, source: StreamId) -> str:
        """Tell what is wrong with a source; nothing when all is well."""
        kept = await self._recall(source)
        return str(kept["text"]) if kept else ""

    async def since(self, source: StreamId) -> datetime | None:
        """Tell since when a source has its trouble; None when all is well."""
        kept = await self._recall(source)
        return datetime.fromisoformat(str(kept["since"])) if kept else None

    async def failed(
        self, source: StreamId, watches: tuple[str, ...], problem: TrackerError
    ) -> None:
        """
        Note that a source has a trouble; a crash on the way makes it told again as the same.

        Args:
            source: The source.
            watches: Whose source it is.
            problem: What is wrong.

        """
        kind = type(problem).__name__
        log.warning("watch.failed", source=source, watches=watches, kind=kind, reason=str(problem))
        kept = await self._recall(source)
        since = self._clock.now().isoformat()
        if kept and kept["kind"] == kind:
            since = str(kept["since"])
        trouble = {"kind": kind, "text": str(problem), "since": since}
        await self._store.set_kv(_key(source), json.dumps(trouble))
        await self._tell(Trouble(source, watches, problem, datetime.fromisoformat(since)))

    async def worked(self, source: StreamId, watches: tuple[str, ...]) -> None:
        """Note that a source was asked and read, so that what was wrong is over."""
        kept = await self._recall(source)
        if kept:
            since = datetime.fromisoformat(str(kept["since"]))
            await self._tell(Trouble(source, watches, None, since))
            await self._store.set_kv(_key(source), None)

    async def _recall(self, source: StreamId) -> Mapping[str, object]:
        found = json.loads(await self._store.get_kv(_key(source)) or "{}")
        return found if isinstance(found, dict) else {}


def _key(source: StreamId) -> str:
    return f"trouble:{source}"
