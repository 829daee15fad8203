"""
Events and their deliveries.

A target's line is in the order of writing, and only its head is ever due: as long as the oldest
waits, so do those behind it. What stepped aside has left its place, and is tried when its own pause
is over; so has what was under way when the process was killed, a suspect, which comes when nothing
else is due. While a target takes nothing but what is urgent, that alone is its line.

Whatever is looked for is found by an index of what is open, target by target: it costs the same
however many wait.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gazelled.model import Delivery, Event
from gazelled.store.codec import dump_event, from_number, load_event, to_number
from gazelled.store.part import Database, StorePart, reads, writes
from gazelled.store.policy.uploads import add_uploads
from gazelled.store.records import PendingDelivery

Settled = Literal["done", "dead"]

Addressed = tuple[Event, Sequence[str]]
"""An event, and the names of its targets."""

_THIS = "event = (SELECT id FROM event WHERE key = ?) AND target = ? AND settled_at IS NULL"
_FOUND = """
    SELECT
        event.body, event.at, delivery.target, delivery.tries, delivery.parts, delivery.due_at,
        delivery.kills, delivery.failures, delivery.failing_since, delivery.aside,
        delivery.first_target
    FROM delivery JOIN event ON event.id = delivery.event
"""
_AGAIN = "CASE WHEN error = '' THEN 'waiting' ELSE 'failed' END"
_OPEN_TARGETS = """
    WITH RECURSIVE open (target) AS (
        SELECT min(target) FROM delivery WHERE settled_at IS NULL
        UNION ALL
        SELECT (SELECT min(target) FROM delivery WHERE settled_at IS NULL AND target > open.target)
        FROM open WHERE open.target IS NOT NULL
    )
"""
_FIRST = """
    SELECT id FROM delivery
    WHERE settled_at IS NULL AND target = open.target AND place = {} AND urgent = rank.urgent
"""
# One row for each target, for its line and for what stepped aside, urgent or not.
_HEADS = f"""
    {_OPEN_TARGETS}, rank (urgent) AS (VALUES (0), (1))
    SELECT target, place, urgent, id, due_at FROM delivery WHERE id IN (
        SELECT ({_FIRST.format(0)} ORDER BY id LIMIT 1) FROM open, rank
        UNION ALL
        SELECT ({_FIRST.format(1)} ORDER BY due_at, id LIMIT 1) FROM open, rank
    )
"""  # noqa: S608 - constants of this module


@dataclass(frozen=True, slots=True)
class _Head:
    """What comes next in a target's line, or of what stepped aside there."""

    target: str
    place: int
    urgent: int
    id: int
    due_at: int


