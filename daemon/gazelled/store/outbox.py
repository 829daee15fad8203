"""
Events and their deliveries.

A target's queue is in the order of writing, and only its head is ever due: as long as the
oldest waits, so do those behind it. While a target takes nothing but what is urgent, its queue is
that alone. What was under way when the process was killed leaves its place: it is a suspect, and
comes when nothing else is due.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from gazelled.model import Delivery, Event
from gazelled.store.codec import dump_event, from_number, load_event, to_number
from gazelled.store.part import StorePart, reads, writes
from gazelled.store.records import PendingDelivery

Settled = Literal["done", "given-up"]

_THIS = "event = (SELECT id FROM event WHERE key = ?) AND target = ? AND state = 'pending'"
_FOUND = """
    SELECT event.body, event.at, delivery.target, delivery.tries, delivery.due_at, delivery.kills
    FROM delivery JOIN event ON event.id = delivery.event
"""
_HEADS = """
    SELECT min(id) FROM delivery
    WHERE state = 'pending' AND kills = 0 AND target NOT IN (SELECT value FROM json_each(:besides))
    AND (target NOT IN (SELECT value FROM json_each(:urgent)) OR EXISTS (
        SELECT 1 FROM event
        WHERE event.id = delivery.event AND json_extract(event.body, '$.urgent')
    ))
    GROUP BY target
"""


class Outbox(StorePart):
    """The queues of the targets."""

    @writes
    def add(self, event: Event, targets: Sequence[str], *, ran: str = "") -> None:
        """
        Write an event that no look found, such as a notice; equal keys are one event.

        If it was all of a job, that the job ran is written with it: it needn't run again after a
        crash.
        """
        add_event(self._db, event, targets)
        if ran:
            mark_run(self._db, ran, event.at)

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
        Return what can be delivered now, oldest first: for each target its oldest, if that is due.

        The targets in `besides` are left out; those in `urgent` take only what is urgent.
        """
        rows = self._db.execute(
            f"""
            {_FOUND} WHERE delivery.id IN ({_HEADS}) AND delivery.due_at <= :now
            ORDER BY delivery.id LIMIT :limit
            """,
            _queues(besides, urgent) | {"now": to_number(now), "limit": limit},
        )
        return [_pending(row) for row in rows.fetchall()]

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
            {_FOUND} WHERE delivery.state = 'pending' AND delivery.kills BETWEEN 1 AND :most - 1
            AND delivery.target NOT IN (SELECT value FROM json_each(:besides))
            AND (delivery.target NOT IN (SELECT value FROM json_each(:urgent))
                OR json_extract(event.body, '$.urgent'))
            ORDER BY delivery.due_at, delivery.id LIMIT 1
            """,  # noqa: S608 - a constant of this module
            _queues(besides, urgent) | {"most": most},
        ).fetchone()
        return None if row is None else _pending(row)

    @reads
    def under_way(self) -> list[PendingDelivery]:
        """Return the deliveries that were begun and whose end isn't known."""
        query = f"{_FOUND} WHERE delivery.state = 'pending' AND delivery.begun IS NOT NULL"
        rows = self._db.execute(f"{query} ORDER BY delivery.id").fetchall()
        return [_pending(row) for row in rows]

    @reads
    def resting(self, most: int) -> list[PendingDelivery]:
        """Return the deliveries that aren't tried any more after so many kills."""
        query = f"{_FOUND} WHERE delivery.state = 'pending' AND delivery.kills >= ?"
        rows = self._db.execute(f"{query} ORDER BY delivery.id", (most,)).fetchall()
        return [_pending(row) for row in rows]

    @reads
    def next_due(
        self, *, besides: Collection[str] = (), urgent: Collection[str] = ()
    ) -> datetime | None:
        """Return when `due` has something next; None when nothing is pending."""
        query = f"SELECT min(due_at) FROM delivery WHERE id IN ({_HEADS})"  # noqa: S608 - likewise
        (at,) = self._db.execute(query, _queues(besides, urgent)).fetchone()
        return None if at is None else from_number(at)

    @writes
    def start(self, delivery: Delivery, now: datetime) -> None:
        """
        Count a try and note that it is under way, before it is made.

        Whatever ends it, the next one has the next number.
        """
        self._db.execute(
            f"UPDATE delivery SET tries = ?, begun = ? WHERE {_THIS}",  # noqa: S608 - likewise
            (delivery.attempt, to_number(now), delivery.event.key, delivery.target),
        )

    @writes
    def record_kill(self, delivery: Delivery, until: datetime, now: datetime) -> None:
        """Note that the process was killed while a delivery was under way; it waits until then."""
        self._db.execute(
            f"""UPDATE delivery SET begun = NULL, kills = kills + 1, due_at = ?, paused_at = ?
            WHERE {_THIS}""",  # noqa: S608 - likewise
            (to_number(until), to_number(now), delivery.event.key, delivery.target),
        )

    @writes
    def clear_under_way(self) -> None:
        """Note that what is under way was cut off in good order, and not by a kill."""
        self._db.execute(
            "UPDATE delivery SET begun = NULL WHERE state = 'pending' AND begun IS NOT NULL"
        )

    @writes
    def clear_kills(self) -> None:
        """Let all suspects, those that rest, too, take their places again."""
        self._db.execute(
            "UPDATE delivery SET kills = 0, due_at = 0 WHERE state = 'pending' AND kills > 0"
        )

    @writes
    def rebase_pauses(self, now: datetime) -> None:
        """Begin the pauses now that began in the future: the clock was wrong."""
        self._db.execute(
            """UPDATE delivery SET due_at = :now + due_at - paused_at, paused_at = :now
            WHERE state = 'pending' AND paused_at > :now""",
            {"now": to_number(now)},
        )

    @writes
    def settle(self, delivery: Delivery, state: Settled, now: datetime) -> None:
        """Note that a delivery is done or given up; the first verdict stays."""
        self._db.execute(
            f"UPDATE delivery SET state = ?, settled_at = ?, begun = NULL WHERE {_THIS}",  # noqa: S608 - likewise
            (state, to_number(now), delivery.event.key, delivery.target),
        )

    @writes
    def postpone(self, delivery: Delivery, until: datetime, error: str, now: datetime) -> None:
        """Let a delivery that failed, and those behind it, wait; it is no suspect."""
        # An error can quote a file name whose bytes aren't UTF-8.
        text = error.encode("utf-8", "backslashreplace").decode()
        self._db.execute(
            f"""UPDATE delivery SET due_at = ?, error = ?, paused_at = ?, begun = NULL, kills = 0
            WHERE {_THIS}""",  # noqa: S608 - likewise
            (to_number(until), text, to_number(now), delivery.event.key, delivery.target),
        )


