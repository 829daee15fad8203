"""
Events and their deliveries. All take an open database.

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
from gazelled.store.records import Pending

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


def add(db: sqlite3.Connection, event: Event, targets: Sequence[str]) -> None:
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


def due(
    db: sqlite3.Connection,
    now: datetime,
    limit: int,
    besides: Collection[str],
    urgent: Collection[str],
) -> list[Pending]:
    """Tell what can be tried now, oldest first: at most the head of each target's queue."""
    rows = db.execute(
        f"""
        {_FOUND} WHERE delivery.id IN ({_HEADS}) AND delivery.due_at <= :now
        ORDER BY delivery.id LIMIT :limit
        """,
        _queues(besides, urgent) | {"now": to_number(now), "limit": limit},
    )
    return [_pending(row) for row in rows.fetchall()]


def suspect(
    db: sqlite3.Connection, most: int, besides: Collection[str], urgent: Collection[str]
) -> Pending | None:
    """Return the suspect that comes next, due or not; those with so many kills rest."""
    row = db.execute(
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


def under_way(db: sqlite3.Connection) -> list[Pending]:
    """Return the deliveries that were begun and whose end isn't known."""
    query = f"{_FOUND} WHERE delivery.state = 'pending' AND delivery.begun IS NOT NULL"
    rows = db.execute(f"{query} ORDER BY delivery.id").fetchall()
    return [_pending(row) for row in rows]


def resting(db: sqlite3.Connection, most: int) -> list[Pending]:
    """Return the deliveries that aren't tried any more after so many kills."""
    query = f"{_FOUND} WHERE delivery.state = 'pending' AND delivery.kills >= ?"
    rows = db.execute(f"{query} ORDER BY delivery.id", (most,)).fetchall()
    return [_pending(row) for row in rows]


def _pending(row: tuple[str, int, str, int, int, int]) -> Pending:
    body, at, target, tries, due_at, kills = row
    delivery = Delivery(load_event(body), target, tries + 1)
    return Pending(delivery, from_number(at), from_number(due_at), kills)


def next_due(
    db: sqlite3.Connection, besides: Collection[str], urgent: Collection[str]
) -> datetime | None:
    """Tell when the next head of a queue can be tried; None when all queues are empty."""
    query = f"SELECT min(due_at) FROM delivery WHERE id IN ({_HEADS})"  # noqa: S608 - likewise
    (at,) = db.execute(query, _queues(besides, urgent)).fetchone()
    return None if at is None else from_number(at)


def _queues(besides: Collection[str], urgent: Collection[str]) -> dict[str, object]:
    return {"besides": json.dumps(list(besides)), "urgent": json.dumps(list(urgent))}


def start(db: sqlite3.Connection, delivery: Delivery, now: datetime) -> None:
    """Count a try, and note that it is under way."""
    db.execute(
        f"UPDATE delivery SET tries = ?, begun = ? WHERE {_THIS}",  # noqa: S608 - likewise
        (delivery.attempt, to_number(now), delivery.event.key, delivery.target),
    )


def record_kill(db: sqlite3.Connection, delivery: Delivery, until: datetime, now: datetime) -> None:
    """Note that the process was killed while a delivery was under way."""
    db.execute(
        f"""UPDATE delivery SET begun = NULL, kills = kills + 1, due_at = ?, paused_at = ?
        WHERE {_THIS}""",  # noqa: S608 - likewise
        (to_number(until), to_number(now), delivery.event.key, delivery.target),
    )


def clear_under_way(db: sqlite3.Connection) -> None:
    """Note that what is under way was cut off in good order, and not by a kill."""
    db.execute("UPDATE delivery SET begun = NULL WHERE state = 'pending' AND begun IS NOT NULL")


def clear_kills(db: sqlite3.Connection) -> None:
    """Let all suspects, those that rest, too, take their places again."""
    db.execute("UPDATE delivery SET kills = 0, due_at = 0 WHERE state = 'pending' AND kills > 0")


def rebase_pauses(db: sqlite3.Connection, now: datetime) -> None:
    """Begin the pauses now that began in the future: the clock was wrong."""
    db.execute(
        """UPDATE delivery SET due_at = :now + due_at - paused_at, paused_at = :now
        WHERE state = 'pending' AND paused_at > :now""",
        {"now": to_number(now)},
    )


def settle(db: sqlite3.Connection, delivery: Delivery, state: Settled, now: datetime) -> None:
    """Take a delivery off its queue for ever; the first verdict stays."""
    db.execute(
        f"UPDATE delivery SET state = ?, settled_at = ?, begun = NULL WHERE {_THIS}",  # noqa: S608 - likewise
        (state, to_number(now), delivery.event.key, delivery.target),
    )


def postpone(
    db: sqlite3.Connection, delivery: Delivery, until: datetime, error: str, now: datetime
) -> None:
    """Let a delivery, and those behind it, wait; it has ended by itself, so it is no suspect."""
    # An error can quote a file name whose bytes aren't UTF-8.
    text = error.encode("utf-8", "backslashreplace").decode()
    db.execute(
        f"""UPDATE delivery SET due_at = ?, error = ?, paused_at = ?, begun = NULL, kills = 0
        WHERE {_THIS}""",  # noqa: S608 - likewise
        (to_number(until), text, to_number(now), delivery.event.key, delivery.target),
    )


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """Count deliveries by state, events, and gaps."""
    row = db.execute(
        """SELECT
            (SELECT count(*) FROM delivery WHERE state = 'pending'),
            (SELECT count(*) FROM delivery WHERE state = 'done'),
            (SELECT count(*) FROM delivery WHERE state = 'given-up'),
            (SELECT count(*) FROM event),
            (SELECT count(*) FROM gap)
        """
    ).fetchone()
    return dict(zip(("pending", "done", "given_up", "events", "gaps"), row, strict=True))


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