class Outbox(StorePart):
    """The lines of the targets; `on_stored` is called with each event after its commit."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.on_stored: Callable[[Event, Sequence[str]], None] = lambda *_: None

    async def add(self, event: Event, targets: Sequence[str], *, ran: str = "") -> None:
        """
        Write an event that no look found, such as a notice; equal keys are one event.

        If it was all of a job, that the job ran is written with it: it needn't run again after a
        crash.
        """
        if await self._add(event, targets, ran):
            self.show([(event, targets)])

    @writes
    def _add(self, event: Event, targets: Sequence[str], ran: str) -> bool:
        """Write an event and that a job ran; return whether the event is new."""
        if ran:
            mark_run(self._db, ran, event.at)
        return add_event(self._db, event, targets)

    def show(self, events: Sequence[Addressed]) -> None:
        """Report events that were stored to whoever asked for them."""
        for event, targets in events:
            self.on_stored(event, targets)

    @reads
    def due(
        self,
        now: datetime,
        limit: int = 50,
        *,
        besides: Collection[str] = (),
        urgent: Collection[str] = (),
    ) -> list[PendingDelivery]:
        """
        Return what can be delivered now, one for each target, in the order of writing.

        The targets in `besides` are left out; those in `urgent` take only what is urgent.
        """
        moment = to_number(now)
        due: dict[str, _Head] = {}
        for head in self._heads(besides, urgent):
            if head.due_at <= moment:
                other = due.setdefault(head.target, head)
                due[head.target] = min(other, head, key=lambda it: (it.due_at, it.id))
        return [self._load(number) for number in sorted(head.id for head in due.values())[:limit]]

    @reads
    def next_due(
        self, *, besides: Collection[str] = (), urgent: Collection[str] = ()
    ) -> datetime | None:
        """Return when `due` has something next; None when nothing is open."""
        times = [head.due_at for head in self._heads(besides, urgent)]
        return from_number(min(times)) if times else None

    @reads
    def oldest(
        self, target: str, *, in_line: bool = False, urgent: bool = False
    ) -> PendingDelivery | None:
        """
        Return the oldest delivery of a target that can be tried, whether or not it is due.

        Of those in line alone, or of those that stepped aside, too; of urgent ones alone, or all.
        """
        places, ranks = (0,) if in_line else (0, 1), (1,) if urgent else (0, 1)
        query = """SELECT min(id) FROM delivery
            WHERE settled_at IS NULL AND target = ? AND place = ? AND urgent = ?"""
        firsts = [
            self._db.execute(query, (target, place, rank)).fetchone()[0]
            for place in places
            for rank in ranks
        ]
        numbers = [number for number in firsts if number is not None]
        return self._load(min(numbers)) if numbers else None

    @reads
    def is_followed(self, delivery: Delivery) -> bool:
        """Return whether another delivery is in the line of a delivery's target."""
        query = """
            SELECT EXISTS (
                SELECT 1 FROM delivery WHERE settled_at IS NULL AND target = :target AND place = 0
                AND event <> (SELECT id FROM event WHERE key = :key)
            )
        """
        (followed,) = self._db.execute(
            query, {"target": delivery.target, "key": delivery.event.key}
        ).fetchone()
        return bool(followed)

    @reads
    def suspect(
        self, most: int, *, besides: Collection[str] = (), urgent: Collection[str] = ()
    ) -> PendingDelivery | None:
        """
        Return what was under way at a kill and comes next, whether or not it is due.

        What has so many kills rests, and isn't returned; see `due` for the targets.
        """
        row = self._db.execute(
            f"""
            {_FOUND} WHERE delivery.settled_at IS NULL AND delivery.kills > 0
            AND delivery.kills < :most
            AND delivery.target NOT IN (SELECT value FROM json_each(:besides))
            AND (delivery.urgent OR delivery.target NOT IN (SELECT value FROM json_each(:urgent)))
            ORDER BY delivery.due_at, delivery.id LIMIT 1
            """,  # noqa: S608 - a constant of this module
            {"most": most, "besides": json.dumps([*besides]), "urgent": json.dumps([*urgent])},
        ).fetchone()
        return None if row is None else _pending(row)

    @reads
    def under_way(self) -> list[PendingDelivery]:
        """Return the deliveries that were begun and whose end isn't known."""
        query = f"{_FOUND} WHERE delivery.state = 'sending' ORDER BY delivery.id"
        return [_pending(row) for row in self._db.execute(query).fetchall()]

    @reads
    def resting(self, most: int) -> list[PendingDelivery]:
        """Return the deliveries that aren't tried any more after so many kills."""
        query = f"""{_FOUND} WHERE delivery.settled_at IS NULL AND delivery.kills > 0
            AND delivery.kills >= ? ORDER BY delivery.id"""
        return [_pending(row) for row in self._db.execute(query, (most,)).fetchall()]

    @reads
    def open_targets(self) -> list[str]:
        """Return the targets that something is open for, configured or not."""
        query = f"{_OPEN_TARGETS} SELECT target FROM open WHERE target IS NOT NULL"  # noqa: S608 - likewise
        return [target for (target,) in self._db.execute(query)]

    @reads
    def removed_targets(self) -> dict[str, int]:
        """Count what is held for targets that were removed from the config, by target."""
        query = """SELECT target, count(*) FROM delivery
            WHERE settled_at IS NULL AND held = 'removed' GROUP BY target"""
        return dict(self._db.execute(query).fetchall())

    @writes
    def hold_removed(self, target: str, until: datetime) -> None:
        """Hold what waits for a target that was removed from the config."""
        self._db.execute(
            """UPDATE delivery SET state = 'held', held = 'removed', due_at = ?, begun = NULL,
            kills = 0 WHERE settled_at IS NULL AND target = ? AND combined IS NULL""",
            (to_number(until), target),
        )

    @writes
    def release_removed(self, target: str) -> None:
        """Let what is held for a target that was removed take its place again."""
        self._db.execute(
            f"""UPDATE delivery SET state = {_AGAIN}, held = '', due_at = 0
            WHERE settled_at IS NULL AND target = ? AND place = 2 AND held = 'removed'""",  # noqa: S608 - likewise
            (target,),
        )

    @writes
    def end_removed(self, now: datetime) -> None:
        """Settle as dead what was held long enough for targets that were removed."""
        self._db.execute(
            """WITH ended (id) AS (
                SELECT id FROM delivery
                WHERE settled_at IS NULL AND held = 'removed' AND due_at <= :now
            )
            UPDATE delivery SET state = 'dead', settled_at = :now, error = :error, held = ''
            WHERE settled_at IS NULL
            AND (id IN (SELECT id FROM ended) OR combined IN (SELECT id FROM ended))""",
            {"now": to_number(now), "error": "The target was removed from the config."},
        )

    @writes
    def rename_target(self, before: str, now: str) -> None:
        """Hand what waits for a target to another one, as far as that isn't to get it anyway."""
        self._db.execute(
            """UPDATE OR IGNORE delivery
            SET target = :now, first_target = coalesce(first_target, :before)
            WHERE target = :before AND settled_at IS NULL""",
            {"now": now, "before": before},
        )

    @writes
    def start(self, delivery: Delivery, now: datetime) -> bool:
        """
        Count a try and note that it is under way, before it is made; return whether it may be.

        Whatever ends it, the next one has the next number. What was settled meanwhile isn't tried.
        """
        cursor = self._db.execute(
            f"UPDATE delivery SET state = 'sending', tries = ?, begun = ? WHERE {_THIS}",  # noqa: S608 - likewise
            (delivery.attempt, to_number(now), delivery.event.key, delivery.target),
        )
        return cursor.rowcount > 0

    @writes
    def record_parts(self, delivery: Delivery, number: int) -> None:
        """Note how many parts of a message were sent."""
        self._db.execute(
            f"UPDATE delivery SET parts = ? WHERE {_THIS}",  # noqa: S608 - likewise
            (number, delivery.event.key, delivery.target),
        )

    @writes
    def record_kill(
        self, delivery: Delivery, until: datetime, now: datetime, error: str = ""
    ) -> None:
        """Note that the process was killed while a delivery was under way; it waits until then."""
        self._db.execute(
            f"""UPDATE delivery SET state = 'failed', begun = NULL, kills = kills + 1, due_at = ?,
            paused_at = ?, error = CASE WHEN ? = '' THEN error ELSE ? END WHERE {_THIS}""",  # noqa: S608 - likewise
            (to_number(until), to_number(now), error, error, delivery.event.key, delivery.target),
        )

    @writes
    def clear_under_way(self) -> None:
        """Note that what is under way was cut off in good order, and not by a kill."""
        self._db.execute(
            f"UPDATE delivery SET state = {_AGAIN}, begun = NULL WHERE state = 'sending'"  # noqa: S608 - likewise
        )

    @writes
    def clear_kills(self) -> None:
        """Let all suspects, those that rest, too, take their places again."""
        self._db.execute(
            "UPDATE delivery SET kills = 0, due_at = 0 WHERE settled_at IS NULL AND kills > 0"
        )

    @writes
    def make_due(self, target: str) -> None:
        """End the pauses of what failed at a target: it works again, or may."""
        self._db.execute(
            """UPDATE delivery SET due_at = 0, paused_at = NULL
            WHERE settled_at IS NULL AND target = ? AND place IN (0, 1) AND due_at > 0""",
            (target,),
        )

    @writes
    def rebase_pauses(self, now: datetime) -> None:
        """Begin the pauses now that began in the future: the clock was wrong."""
        self._db.execute(
            "UPDATE delivery SET settled_at = :now WHERE settled_at > :now", {"now": to_number(now)}
        )
        self._db.execute(
            """UPDATE delivery SET due_at = :now + due_at - paused_at, paused_at = :now,
            failing_since = min(failing_since, :now)
            WHERE settled_at IS NULL AND paused_at > :now""",
            {"now": to_number(now)},
        )

    @writes
    def settle_arrived(self, arrived: Sequence[tuple[str, str]], now: datetime) -> None:
        """Note that deliveries are done, by the keys of their events and their targets."""
        for key, target in arrived:
            self._settle(key, target, "done", now)

    @writes
    def settle(self, delivery: Delivery, state: Settled, now: datetime, error: str = "") -> None:
        """
        Note that a delivery is done or dead, and so are those that its message was, too.

        The first verdict stays.
        """
        self._settle(delivery.event.key, delivery.target, state, now, error)

    def _settle(
        self, key: str, target: str, state: Settled, now: datetime, error: str = ""
    ) -> None:
        row = self._db.execute(
            f"SELECT id FROM delivery WHERE {_THIS}",  # noqa: S608 - likewise
            (key, target),
        ).fetchone()
        if row is not None:
            self._db.execute(
                """UPDATE delivery SET state = ?, settled_at = ?, begun = NULL,
                error = CASE WHEN ? = '' THEN error ELSE ? END
                WHERE (id = ? OR combined = ?) AND settled_at IS NULL""",
                (state, to_number(now), _plain(error), _plain(error), *row, *row),
            )

    @writes
    def postpone(
        self,
        delivery: Delivery,
        until: datetime,
        error: str,
        now: datetime,
        *,
        own: bool = True,
        aside: bool = False,
    ) -> None:
        """
        Let a delivery that failed, and those behind it, wait; it is no suspect.

        With `aside` those behind it go on. `own` is whether it failed for a reason of its own.
        """
        moment = to_number(now)
        self._db.execute(
            f"""UPDATE delivery SET state = 'failed', due_at = ?, error = ?, paused_at = ?,
            begun = NULL, kills = 0, failures = failures + ?, aside = ?,
            failing_since = CASE WHEN ? THEN coalesce(failing_since, ?) ELSE failing_since END
            WHERE {_THIS}""",  # noqa: S608 - likewise
            (
                *(to_number(until), _plain(error), moment, own, aside, own, moment),
                *(delivery.event.key, delivery.target),
            ),
        )

    def _heads(self, besides: Collection[str], urgent: Collection[str]) -> Iterator[_Head]:
        """Return what comes next at each target: in its line, and of what stepped aside."""
        heads: dict[tuple[str, int], _Head] = {}
        for row in self._db.execute(_HEADS):
            head = _Head(*row)
            if head.target in besides or (head.target in urgent and not head.urgent):
                continue
            place = (head.target, head.place)
            other = heads.setdefault(place, head)
            heads[place] = min(other, head, key=lambda it: (it.due_at if it.place else 0, it.id))
        yield from heads.values()

    def _load(self, number: int) -> PendingDelivery:
        return _pending(self._db.execute(f"{_FOUND} WHERE delivery.id = ?", (number,)).fetchone())


