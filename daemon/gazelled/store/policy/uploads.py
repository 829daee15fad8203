"""
Uploads: one that several watches found is one message at a target.

The delivery that stands for others is found by the items of its event, which are stored with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from gazelled.model import Delivery, Event, EventKind
from gazelled.store.codec import load_event, to_number
from gazelled.store.part import StorePart, reads, writes
from gazelled.store.policy.held import FRESH, OPEN

_THIS = "event = (SELECT id FROM event WHERE key = :key) AND target = :target"

Compare = Callable[[Event, Event], bool]
"""Compares what an event and another one report."""


class _Other(NamedTuple):
    """A delivery that may be about the same upload, and the one that its message is part of."""

    id: int
    event: Event
    state: str
    root: int
    root_state: str
    is_fresh: bool
    urgent: bool

    def reports(self, *, urgent: bool) -> bool:
        """Return whether its message was sent, or is coming; what is urgent waits for none."""
        if self.root_state == "done":
            return True
        coming = self.root_state == "sending" or self.root != self.id
        return coming and self.root_state != "dead" and not urgent


class Uploads(StorePart):
    """Merges the deliveries of one upload."""

    @writes
    def merge(self, delivery: Delivery, overlap: Compare, covers: Compare, now: datetime) -> None:
        """
        Make one message of an upload that several watches found, before a delivery begins.

        If another delivery of its target said or says all of it, it is a part of that one. Else
        those that wait and overlap with it become parts of it.
        """
        others = [*self._others(delivery)]
        event, urgent = delivery.event, delivery.event.urgent
        for other in others if not self._has_parts(delivery) else ():
            if other.reports(urgent=urgent) and covers(other.event, event):
                self._add_to(other, delivery, now)
                return
        parts = [
            other.id
            for other in others
            if other.is_fresh and overlap(event, other.event) and (urgent or not other.urgent)
        ]
        self._db.executemany(
            """UPDATE delivery SET state = 'held', held = 'merged', due_at = 0, paused_at = NULL,
            combined = (SELECT delivery.id FROM delivery JOIN event ON event.id = delivery.event
                WHERE event.key = ? AND target = ?) WHERE id = ?""",
            ((event.key, delivery.target, number) for number in parts),
        )

    @writes
    def leave_out(self, target: str, most: int, covers: Compare, now: datetime) -> None:
        """Make what is held for a digest parts of the messages that say or said all of it."""
        rows = self._db.execute(
            f"""SELECT event.body FROM delivery JOIN event ON event.id = delivery.event
            WHERE {OPEN} AND place = 2 AND held = 'digest' ORDER BY delivery.id LIMIT :most""",  # noqa: S608 - constants
            {"target": target, "most": most},
        )
        self._leave_out(rows.fetchall(), target, covers, now)

    @writes
    def leave_out_of_burst(self, target: str, burst: int, covers: Compare, now: datetime) -> None:
        """Do the same with the events of one commit that come next, if more than so many do."""
        rows = self._db.execute(
            f"""SELECT event.body FROM delivery JOIN event ON event.id = delivery.event
            WHERE {OPEN} AND {FRESH} AND batch = (
                SELECT batch FROM delivery WHERE {OPEN} AND place = 0 ORDER BY id LIMIT 1
            ) ORDER BY delivery.id""",  # noqa: S608 - constants
            {"target": target},
        ).fetchall()
        if len(rows) > burst:
            self._leave_out(rows, target, covers, now)

    @reads
    def merged_into(self, delivery: Delivery) -> list[Event] | None:
        """
        Return the events whose messages a delivery replaces, beside its own.

        None if it is settled, or a part of another one.
        """
        about = {"key": delivery.event.key, "target": delivery.target}
        row = self._db.execute(
            f"SELECT id FROM delivery WHERE {_THIS} AND settled_at IS NULL AND combined IS NULL",  # noqa: S608 - constants
            about,
        ).fetchone()
        if row is None:
            return None
        rows = self._db.execute(
            """SELECT event.body FROM delivery JOIN event ON event.id = delivery.event
            WHERE delivery.combined = ? ORDER BY delivery.id""",
            row,
        )
        return [load_event(body) for (body,) in rows]

    def _leave_out(
        self, rows: Iterable[tuple[str]], target: str, covers: Compare, now: datetime
    ) -> None:
        for (body,) in rows:
            delivery = Delivery(load_event(body), target)
            for other in self._others(delivery):
                if other.reports(urgent=False) and covers(other.event, delivery.event):
                    self._add_to(other, delivery, now)
                    break

    def _others(self, delivery: Delivery) -> Iterator[_Other]:
        """Yield the other deliveries of a target that are about some of the same items."""
        query = """
            SELECT
                delivery.id, event.body, delivery.state, root.id, root.state,
                delivery.tries = 0 AND delivery.kills = 0 AND delivery.combined IS NULL
                    AND delivery.settled_at IS NULL,
                delivery.urgent
            FROM delivery JOIN event ON event.id = delivery.event
            JOIN delivery AS root ON root.id = coalesce(delivery.combined, delivery.id)
            WHERE delivery.target = ? AND event.key <> ? AND event.id IN (
                SELECT event FROM upload WHERE item = ?
            ) ORDER BY delivery.id
        """
        seen: set[int] = set()
        for item in uploads(delivery.event):
            about = (delivery.target, delivery.event.key, item)
            for number, body, *rest in self._db.execute(query, about).fetchall():
                if number not in seen:
                    seen.add(number)
                    yield _Other(number, load_event(body), *rest)

    def _has_parts(self, delivery: Delivery) -> bool:
        row = self._db.execute(
            f"SELECT 1 FROM delivery WHERE combined = (SELECT id FROM delivery WHERE {_THIS})",  # noqa: S608 - constants
            {"key": delivery.event.key, "target": delivery.target},
        )
        return row.fetchone() is not None

    def _add_to(self, other: _Other, delivery: Delivery, now: datetime) -> None:
        """Make a delivery a part of another one, whether that is settled or still to come."""
        said = other.root_state == "done"
        self._db.execute(
            f"""UPDATE delivery SET combined = :root, state = :state, held = :held, due_at = 0,
            paused_at = NULL, begun = NULL, settled_at = :settled
            WHERE {_THIS} AND settled_at IS NULL""",  # noqa: S608 - constants
            {
                "root": other.root,
                "state": "done" if said else "held",
                "held": "repeated" if said else "merged",
                "settled": to_number(now) if said else None,
                "key": delivery.event.key,
                "target": delivery.target,
            },
        )


def uploads(event: Event) -> list[str]:
    """Return the items of an event that another watch may report, too, each by kind and id."""
    if event.kind is not EventKind.NEW:
        return []
    return [*dict.fromkeys(f"{item.kind} {item.id}" for item in event.items)]


def add_uploads(db: sqlite3.Connection, number: int, event: Event) -> None:
    """Write what an event with a number is about."""
    db.executemany(
        "INSERT INTO upload (item, event) VALUES (?, ?) ON CONFLICT DO NOTHING",
        ((item, number) for item in uploads(event)),
    )
