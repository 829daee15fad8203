"""The store: all that must survive, in one SQLite file that one thread reads and writes."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gazelled.errors import StateUnavailable
from gazelled.model import StreamId
from gazelled.store import outbox
from gazelled.store.backup.copying import Backup, read_only
from gazelled.store.codec import from_number, to_number
from gazelled.store.history import archive
from gazelled.store.history.archive import MOST_ITEMS, Archive
from gazelled.store.history.deliveries import DELIVERY_COUNTS, NO_LETTER, DeliveryStore
from gazelled.store.kv import KeyValueStore
from gazelled.store.looks import LookTransaction, write_look
from gazelled.store.opening import NAME, back_up_state
from gazelled.store.outbox import Addressed, Outbox
from gazelled.store.part import Database, reads, writes
from gazelled.store.plugins import enrichments
from gazelled.store.plugins.enrichments import Enrichments
from gazelled.store.plugins.plugin_records import PluginRecords
from gazelled.store.plugins.plugin_values import PluginValues
from gazelled.store.policy.digests import Digests
from gazelled.store.policy.held import HeldDeliveries
from gazelled.store.policy.uploads import Uploads
from gazelled.store.records import PLUGIN_JOBS
from gazelled.store.streams import StreamStore
from gazelled.store.watches import WatchStore

_TABLES_OF = {
    "stream": ("known", "gap", "hole", "begun", "item", "enrichment", "verdict"),
    "watch": ("begun", "mark", "rule", "verdict"),
}
"""What goes with a stream, and with a watch."""

_RUNS = f"SELECT job, at FROM run WHERE job NOT GLOB '{PLUGIN_JOBS}*'"  # noqa: S608 - a constant
"""When jobs ran last; those of plugins are `PluginRecords`'."""