def add_events(db: sqlite3.Connection, events: Sequence[Addressed]) -> list[Addressed]:
    """Write the events of one commit: several are a batch; return those that are new."""
    batch: int | None = None
    if len(events) > 1:
        (batch,) = db.execute("SELECT coalesce(max(id), 0) + 1 FROM delivery").fetchone()
    return [one for one in events if add_event(db, *one, batch)]


def add_event(
    db: sqlite3.Connection, event: Event, targets: Sequence[str], batch: int | None = None
) -> bool:
    """
    Write an event and its deliveries, as far as they aren't there already.

    Return whether the event is new.
    """
    written = db.execute(
        "INSERT INTO event (key, at, body) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
        (event.key, to_number(event.at), dump_event(event)),
    )
    (number,) = db.execute("SELECT id FROM event WHERE key = ?", (event.key,)).fetchone()
    add_uploads(db, number, event)
    db.executemany(
        """INSERT INTO delivery (event, target, state, urgent, batch)
        VALUES (?, ?, 'waiting', ?, ?) ON CONFLICT (event, target) DO NOTHING""",
        ((number, target, event.urgent, batch) for target in targets),
    )
    return written.rowcount > 0


def mark_run(db: sqlite3.Connection, job: str, at: datetime) -> None:
    """Note that a job ran."""
    db.execute("INSERT OR REPLACE INTO run (job, at) VALUES (?, ?)", (job, to_number(at)))


def _pending(
    row: tuple[str, int, str, int, int, int, int, int, int | None, int, str | None],
) -> PendingDelivery:
    body, at, target, tries, parts, due_at, kills, failures, since, aside, first_target = row
    return PendingDelivery(
        Delivery(load_event(body), target, tries + 1, parts, first_target or ""),
        from_number(at),
        from_number(due_at),
        kills,
        failures,
        None if since is None else from_number(since),
        bool(aside),
    )


def _plain(error: str) -> str:
    """Return an error as it can be stored: it can quote a file name whose bytes aren't UTF-8."""
    return error.encode("utf-8", "backslashreplace").decode()


def prune(db: sqlite3.Connection, before: datetime) -> None:
    """
    Delete old events whose deliveries were all settled long ago, with the deliveries.

    A delivery never goes alone: if its event came again, it would be delivered again.
    """
    moment = to_number(before)
    db.execute(
        """DELETE FROM event WHERE at < ? AND NOT EXISTS (
            SELECT 1 FROM delivery WHERE delivery.event = event.id
            AND (delivery.settled_at IS NULL OR delivery.settled_at >= ?)
        )""",
        (moment, moment),
    )
    db.execute("DELETE FROM upload WHERE event NOT IN (SELECT id FROM event)")