def add_event(db: sqlite3.Connection, event: Event, targets: Sequence[str]) -> None:
    """Write an event and its deliveries, as far as they aren't there already."""
    db.execute(
        "INSERT INTO event (key, at, body) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
        (event.key, to_number(event.at), dump_event(event)),
    )
    (number,) = db.execute("SELECT id FROM event WHERE key = ?", (event.key,)).fetchone()
    db.executemany(
        """INSERT INTO delivery (event, target, state, tries, due_at, error)
        VALUES (?, ?, 'pending', 0, 0, '') ON CONFLICT (event, target) DO NOTHING""",
        ((number, target) for target in targets),
    )


def mark_run(db: sqlite3.Connection, job: str, at: datetime) -> None:
    """Note that a job ran."""
    db.execute("INSERT OR REPLACE INTO run (job, at) VALUES (?, ?)", (job, to_number(at)))


def _pending(row: tuple[str, int, str, int, int, int]) -> PendingDelivery:
    body, at, target, tries, due_at, kills = row
    delivery = Delivery(load_event(body), target, tries + 1)
    return PendingDelivery(delivery, from_number(at), from_number(due_at), kills)


def _queues(besides: Collection[str], urgent: Collection[str]) -> dict[str, object]:
    return {"besides": json.dumps(list(besides)), "urgent": json.dumps(list(urgent))}


def prune(db: sqlite3.Connection, before: datetime) -> None:
    """
    Delete old events whose deliveries were all settled long ago, with the deliveries.

    A delivery never goes alone: if its event came again, it would be delivered again.
    """
    moment = to_number(before)
    db.execute(
        """DELETE FROM event WHERE at < ? AND NOT EXISTS (
            SELECT 1 FROM delivery WHERE delivery.event = event.id
            AND (delivery.state = 'pending' OR delivery.settled_at >= ?)
        )""",
        (moment, moment),
    )