class Store(KeyValueStore):
    """
    The state of one account. Make it with `open`.

    Each method that changes something is one transaction: it is on the disk when the method
    returns, and whoever is cancelled while waiting for it cancels the waiting, not the change.
    All methods raise `StateError` when the file or the disk fails.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.path = database.path
        self.streams = StreamStore(database)
        self.watches = WatchStore(database)
        self.outbox = Outbox(database)
        self.held = HeldDeliveries(database)
        self.digests = Digests(database)
        self.uploads = Uploads(database)
        self.archive = Archive(database)
        self.deliveries = DeliveryStore(database)
        self.plugin_values = PluginValues(database)
        self.plugin_records = PluginRecords(database)
        self.enrichments = Enrichments(database)
        self._copying = asyncio.Lock()

    @classmethod
    async def open(cls, folder: Path) -> Self:
        """Open the state in a folder, or make it; raise StateError if it can't be used as it is."""
        return cls(await Database.open(folder))

    def when_unavailable(self, wait: Callable[[StateUnavailable], Awaitable[bool]]) -> None:
        """
        Let what the disk fails at be done again, instead of raising a StateUnavailable.

        Args:
            wait: Awaited with the error; returns whether to do it again.

        """
        self._database.unavailable = wait

    async def close(self) -> None:
        """Finish what is under way and close the file; nothing can be asked afterwards."""
        await self._database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @reads
    def last_runs(self) -> Mapping[str, datetime]:
        return {job: from_number(at) for job, at in self._db.execute(_RUNS)}

    @writes
    def mark_run(self, job: str, at: datetime) -> None:
        outbox.mark_run(self._db, job, at)

    async def commit_look(self, look: LookTransaction) -> None:
        """
        Write all that a look changes, at once.

        Doing it again changes nothing: an event that is there already stays as it is.
        """
        self.outbox.show(await self._commit_look(look))

    @writes
    def _commit_look(self, look: LookTransaction) -> list[Addressed]:
        return write_look(self._db, look)

    @reads
    def counts(self) -> Mapping[str, int]:
        """
        Count: pending (all that is open), done, given_up (dead) deliveries, events, gaps.

        What a person dropped, or is dead for long, doesn't count as given up.
        """
        row = self._db.execute(
            f"""SELECT
                (SELECT count(*) FROM delivery WHERE settled_at IS NULL),
                (SELECT count(*) FROM delivery WHERE state = 'done'),
                (SELECT count(*) FROM delivery WHERE state = 'dead' AND held NOT IN {NO_LETTER}),
                (SELECT count(*) FROM event),
                (SELECT count(*) FROM gap)
            """  # noqa: S608 - a constant
        ).fetchone()
        return dict(zip(("pending", "done", "given_up", "events", "gaps"), row, strict=True))

    @writes
    def mark_in_use(
        self, streams: Collection[StreamId], watches: Collection[str], now: datetime
    ) -> None:
        """
        Note what is configured, by name; `prune` lets go what wasn't for long.

        What isn't, and never was noted, counts from now on.
        """
        for table, names in (("stream", streams), ("watch", watches)):
            self._db.execute(
                f"""UPDATE {table} SET used = ?
                WHERE used IS NULL OR name IN (SELECT value FROM json_each(?))""",  # noqa: S608 - ours
                (to_number(now), json.dumps(list(names))),
            )

    @writes
    def prune(self, before: datetime, *, most: int = MOST_ITEMS) -> None:
        """
        Let go what is old: events whose deliveries were settled before a time, items, rules.

        What plugins gave items and said of them goes with the items.

        So do streams and watches, with all that is known of them, that were in use last before
        that time. A stream that comes back has a first look again. A rule that was still valid
        then stays, and so do the newest `most` items.
        """
        outbox.prune(self._db, before)
        archive.prune(self._db, before, most)
        enrichments.prune(self._db, before, most)
        # That a source wasn't seen for long says nothing: the tracker may have been down, and all
        # that came meanwhile is still to be reported. Only what isn't configured any more may go.
        for owner, tables in _TABLES_OF.items():
            gone = f"SELECT id FROM {owner} WHERE used < ?"  # noqa: S608 - ours
            for table in tables:
                query = f"DELETE FROM {table} WHERE {owner} IN ({gone})"  # noqa: S608 - ours
                self._db.execute(query, (to_number(before),))
            self._db.execute(f"DELETE FROM {owner} WHERE used < ?", (to_number(before),))  # noqa: S608 - ours

    async def back_up(self, now: datetime) -> Backup:
        """
        Keep a whole copy beside the database; only the newest few stay.

        It is made by another thread, from what is committed, and delays neither reading nor
        writing.
        """
        async with self._copying:  # two at once would delete each other's unfinished file
            return await asyncio.to_thread(back_up_state, self.path.parent, now)


def read_last_runs(folder: Path) -> Mapping[str, datetime]:
    """
    Return when each source was asked last, the latest first, whoever owns the state.

    This takes no lock and changes nothing; what can't be read is empty.
    """
    return {job: from_number(at) for job, at in _peek(folder, f"{_RUNS} ORDER BY -at")}


def read_kv(folder: Path) -> Mapping[str, str]:
    """Return the small values that are kept by key, in the same way."""
    return {str(key): str(value) for key, value in _peek(folder, "SELECT key, value FROM kv")}


def read_deliveries(folder: Path) -> Mapping[tuple[str, str], int]:
    """Count the deliveries that aren't done, by target and state, in the same way."""
    rows = _peek(folder, DELIVERY_COUNTS)
    return {(str(target), str(state)): int(number) for target, state, number in rows}


def read_delivery_keys(folder: Path) -> list[str]:
    """Return the keys of the last deliveries that aren't done, in the same way."""
    query = """
        SELECT event.key || '@' || target FROM delivery JOIN event ON event.id = delivery.event
        WHERE settled_at IS NULL OR state = 'dead' ORDER BY delivery.id DESC LIMIT 200
    """
    return [str(key) for (key,) in _peek(folder, query)]


def _peek(folder: Path, query: str) -> list[tuple[Any, ...]]:
    try:
        with closing(read_only(folder / NAME)) as db:
            return db.execute(query).fetchall()
    except sqlite3.Error:
        return []
