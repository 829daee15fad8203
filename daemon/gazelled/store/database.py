"""The store: all that must survive, in one SQLite file that one thread reads and writes."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

from gazelled.model import Delivery, Event
from gazelled.store import history, lookup, outbox, retention, streams
from gazelled.store.backup.copying import Backup
from gazelled.store.codec import from_number, to_number
from gazelled.store.history import MOST_ITEMS
from gazelled.store.opening import NAME, back_up_state, connect, explained, transaction
from gazelled.store.outbox import Settled
from gazelled.store.records import Kept, Look, Pending, Progress, Rule, StreamState

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """
    The state of one account. Make it with `open`.

    Each method that changes something is one transaction: it is on the disk when the method
    returns, and whoever is cancelled while waiting for it cancels the waiting, not the change.
    All methods raise `StateError` when the file or the disk fails.
    """

    def __init__(self, path: Path, db: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self.path = path
        self._db = db
        self._thread = thread
        self._closed = False
        self._copying = asyncio.Lock()

    @classmethod
    async def open(cls, folder: Path) -> Self:
        """
        Open the state in a folder; make it if there is none.

        Raises:
            StateError: If it can't be used as it is; the text says what to do.

        """
        thread = ThreadPoolExecutor(1, "store")
        try:
            db = await asyncio.get_running_loop().run_in_executor(thread, connect, folder)
        except BaseException:
            thread.shutdown()
            raise
        return cls(folder / NAME, db, thread)

    async def close(self) -> None:
        """Finish what is under way and close the file; nothing can be asked afterwards."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._run(self._db.close)
        finally:
            self._thread.shutdown()

    async def __aenter__(self) -> Self:
        """Lend it for a block of code."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        await self.close()

    async def get_kv(self, key: str) -> str | None:
        """Tell what was remembered under a key."""
        return await self._read(_get_kv, key)

    async def set_kv(self, key: str, value: str | None) -> None:
        """Remember a small thing under a key; None forgets it."""
        await self._write(_set_kv, key, value)

    async def last_runs(self) -> Mapping[str, datetime]:
        """Tell when each job ran last."""
        return await self._read(_last_runs)

    async def ran(self, job: str, at: datetime) -> None:
        """Remember that a job ran."""
        await self._write(_ran, job, at)

    async def stream(self, name: str) -> StreamState:
        """Tell how far a stream has been seen."""
        return await self._read(streams.state, name)

    async def streams(self) -> list[StreamState]:
        """Tell how far each stream has been seen."""
        return await self._read(streams.states)

    async def known(self, stream: str, ids: Sequence[str]) -> set[str]:
        """Tell which of the ids have been seen in the stream."""
        return await self._read(streams.known, stream, ids)

    async def known_from(self, stream: str, least: int) -> list[str]:
        """Return the known ids that are numbers and no lower than one, in their order."""
        return await self._read(streams.known_from, stream, least)

    async def known_below(self, stream: str, most: int, number: int) -> str:
        """Return the known id that so many are above, below another; empty without any."""
        return await self._read(streams.known_below, stream, most, number)

    async def known_with(self, stream: str, prefixes: Sequence[str]) -> set[str]:
        """Return the known ids that begin in one of some ways."""
        return await self._read(streams.known_with, stream, prefixes)

    async def kept_times(self, stream: str, ids: Sequence[str]) -> Mapping[str, datetime | None]:
        """Return when items of a stream appeared, by the ids of those that are kept."""
        return await self._read(history.kept_times, stream, ids)

    async def begun(self, stream: str) -> Mapping[str, str]:
        """Tell which watches have had a first look at the stream, and how far it was seen then."""
        return await self._read(streams.begun, stream)

    async def gaps(self, stream: str) -> list[tuple[str, str]]:
        """Tell what could never be seen of a stream, as positions around it, oldest first."""
        return await self._read(streams.gaps, stream)

    async def holes(self) -> Mapping[str, list[tuple[int, int]]]:
        """Tell what is still to be asked for id by id, by stream: the ids around, oldest first."""
        return await self._read(streams.holes)

    async def marks(self, watch: str) -> Mapping[str, str]:
        """Tell what a watch remembers of each thing."""
        return await self._read(streams.marks, watch)

    async def watch_names(self) -> set[str]:
        """Tell all watches of which something is kept, configured or not."""
        return await self._read(streams.watches)

    async def gone(self, configured: Collection[str]) -> Mapping[str, str]:
        """
        Tell which watches aren't configured any more, but were when `in_use` was told last.

        Args:
            configured: The names of those that are.

        Returns:
            The text of each one's rule, by its name; only of those that had a first look.

        """
        return await self._read(streams.gone, configured)

    async def rename(self, before: str, now: str) -> None:
        """Give all that a watch knows to one of which nothing is known; events keep the name."""
        await self._write(streams.rename, before, now)

    async def forget(self, watch: str) -> None:
        """
        Forget what a watch remembers, and that it had first looks: it was removed.

        What it told stays, and the rules and items by which that can be explained.
        """
        await self._write(retention.forget, watch)

    async def commit_look(self, look: Look) -> None:
        """
        Write all that a look changes, at once.

        Doing it again changes nothing: an event that is there already stays as it is.
        """
        await self._write(streams.commit, look)

    async def add_event(self, event: Event, targets: Sequence[str], *, ran: str = "") -> None:
        """
        Write an event that no look found, such as a notice; equal keys are one event.

        Args:
            event: The event.
            targets: Who is told.
            ran: The job that it was all of, which needn't run again for it after a crash.

        """
        await self._write(_add_event, event, targets, ran)

    async def due(
        self,
        now: datetime,
        limit: int = 50,
        *,
        besides: Collection[str] = (),
        urgent: Collection[str] = (),
    ) -> list[Pending]:
        """
        Tell what can be delivered now, oldest first.

        Args:
            now: The time of day.
            limit: At most so many.
            besides: Targets to leave out.
            urgent: Targets that take only what is urgent.

        Returns:
            At most one delivery for a target: its oldest, if that can be tried now.

        """
        return await self._read(outbox.due, now, limit, besides, urgent)

    async def next_due(
        self, *, besides: Collection[str] = (), urgent: Collection[str] = ()
    ) -> datetime | None:
        """Tell when `due` has something next; None when nothing is pending."""
        return await self._read(outbox.next_due, besides, urgent)

    async def suspect(
        self, most: int, *, besides: Collection[str] = (), urgent: Collection[str] = ()
    ) -> Pending | None:
        """
        Return what was under way at a kill and comes next, whether or not it is due.

        Args:
            most: What has so many kills rests, and isn't returned.
            besides: Targets to leave out.
            urgent: Targets that take only what is urgent.

        """
        return await self._read(outbox.suspect, most, besides, urgent)

    async def under_way(self) -> list[Pending]:
        """Return the deliveries that were begun and whose end isn't known."""
        return await self._read(outbox.under_way)

    async def resting(self, most: int) -> list[Pending]:
        """Return the deliveries that aren't tried any more after so many kills."""
        return await self._read(outbox.resting, most)

    async def start(self, delivery: Delivery, now: datetime) -> None:
        """
        Count a try and note that it is under way, before it is made.

        Whatever ends it, the next one has the next number.
        """
        await self._write(outbox.start, delivery, now)

    async def record_kill(self, delivery: Delivery, until: datetime, now: datetime) -> None:
        """Note that the process was killed while a delivery was under way; it waits until then."""
        await self._write(outbox.record_kill, delivery, until, now)

    async def clear_under_way(self) -> None:
        """Note that what is under way was cut off in good order, and not by a kill."""
        await self._write(outbox.clear_under_way)

    async def clear_kills(self) -> None:
        """Let what was under way at kills be tried as if it had not been."""
        await self._write(outbox.clear_kills)

    async def rebase_pauses(self, now: datetime) -> None:
        """Begin the pauses of deliveries now that began in the future: the clock was wrong."""
        await self._write(outbox.rebase_pauses, now)

    async def settle(self, delivery: Delivery, state: Settled, now: datetime) -> None:
        """Note that a delivery is done or given up; the first verdict stays."""
        await self._write(outbox.settle, delivery, state, now)

    async def postpone(
        self, delivery: Delivery, until: datetime, error: str, now: datetime
    ) -> None:
        """Note that a delivery failed, and when it is tried again."""
        await self._write(outbox.postpone, delivery, until, error, now)

    async def counts(self) -> Mapping[str, int]:
        """Count: pending, done, given_up (deliveries), events, gaps."""
        return await self._read(outbox.counts)

    async def items(self, stream: str, since: datetime) -> list[Kept]:
        """Tell the items that were new in a stream since a time, in the order of being seen."""
        return await self._read(history.items, stream, since)

    async def item(self, name: str) -> list[Kept]:
        """Tell an item, by its id, as it was last seen in each stream."""
        return await self._read(history.item, name)

    async def knowing(self, name: str) -> list[str]:
        """Tell the streams in which an id is known, whether or not its item is kept."""
        return await self._read(history.knowing, name)

    async def rules(self, watch: str) -> list[Rule]:
        """Tell the versions of a watch's rule, the oldest first."""
        return await self._read(history.rules, watch)

    async def event_of(self, key: str) -> Event | None:
        """Tell the event of a key, if it is still kept."""
        return await self._read(history.event_of, key)

    async def events_about(self, name: str) -> list[Event]:
        """Tell the events about an item, by its id, the oldest first."""
        return await self._read(history.events_about, name)

    async def deliveries_of(self, event: str) -> list[Progress]:
        """Tell what became of an event's deliveries, by its key."""
        return await self._read(history.deliveries_of, event)

    async def revisions(self, thing: str) -> list[str]:
        """Tell the ids, kept or known, that are a thing or a revision of it, the newest first."""
        return await self._read(lookup.revisions, thing)

    async def kept_streams(self) -> list[str]:
        """Name the streams of which items are kept."""
        return await self._read(lookup.names)

    async def told(self, watch: str, since: datetime) -> list[Event]:
        """Tell the events of a watch since a time, the oldest first."""
        return await self._read(lookup.told, watch, since)

    async def in_use(
        self, streams: Collection[str], watches: Collection[str], now: datetime
    ) -> None:
        """Note what is configured, by name; `prune` lets go what wasn't for long."""
        await self._write(retention.in_use, streams, watches, now)

    async def prune(self, before: datetime, *, most: int = MOST_ITEMS) -> None:
        """
        Let go what is old: events whose deliveries were settled before a time, items, rules.

        So do streams and watches, with all that is known of them, which `in_use` was told of last
        before that time. A stream that comes back has a first look again.

        Args:
            before: The time. A rule that was still valid then stays.
            most: So many items stay at most.

        """
        await self._write(_prune, before, most)

    async def back_up(self, now: datetime) -> Backup:
        """
        Keep a whole copy beside the database; only the newest few stay.

        It is made by another thread, from what is committed, and delays neither reading nor
        writing.

        Raises:
            StateError: If it can't be written.

        """
        async with self._copying:
            return await asyncio.to_thread(back_up_state, self.path.parent, now)

    async def _read(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await self._run(lambda: work(self._db, *args, **kwargs))

    async def _write(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], None],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        def committed() -> None:
            with transaction(self._db):
                work(self._db, *args, **kwargs)

        await self._run(committed)

    async def _run(self, work: Callable[[], T]) -> T:
        def safe() -> T:
            with explained(self.path):
                return work()

        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, safe))


def _prune(db: sqlite3.Connection, before: datetime, most: int) -> None:
    outbox.prune(db, before)
    history.prune(db, before, most)
    retention.prune(db, before)


def _get_kv(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT value FROM kv WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def _set_kv(db: sqlite3.Connection, key: str, value: str | None) -> None:
    if value is None:
        db.execute("DELETE FROM kv WHERE key = ?", (key,))
    else:
        db.execute("INSERT OR REPLACE INTO kv (key, value) VALUES (?, ?)", (key, value))


def _last_runs(db: sqlite3.Connection) -> dict[str, datetime]:
    return {job: from_number(at) for job, at in db.execute("SELECT job, at FROM run").fetchall()}


def _add_event(db: sqlite3.Connection, event: Event, targets: Sequence[str], ran: str) -> None:
    outbox.add(db, event, targets)
    if ran:
        _ran(db, ran, event.at)


def _ran(db: sqlite3.Connection, job: str, at: datetime) -> None:
    db.execute("INSERT OR REPLACE INTO run (job, at) VALUES (?, ?)", (job, to_number(at)))
